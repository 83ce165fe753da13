"""Notes where a running sandbox is found, so that `drawbar init --sandbox` can write settings that reach it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from drawbar.sandbox.certificate import Certificate
from drawbar.sandbox.credentials import KeptCredentials
from drawbar.sandbox.leaseworks.home import LeaseWorksHome
from drawbar.sandbox.leaseworks.login import PASSWORD_FILE, PASSWORD_VARIABLE
from drawbar.sandbox.leaseworks.sftp import LeaseWorksServer
from drawbar.sandbox.server import Addresses
from drawbar.sandbox.vendors import AGENTS, Vendor, path_of

ADDRESSES_FILE = "addresses.json"


@dataclass(frozen=True, slots=True)
class RunningParts:
    """What runs: the org with its client and certificate, LeaseWorks' SFTP server with its login, other vendors."""

    addresses: Addresses
    client: KeptCredentials
    certificate: Certificate
    server: LeaseWorksServer
    factory: LeaseWorksHome
    vendors: Sequence[Vendor]


def write_addresses(data: Path, parts: RunningParts) -> None:
    """Write addresses and references to secrets (never the secrets) into the sandbox's data folder."""
    folder = data.expanduser().absolute()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = folder / f"{ADDRESSES_FILE}.tmp"
    unfinished.write_text(json.dumps(where_found(parts), indent=2) + "\n", encoding="utf-8")
    unfinished.replace(folder / ADDRESSES_FILE)


def where_found(parts: RunningParts) -> dict[str, object]:
    """Give addresses, users and references to secrets, by the names that drawbar.toml has for them."""
    return {
        "pages": parts.addresses.http or parts.addresses.https,
        "salesforce": _org(parts),
        "leaseworks": where_leaseworks(parts.server, parts.factory),
        "vendors": {each.section: _vendor(parts, each) for each in parts.vendors},
        "agents": AGENTS,
    }


def _vendor(parts: RunningParts, vendor: Vendor) -> dict[str, object]:
    url = f"{parts.addresses.https or parts.addresses.http}{path_of(vendor)}"
    return {**vendor.where_found(url), "ca_file": str(parts.certificate.authority)}


def _org(parts: RunningParts) -> dict[str, object]:
    found: dict[str, object] = {
        "login_url": parts.addresses.https or parts.addresses.http,
        "client_id": parts.client.app.client_id,
        "ca_file": str(parts.certificate.authority),
        "audience": parts.addresses.https or parts.addresses.http,
    }
    if parts.client.private_key_file is not None:
        key = f"file:{parts.client.private_key_file}"
        return found | {"auth": "jwt", "username": parts.client.app.username, "private_key": key}
    secret = parts.client.client_secret_file
    reference = f"file:{secret}" if secret else "env:DRAWBAR_SANDBOX_CLIENT_SECRET"
    return found | {"auth": "client_credentials", "client_secret": reference}


def where_leaseworks(server: LeaseWorksServer, factory: LeaseWorksHome) -> dict[str, object]:
    """Give what `[leaseworks.sftp]` of drawbar.toml needs to reach the SFTP server."""
    kept = factory.keys / PASSWORD_FILE
    password = f"env:{PASSWORD_VARIABLE}" if PASSWORD_VARIABLE in os.environ else f"file:{kept}"
    return {
        "host": server.host, "port": server.port, "user": server.login.user, "password": password,
        "known_hosts": str(server.known_hosts),
    }  # fmt: skip
