"""simple-salesforce, as it comes, uses the local org."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceOperationError,
    SalesforceResourceNotFound,
)

from drawbar.sandbox.faults import Fault
from tests.sandbox.clients.conftest import RunningOrg

VERSION = "67.0"


class LocalAddress(HTTPAdapter):
    """Sends what the library addresses to `….salesforce.com`, which it does for every log-in, to the local org."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._host = urlsplit(url).netloc

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        assert request.url is not None
        request.url = urlunsplit(urlsplit(request.url)._replace(netloc=self._host))
        return super().send(request, *args, **kwargs)


@pytest.fixture(scope="module")
def session(org: RunningOrg) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(org.ca)
        session.mount("https://login.salesforce.com", LocalAddress(org.url))
        yield session


@pytest.fixture(scope="module")
def sf(org: RunningOrg, session: requests.Session) -> Salesforce:
    return Salesforce(
        username=org.username,
        consumer_key=org.client_id,
        privatekey_file=str(org.private_key),
        session=session,
        version=VERSION,
    )


def test_it_logs_in_by_jwt_and_is_sent_to_the_org(sf: Any, org: RunningOrg) -> None:
    assert sf.auth_type == "jwt-bearer"
    assert f"https://{sf.sf_instance}" == org.url


def test_it_logs_in_by_user_name_and_password(org: RunningOrg, session: requests.Session) -> None:
    sf: Any = Salesforce(
        username=org.username,
        password=org.password.read_text(),
        consumer_key=org.client_id,
        consumer_secret=org.client_secret.read_text(),
        session=session,
        version=VERSION,
    )
    assert sf.query("SELECT Id FROM Organization")["totalSize"] == 1


def test_a_wrong_password_is_refused(org: RunningOrg, session: requests.Session) -> None:
    with pytest.raises(SalesforceAuthenticationFailed, match="authentication failure"):
        Salesforce(
            username=org.username,
            password="wrong",
            consumer_key=org.client_id,
            consumer_secret=org.client_secret.read_text(),
            session=session,
            version=VERSION,
        )


def test_it_describes_the_org_and_an_object(sf: Any) -> None:
    described = sf.describe()
    assert described is not None
    assert {"Account", "Case", "Lease_Account__c"} <= {each["name"] for each in described["sobjects"]}
    fields = {each["name"]: each for each in sf.Account.describe()["fields"]}
    assert fields["LeaseWorks_Id__c"]["externalId"] is True
    assert sf.Account.metadata()["objectDescribe"]["keyPrefix"] == "001"
    assert sf.limits()["DailyApiRequests"]["Max"] == 100_000


def test_it_creates_reads_changes_and_deletes_a_record(sf: Any) -> None:
    made = sf.Account.create({"Name": "Acme Haulage", "Phone": "555"})
    assert made["success"] is True
    assert sf.Account.get(made["id"])["Name"] == "Acme Haulage"
    assert sf.Account.update(made["id"], {"Phone": None}) == 204
    assert sf.Account.get(made["id"])["Phone"] is None
    assert sf.Account.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound):
        sf.Account.get(made["id"])


def test_it_upserts_by_external_id(sf: Any) -> None:
    assert sf.Account.upsert("LeaseWorks_Id__c/SS-1", {"Name": "First"}) == 201
    assert sf.Account.upsert("LeaseWorks_Id__c/SS-1", {"Name": "Second"}) == 200
    assert sf.Account.get_by_custom_id("LeaseWorks_Id__c", "SS-1")["Name"] == "Second"


def test_it_sees_the_refusal_of_a_wrong_field(sf: Any) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.Account.create({"Name": "Acme", "Colour__c": "red"})
    errors: Any = refused.value.content
    assert errors[0]["errorCode"] == "INVALID_FIELD"


