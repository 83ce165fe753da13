"""Bulk queries against a local org over real HTTP: pages, line breaks, breaks of the connection, resumption."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from drawbar.connectors.salesforce.bulk import PollPlan
from drawbar.connectors.salesforce.client import SalesforceClient
from drawbar.connectors.salesforce.errors import QuotaSpent, SalesforceBusy, SalesforceStopped
from drawbar.connectors.salesforce.reader import SalesforceReader
from drawbar.connectors.salesforce.records.catalogue import EXTERNAL_IDS
from drawbar.connectors.salesforce.settings import SalesforceSettings
from drawbar.connectors.salesforce.target import SalesforceTarget
from drawbar.middleware.ports import BulkReader
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.retry import RetryPolicy
from drawbar.sandbox.app import LocalOrg
from drawbar.sandbox.credentials import Credentials, open_credentials
from drawbar.sandbox.faults import Fault
from drawbar.sandbox.server import serve_in_background
from drawbar.sandbox.source import load_schema

STREET = 'Dock "3"\nHackensack, NJ'
FIELDS = ["Name", "BillingStreet"]
RESULTS = "*/jobs/query/*/results"


class Place:
    """A local org with eleven lessees, and how to reach it."""

    def __init__(self, local: LocalOrg, url: str) -> None:
        self.local = local
        client = local.client
        self.settings = SalesforceSettings(
            login_url=url, auth="client_credentials", client_id=client.client_id,
            client_secret=SecretStr(client.client_secret), api_reserve_percent=0,
        )  # fmt: skip

    def client(self, reserve: float = 0) -> SalesforceClient:
        settings = self.settings.model_copy(update={"api_reserve_percent": reserve})
        return SalesforceClient(settings, policy=RetryPolicy(base=0.001, cap=0.01))

    def reader(self, *, page: int = 4, patience: float = 30, reserve: float = 0) -> SalesforceReader:
        return SalesforceReader(
            self.client(reserve), EXTERNAL_IDS, plan=PollPlan(first=0.02), patience=patience, page_records=page
        )


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("org")
    credentials = open_credentials(folder / "keys", Credentials())
    local = LocalOrg(folder / "org", load_schema(), credentials.app)
    try:
        with serve_in_background(local) as addresses:
            place = Place(local, str(addresses.http))
            records = [
                TargetRecord("Account", f"LS{number}", {"Name": f"Lessee {number}", "BillingStreet": STREET})
                for number in range(11)
            ]
            written = SalesforceTarget(place.client(), EXTERNAL_IDS).upsert(records)
            assert {each.status for each in written} == {"created"}
            yield place
    finally:
        local.close()


@pytest.fixture
def org(running: Place) -> Iterator[Place]:
    running.local.faults.clear()
    running.local.meter.daily_limit = 100_000
    yield running
    running.local.faults.clear()
    running.local.meter.daily_limit = 100_000


EXPECTED = {f"LS{number}": [f"Lessee {number}", STREET] for number in range(11)}


def test_all_records_with_a_key_come_in_pages_with_their_line_breaks(org: Place) -> None:
    reader: BulkReader = org.reader(page=4)

    job_id = reader.open_bulk_read("Account", FIELDS)
    count = reader.wait_for_bulk_read(job_id)
    rows = list(reader.bulk_read(job_id, "Account", FIELDS))

    assert (count, len(rows)) == (11, 11)
    assert dict(rows) == EXPECTED


def test_cells_are_in_the_order_that_is_asked_for_whatever_the_case_of_the_names(org: Place) -> None:
    reader = org.reader()
    job_id = reader.open_bulk_read("Account", ["name", "billingstreet"])
    reader.wait_for_bulk_read(job_id)

    rows = dict(reader.bulk_read(job_id, "Account", ["billingstreet", "name"]))

    assert rows["LS3"] == [STREET, "Lessee 3"]


def test_an_object_without_records_gives_none(org: Place) -> None:
    reader = org.reader()
    job_id = reader.open_bulk_read("Vehicle__c", ["Name"])

    assert reader.wait_for_bulk_read(job_id) == 0
    assert list(reader.bulk_read(job_id, "Vehicle__c", ["Name"])) == []


def test_a_job_is_found_again_by_its_id_after_a_crash(org: Place) -> None:
    job_id = org.reader().open_bulk_read("Account", FIELDS)
    reader = org.reader()

    reader.wait_for_bulk_read(job_id)

    assert dict(reader.bulk_read(job_id, "Account", FIELDS)) == EXPECTED


@pytest.mark.parametrize("broken", [1, 2])
@pytest.mark.parametrize("page", [4, 100])
def test_a_page_that_breaks_off_is_asked_for_again_and_no_record_comes_twice(
    org: Place, broken: int, page: int
) -> None:
    reader = org.reader(page=page)
    job_id = reader.open_bulk_read("Account", FIELDS)
    reader.wait_for_bulk_read(job_id)
    org.local.faults.arm(Fault(kind="truncate", path=RESULTS, times=broken))

    rows = list(reader.bulk_read(job_id, "Account", FIELDS))

    assert (len(rows), dict(rows)) == (11, EXPECTED)


def test_a_page_that_breaks_off_again_and_again_is_left_for_later(org: Place) -> None:
    reader = org.reader()
    job_id = reader.open_bulk_read("Account", FIELDS)
    reader.wait_for_bulk_read(job_id)
    org.local.faults.arm(Fault(kind="truncate", path=RESULTS, times=None))

    with pytest.raises(SalesforceBusy, match="broke off"):
        list(reader.bulk_read(job_id, "Account", FIELDS))


def test_a_query_that_runs_too_long_is_left_running(org: Place) -> None:
    org.local.faults.arm(Fault(kind="bulk-slow", seconds=5))
    reader = org.reader(patience=0.1)
    job_id = reader.open_bulk_read("Account", FIELDS)

    with pytest.raises(SalesforceBusy, match="still runs"):
        reader.wait_for_bulk_read(job_id)


def test_a_field_that_the_org_lacks_stops_before_anything_is_read(org: Place) -> None:
    with pytest.raises(SalesforceStopped, match="Nowhere__c"):
        org.reader().open_bulk_read("Account", ["Nowhere__c"])


def test_a_job_that_salesforce_has_forgotten_stops(org: Place) -> None:
    with pytest.raises(SalesforceStopped, match="gone"):
        org.reader().wait_for_bulk_read("750000000000001AAA")


def test_nothing_is_asked_for_when_only_the_reserve_is_left(org: Place) -> None:
    reader = org.reader(reserve=50)
    job_id = reader.open_bulk_read("Account", FIELDS)
    org.local.meter.daily_limit = 2 * org.local.meter.used
    reader.wait_for_bulk_read(job_id)

    with pytest.raises(QuotaSpent):
        reader.open_bulk_read("Account", FIELDS)
    with pytest.raises(QuotaSpent):
        list(reader.bulk_read(job_id, "Account", FIELDS))


def test_the_budget_costs_one_call_and_every_call_is_counted(org: Place) -> None:
    reader = org.reader()
    before = org.local.meter.used

    budget = reader.daily_calls()

    assert (budget.used, budget.allowed, reader.calls) == (before + 1, 100_000, 1)
