"""The target against a local org over real HTTP: what a restarted, interrupted or throttled hub sees."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from drawbar.connectors.salesforce.bulk import PollPlan
from drawbar.connectors.salesforce.checks import SalesforceChecks
from drawbar.connectors.salesforce.client import SalesforceClient
from drawbar.connectors.salesforce.errors import LoginRefused, QuotaSpent, SalesforceBusy
from drawbar.connectors.salesforce.metadata.source import read_package
from drawbar.connectors.salesforce.records.catalogue import EXTERNAL_IDS
from drawbar.connectors.salesforce.settings import SalesforceSettings
from drawbar.connectors.salesforce.target import SalesforceTarget
from drawbar.middleware.records import Reference, TargetRecord
from drawbar.middleware.retry import Clocks, RetryPolicy
from drawbar.sandbox.app import LocalOrg
from drawbar.sandbox.certificate import open_certificate
from drawbar.sandbox.credentials import Credentials, KeptCredentials, open_credentials
from drawbar.sandbox.faults import Fault
from drawbar.sandbox.schema import Schema
from drawbar.sandbox.server import serve_in_background
from drawbar.sandbox.source import SALESFORCE, load_schema
from tests.contracts.target import TargetContract

QUICK = RetryPolicy(base=0.001, cap=0.01)
PLAN = PollPlan(first=0.02)
USER = "005"
"""How the Id of a user begins; that of a queue begins otherwise."""


@pytest.fixture(scope="module")
def schema() -> Schema:
    return load_schema()


@pytest.fixture(scope="module")
def credentials(tmp_path_factory: pytest.TempPathFactory) -> KeptCredentials:
    return open_credentials(tmp_path_factory.mktemp("keys"), Credentials())


class Served:
    """A running local org, and clients of it."""

    def __init__(self, local: LocalOrg, url: str, kept: KeptCredentials) -> None:
        self.local = local
        self.settings = SalesforceSettings(
            login_url=url,
            auth="client_credentials",
            client_id=kept.app.client_id,
            client_secret=SecretStr(kept.app.client_secret),
        )
        self.clients: list[SalesforceClient] = []

    def client(self, clocks: Clocks | None = None) -> SalesforceClient:
        client = SalesforceClient(self.settings, policy=QUICK, clocks=clocks)
        self.clients.append(client)
        return client

    def target(self, clocks: Clocks | None = None) -> SalesforceTarget:
        return SalesforceTarget(self.client(clocks), EXTERNAL_IDS, plan=PLAN)

    def calls(self, kind: str = "", *, at_least: int = 0) -> int:
        """Count the calls to the org; it counts a call only after its answer has gone out, so wait for `at_least`."""
        for _ in range(1_000):
            if self._counted(kind) >= at_least:
                break
            time.sleep(0.005)
        return self._counted(kind)

    def _counted(self, kind: str) -> int:
        kinds: dict[str, dict[str, int]] = json.loads(json.dumps(self.local.meter.snapshot()["kinds"]))
        return sum(each["calls"] for name, each in kinds.items() if not kind or name == kind)

    def count(self, object_name: str) -> int:
        (row,) = self.client().query(f"SELECT COUNT(Id) n FROM {object_name}")
        return int(row["n"])


@pytest.fixture
def served(tmp_path: Path, schema: Schema, credentials: KeptCredentials) -> Iterator[Served]:
    local = LocalOrg(tmp_path / "org", schema, credentials.app)
    try:
        with serve_in_background(local) as addresses:
            served = Served(local, str(addresses.http), credentials)
            yield served
            for client in served.clients:
                client.salesforce.session.close()
    finally:
        local.close()


def lessee(key: str, **fields: Any) -> TargetRecord:
    return TargetRecord("Account", key, {"Name": f"Lessee {key}", **fields})


class TestContract(TargetContract):
    object_name = "Account"
    text_field = "Description"

    @pytest.fixture(autouse=True)
    def _served(self, served: Served) -> None:
        self.served = served

    def open_target(self) -> SalesforceTarget:
        return self.served.target()

    def record(self, key: str, text: str | None) -> TargetRecord:
        return lessee(key, Description=text)

    def bad_record(self, key: str) -> TargetRecord:
        return lessee(key, Name="x" * 256, Description=None)


def test_it_logs_in_by_jwt_over_tls(
    tmp_path: Path, schema: Schema, credentials: KeptCredentials, now: datetime
) -> None:
    local = LocalOrg(tmp_path / "org", schema, credentials.app)
    certificate = open_certificate(tmp_path / "tls", datetime.now(UTC))
    assert credentials.private_key_file is not None
    with serve_in_background(local, port=0, http_port=None, certificate=certificate) as addresses:
        settings = SalesforceSettings.model_validate(
            {
                "login_url": addresses.https,
                "client_id": credentials.app.client_id,
                "username": credentials.app.username,
                "private_key": f"file:{credentials.private_key_file}",
                "audience": addresses.https,
                "ca_file": certificate.authority,
            }
        )
        client = SalesforceClient(settings)
        assert SalesforceTarget(client, EXTERNAL_IDS).upsert([lessee("LE1")])[0].status == "created"
        client.salesforce.session.close()
        with pytest.raises(SalesforceBusy, match="SSLError"):
            SalesforceClient(settings.model_copy(update={"ca_file": None}), policy=QUICK).limits()
        wrong = settings.model_copy(update={"audience": "https://elsewhere.example"})
        with pytest.raises(LoginRefused, match="audience"):
            SalesforceClient(wrong).limits()
    local.close()


def delinquency(key: str, lease: str | None) -> TargetRecord:
    references = {
        "Account": Reference("Account", "LE1"),
        "Lease_Account__r": Reference("Lease_Account__c", lease) if lease else None,
        "RecordType": Reference("RecordType", "Delinquency"),
    }
    return TargetRecord("Case", key, {"Subject": key, "Status": "New", "Origin": "LeaseWorks"}, references)


@pytest.fixture
def parents(served: Served) -> None:
    target = served.target()
    target.upsert([lessee("LE1")])
    named = {"Lessee__r": Reference("Account", "LE1")}
    leases = [TargetRecord("Lease_Account__c", key, {"Name": key}, named) for key in ("LW1", "LW2")]
    assert {each.status for each in target.upsert(leases)} == {"created"}


@pytest.mark.usefixtures("parents")
@pytest.mark.parametrize("way", ["calls", "bulk"])
def test_parents_and_record_types_are_found_and_emptied(served: Served, way: str) -> None:
    def write(*records: TargetRecord) -> list[str]:
        target = served.target()
        if way == "calls":
            return [each.status for each in target.upsert(records)]
        job = target.open_bulk_upsert("Case")
        target.upload_bulk(job, records)
        target.wait_for_bulk(job)
        return [each.status for each in target.bulk_outcomes(job, "Case")]

    fields = ["Lease_Account__r.LeaseWorks_Id__c", "Account.Name", "RecordType.DeveloperName", "OwnerId"]
    assert write(delinquency("D1", "LW1")) == ["created"]
    first = served.target().read("Case", ["D1"], fields)["D1"]
    assert first == {
        "Lease_Account__r.LeaseWorks_Id__c": "LW1",
        "Account.Name": "Lessee LE1",
        "RecordType.DeveloperName": "Delinquency",
        "OwnerId": first["OwnerId"],
    }
    assert str(first["OwnerId"]).startswith("005")
    assert write(delinquency("D1", None)) == ["updated"]
    assert served.target().read("Case", ["D1"], fields)["D1"]["Lease_Account__r.LeaseWorks_Id__c"] is None


@pytest.mark.usefixtures("parents")
@pytest.mark.parametrize("way", ["calls", "bulk"])
def test_a_missing_parent_is_refused_with_a_remedy(served: Served, way: str) -> None:
    target = served.target()
    if way == "calls":
        (outcome,) = target.upsert([delinquency("D1", "LW404")])
    else:
        job = target.open_bulk_upsert("Case")
        target.upload_bulk(job, [delinquency("D1", "LW404")])
        target.wait_for_bulk(job)
        (outcome,) = target.bulk_outcomes(job, "Case")
    assert (outcome.status, outcome.code) == ("refused", "INVALID_FIELD")
    assert "LW404" in outcome.message
    assert "deliver it first" in outcome.remedy


@pytest.mark.usefixtures("parents")
def test_typed_values_come_back_as_they_were_sent(served: Served) -> None:
    target = served.target()
    values: dict[str, Any] = {
        "Name": "P1",
        "Amount__c": Decimal("1234567.89"),
        "Effective_Date__c": date(2026, 2, 28),
        "Source_Updated__c": datetime(2026, 3, 2, 6, 0, 1, tzinfo=UTC),
    }
    lease = {"Lease_Account__r": Reference("Lease_Account__c", "LW1")}
    (outcome,) = target.upsert([TargetRecord("Payment__c", "P1", values, lease)])
    assert outcome.status == "created", outcome
    read = target.read("Payment__c", ["P1"], list(values))["P1"]
    assert read == values
    assert isinstance(read["Amount__c"], Decimal)


def test_an_answer_lost_after_the_commit_makes_no_duplicate(served: Served) -> None:
    target = served.target()
    served.local.faults.arm(Fault(kind="reset-after", method="PATCH", path="*/composite/sobjects/*"))
    served.local.faults.arm(Fault(kind="truncate", method="PATCH", path="*/composite/sobjects/*"))
    outcomes = target.upsert([lessee(f"LE{number}") for number in range(20)])
    assert {each.status for each in outcomes} == {"updated"}
    assert served.count("Account") == 20


def test_a_token_that_ends_in_the_middle_is_renewed_once_for_all_threads(served: Served) -> None:
    target = served.target()
    target.upsert([lessee("LE0")])
    assert served.local.sessions.expire_all() == 1
    assert served.calls("oauth", at_least=1) == 1
    with ThreadPoolExecutor(16) as threads:
        outcomes = list(threads.map(lambda number: target.upsert([lessee(f"LE{number}")]), range(1, 17)))
    assert {each.status for (each,) in outcomes} == {"created"}
    assert served.calls("oauth", at_least=2) == 2


def test_a_token_that_ends_between_the_steps_of_a_bulk_job_is_renewed(served: Served) -> None:
    target = served.target()
    job = target.open_bulk_upsert("Account")
    served.local.sessions.expire_all()
    target.upload_bulk(job, [lessee("LE1")])
    served.local.sessions.expire_all()
    assert target.wait_for_bulk(job) == "complete"
    served.local.sessions.expire_all()
    assert [each.status for each in target.bulk_outcomes(job, "Account")] == ["created"]


def test_a_lasting_401_costs_three_requests_and_stops_the_run(served: Served) -> None:
    target = served.target()
    target.upsert([lessee("LE1")])
    assert served.calls(at_least=2) == 2
    served.local.faults.arm(Fault(kind="401", times=None))
    with pytest.raises(LoginRefused):
        target.upsert([lessee("LE2")])
    assert served.calls(at_least=5) == 5


def test_nobody_calls_inside_the_window_of_a_retry_after(served: Served) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        ahead.append(seconds)

    ahead = [0.0]
    target = served.target(Clocks(lambda: time.monotonic() + sum(ahead), lambda: datetime.now(UTC), sleep))
    served.local.faults.arm(Fault(kind="429", retry_after=30))
    assert target.upsert([lessee("LE1")])[0].status == "created"
    assert slept == [30.0]


def test_work_stops_when_the_day_is_spent_and_goes_on_when_calls_are_free(served: Served) -> None:
    target = served.target()
    served.local.faults.arm(Fault(kind="request-limit"))
    with pytest.raises(QuotaSpent):
        target.upsert([lessee("LE1")])
    assert target.upsert([lessee("LE1")])[0].status == "created"


def test_the_reserve_is_left_to_people(served: Served) -> None:
    served.local.meter.daily_limit = 10
    target = served.target()
    written = [target.upsert([lessee(f"LE{number}")]) for number in range(8)]
    with pytest.raises(QuotaSpent):
        target.upsert([lessee("LE8")])
    assert len(written) == 8
    assert served.calls("collections", at_least=8) == 8
    assert (target.budget.used, target.budget.allowed) == (8, 10)


def test_locked_rows_wait_for_another_try_and_the_others_are_written(served: Served) -> None:
    target = served.target()
    served.local.faults.arm(Fault(kind="lock-row", keys=frozenset({"LE2"})))
    outcomes = target.upsert([lessee("LE1"), lessee("LE2")])
    assert [(each.status, each.code) for each in outcomes] == [("created", ""), ("retry", "UNABLE_TO_LOCK_ROW")]
    assert target.upsert([lessee("LE2")])[0].status == "created"


def test_a_job_whose_content_was_uploaded_before_the_crash_is_only_told_to_begin(served: Served) -> None:
    target = served.target()
    job = target.open_bulk_upsert("Account")
    served.local.faults.arm(Fault(kind="503", method="PATCH", path="*/jobs/ingest/*", times=5))
    with pytest.raises(SalesforceBusy):
        target.upload_bulk(job, [lessee("LE1")])
    after_the_crash = served.target()
    assert after_the_crash.bulk_state(job) == "open"
    after_the_crash.upload_bulk(job, [lessee("LE1")])
    assert after_the_crash.wait_for_bulk(job) == "complete"
    assert served.count("Account") == 1


def test_rows_that_a_failed_job_did_not_reach_wait_for_another_try(served: Served) -> None:
    target = served.target()
    served.local.faults.arm(Fault(kind="bulk-failed", share=0.5))
    job = target.open_bulk_upsert("Account")
    target.upload_bulk(job, [lessee(f"LE{number}") for number in range(10)])
    assert target.wait_for_bulk(job) == "failed"
    outcomes = list(target.bulk_outcomes(job, "Account"))
    assert sorted(each.status for each in outcomes) == ["created"] * 5 + ["retry"] * 5
    assert {each.key for each in outcomes} == {f"LE{number}" for number in range(10)}


def test_seven_bad_rows_of_ten_thousand_leave_the_others_written(served: Served) -> None:
    target = served.target()
    bad = {"LE13", "LE500", "LE501", "LE2999", "LE7000", "LE9998", "LE9999"}
    records = [lessee(f"LE{number}") for number in range(10_000)]
    records = [lessee(each.key, Name="x" * 300) if each.key in bad else each for each in records]
    job = target.open_bulk_upsert("Account")
    target.upload_bulk(job, records)
    assert target.wait_for_bulk(job) == "complete"
    outcomes = {each.key: each for each in target.bulk_outcomes(job, "Account")}
    assert {key for key, each in outcomes.items() if each.status == "refused"} == bad
    assert {outcomes[key].code for key in bad} == {"STRING_TOO_LONG"}
    assert sum(each.status == "created" for each in outcomes.values()) == 9_993
    assert served.count("Account") == 9_993


def test_a_thousand_records_are_written_and_deleted_in_one_call_each(served: Served) -> None:
    target = served.target()
    target.upsert([lessee("LE0")])  # logs in, and is there already
    before = served.calls(at_least=2)

    outcomes = target.upsert([lessee(f"LE{number}") for number in range(1_000)])

    assert [each.key for each in outcomes] == [f"LE{number}" for number in range(1_000)]
    assert Counter(each.status for each in outcomes) == {"created": 999, "updated": 1}
    assert served.calls(at_least=before + 1) - before == 1
    assert {each.status for each in target.delete("Account", [each.key for each in outcomes])} == {"deleted"}
    assert served.count("Account") == 0


def test_bad_rows_among_a_thousand_keep_nobody_out(served: Served) -> None:
    records = [lessee(f"LE{number}", Name="x" * (300 if number in {7, 450, 999} else 3)) for number in range(1_000)]

    outcomes = served.target().upsert(records)

    assert [each.key for each in outcomes if each.status == "refused"] == ["LE7", "LE450", "LE999"]
    assert served.count("Account") == 997


def test_a_value_that_spoils_its_collection_is_found_among_a_thousand(served: Served) -> None:
    records = [
        lessee(f"LE{number}", **({"NumberOfEmployees": "many"} if number == 450 else {})) for number in range(600)
    ]

    outcomes = served.target().upsert(records)

    assert [each.key for each in outcomes if each.status == "refused"] == ["LE450"]
    assert served.count("Account") == 599


def test_text_that_looks_like_a_reference_arrives_as_it_is(served: Served) -> None:
    odd = "see @{part0.id} and @{nothing}"

    outcomes = served.target().upsert([lessee(f"LE{number}", Description=odd) for number in range(300)])

    assert {each.status for each in outcomes} == {"created"}
    assert {row["Description"] for row in served.client().query("SELECT Description FROM Account")} == {odd}


def test_no_assignment_rule_takes_a_case_that_travels_with_many(served: Served) -> None:
    cases = [TargetRecord("Case", f"C{number}", {"Subject": "late"}) for number in range(201)]

    assert {each.status for each in served.target().upsert(cases)} == {"created"}

    owners = {str(row["OwnerId"])[:3] for row in served.client().query("SELECT OwnerId FROM Case")}
    assert owners == {USER}


def test_the_checks_pass_on_an_org_with_our_metadata(served: Served) -> None:
    needed = {name: [key] for name, key in EXTERNAL_IDS.items() if name != "RecordType"}
    doctor = SalesforceChecks(
        served.client(), needed, EXTERNAL_IDS, reserve_percent=20, package=read_package(SALESFORCE)
    )
    results = list(doctor.checks(datetime.now(UTC)))
    assert [each for each in results if not each.ok] == []
    assert {each.name for each in results} >= {"log-in", "API version", "clock", "API calls", *needed}
    assert served.calls(at_least=5) == 5  # objects are described 25 to a call
