"""What a plain script with simple-salesforce does: every row of a ready CSV file goes up by Bulk API 2.0.

It reads, checks and maps nothing, and asks afterwards which rows were refused.
`python -m tests.bench.bulk2 ADDRESS FILE`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import requests
from simple_salesforce.api import Salesforce

OBJECT = "Lease_Account__c"
KEY = "LeaseWorks_Id__c"


def open_org(address: Path) -> Any:
    """Log in to the counting server whose address this file holds."""
    known = json.loads(address.read_text(encoding="utf-8"))
    session = requests.Session()
    session.trust_env = False  # another CA bundle in the environment would win over this one
    session.verify = known["ca_file"]
    grant = {"grant_type": "client_credentials", "client_id": "bench", "client_secret": "bench"}
    token = session.post(f"{known['url']}/services/oauth2/token", data=grant, timeout=60).json()
    return Salesforce(
        instance_url=token["instance_url"], session_id=token["access_token"], session=session, version="67.0"
    )


def upsert(org: Any, file: Path) -> None:
    """Upsert a file and read what was refused of it."""
    bulk = getattr(org.bulk2, OBJECT)
    for job in bulk.upsert(csv_file=str(file), external_id_field=KEY):
        bulk.get_failed_records(job["job_id"])


if __name__ == "__main__":
    upsert(open_org(Path(sys.argv[1])), Path(sys.argv[2]))