def test_bulk2_inserts_upserts_queries_and_deletes(sf: Any) -> None:
    accounts = [{"Name": f"Bulk {number}", "LeaseWorks_Id__c": f"SSB-{number}"} for number in range(2500)]
    (inserted,) = sf.bulk2.Account.insert(records=accounts, wait=0.05)
    assert (inserted["numberRecordsProcessed"], inserted["numberRecordsFailed"]) == (2500, 0)

    changed = [{"Name": 'Größer, "sehr"', "LeaseWorks_Id__c": "SSB-7"}, {"Name": "", "LeaseWorks_Id__c": "SSB-new"}]
    (upserted,) = sf.bulk2.Account.upsert(records=changed, external_id_field="LeaseWorks_Id__c", wait=0.05)
    assert (upserted["numberRecordsProcessed"], upserted["numberRecordsFailed"]) == (2, 1)
    failed = sf.bulk2.Account.get_failed_records(upserted["job_id"])
    assert "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --" in failed
    assert '"false"' in sf.bulk2.Account.get_successful_records(upserted["job_id"])

    query = "SELECT Id, Name FROM Account WHERE LeaseWorks_Id__c LIKE 'SSB-%' ORDER BY LeaseWorks_Id__c"
    pages = list(sf.bulk2.Account.query(query, max_records=1000, wait=0.05))
    assert [page.count("\n") - 1 for page in pages] == [1000, 1000, 500]
    assert '"Größer, ""sehr"""' in "".join(pages)

    ids = [{"Id": each["Id"]} for each in sf.query_all(query)["records"]]
    (deleted,) = sf.bulk2.Account.delete(records=ids, wait=0.05)
    assert deleted["numberRecordsProcessed"] == 2500
    assert sf.query_all(query)["totalSize"] == 0


def test_what_it_uses_is_metered(sf: Any, org: RunningOrg) -> None:
    org.local.meter.clear()
    made = sf.Account.create({"Name": "Metered"})
    sf.Account.get(made["id"])
    sf.query("SELECT Id FROM Account WHERE Name = 'Metered'")
    kinds: Any = org.local.meter.snapshot()["kinds"]
    assert {kind: (count["calls"], count["records_in"], count["records_out"]) for kind, count in kinds.items()} == {
        "rest write": (1, 1, 0),
        "rest read": (1, 0, 1),
        "query": (1, 0, 1),
    }


def test_query_all_follows_the_pages(sf: Any) -> None:
    contacts = [{"LastName": f"Page {number}"} for number in range(2300)]
    sf.bulk2.Contact.insert(records=contacts, wait=0.05)
    found = sf.query_all("SELECT LastName FROM Contact WHERE LastName LIKE 'Page %'")
    assert (found["totalSize"], len(found["records"])) == (2300, 2300)


def test_bulk2_sees_why_a_job_failed(sf: Any) -> None:
    with pytest.raises(SalesforceOperationError, match="InvalidBatch : Field name not found : Colour__c"):
        sf.bulk2.Account.insert(records=[{"Name": "Acme", "Colour__c": "red"}], wait=0.05)


def test_it_meets_the_faults_that_are_armed(sf: Any, org: RunningOrg) -> None:
    org.local.faults.arm(Fault(kind="500", object="Account"))
    with pytest.raises(Exception, match="UNKNOWN_EXCEPTION"):
        sf.Account.describe()
    org.local.faults.arm(Fault(kind="reset-after", object="Account", method="POST"))
    with pytest.raises(requests.ConnectionError):
        sf.Account.create({"Name": "Made without an answer"})
    assert sf.query("SELECT Id FROM Account WHERE Name = 'Made without an answer'")["totalSize"] == 1


def test_it_is_told_when_its_session_has_ended(org: RunningOrg, session: requests.Session) -> None:
    stranger: Any = Salesforce(instance_url=org.url, session_id="00D!unknown", session=session, version=VERSION)
    with pytest.raises(SalesforceExpiredSession):
        stranger.query("SELECT Id FROM Account")
