"""MBSi as a target and as a teller of events, over HTTP against the simulated one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

import pytest

from drawbar.connectors.mbsi.checks import MbsiChecks
from drawbar.connectors.mbsi.client import MbsiClient
from drawbar.connectors.mbsi.connector import Mbsi, ReconReading
from drawbar.connectors.mbsi.settings import MbsiSettings
from drawbar.connectors.mbsi.target import MbsiTarget
from drawbar.middleware.errors import RetryLater
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.repossession.agents import AgentSettings
from drawbar.middleware.repossession.orders import withdrawal_record
from drawbar.middleware.repossession.placing import ORDER, OrderComment, OrderDocument, comment_record, document_record
from drawbar.middleware.repossession.told import ToldEvent
from drawbar.middleware.retry import Clocks
from drawbar.middleware.sync.polled import Refused
from drawbar.sandbox.mbsi.vendor import BASE, CLIENT, LIENHOLDER, PDF, MbsiVendor
from tests.contracts.polled_vendor import PolledVendorContract
from tests.contracts.served_vendor import ServedVendor, half_an_answer, serve_vendor
from tests.contracts.target import RecordTargetContract
from tests.fake_time import FakeTime
from tests.moment import NOW, Moment
from tests.repo_orders import placed

AGENTS = {
    "lone_star": AgentSettings(channel="mbsi", id="4711"),
    "other": AgentSettings(channel="mbsi", id="4712"),
}


@pytest.fixture(scope="module")
def moment() -> Moment:
    return Moment()


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory, moment: Moment) -> MbsiVendor:
    return MbsiVendor(tmp_path_factory.mktemp("mbsi"), clock=moment)


@pytest.fixture(scope="module")
def running_vendor(simulated: MbsiVendor) -> Iterator[ServedVendor]:
    with serve_vendor(simulated.routes()) as served:
        yield served


@pytest.fixture
def mbsi(running_vendor: ServedVendor, simulated: MbsiVendor) -> Mbsi:
    running_vendor.weather.clears()
    simulated.desk.cases.clear()
    simulated.called.clear()
    return open_mbsi(running_vendor.url, simulated, FakeTime().clocks)


PAPERS = {"RO-1 title.pdf": b"%PDF-1.7 of a title"}
"""The hub's papers, by name."""


def open_mbsi(url: str, simulated: MbsiVendor, clocks: Clocks, **changes: object) -> Mbsi:
    """Open the connector as a new process does."""
    reach = {"url": url + BASE, "token": simulated.token(), "client_id": CLIENT, "lienholder_id": LIENHOLDER}
    pace = {"read_timeout_seconds": 0.3, "calls_per_minute": 6_000, "page_size": 2}
    settings = MbsiSettings.model_validate({**reach, **pace, **changes})
    return Mbsi(settings, MbsiClient(settings, clocks=clocks), AGENTS, PAPERS.__getitem__)


def everything(ids: Collection[str]) -> Collection[str]:
    return ids


def told(mbsi: Mbsi, known: set[str] | None = None) -> list[ToldEvent | Refused]:
    return list(mbsi.told(ReconReading(), lambda ids: set(ids) - (known or set())))


class TestWeather(PolledVendorContract):
    records = f"{BASE}/recon/*"

    @pytest.fixture(autouse=True)
    def known(self, simulated: MbsiVendor, moment: Moment, running_vendor: ServedVendor) -> None:
        self.simulated = simulated
        self.secrets = (simulated.token(),)
        if not simulated.desk.cases:
            open_mbsi(running_vendor.url, simulated, FakeTime().clocks).target.upsert([placed("RO-1"), placed("RO-2")])
            moment.passes(minutes=10)

    def read(self, url: str, clocks: Clocks) -> list[object]:
        return list(open_mbsi(url, self.simulated, clocks).told(ReconReading(), everything))


class TestContract(RecordTargetContract):
    object_name = ORDER
    text_field = "instructions"

    @pytest.fixture(autouse=True)
    def _known(self, mbsi: Mbsi) -> None:
        self.mbsi = mbsi

    def open_target(self) -> MbsiTarget:
        return self.mbsi.target

    def record(self, key: str, text: str | None) -> TargetRecord:
        record = placed(key)
        return replace(record, fields={**record.fields, "instructions": text})

    def bad_record(self, key: str) -> TargetRecord:
        return placed(key, vin="TOO-SHORT")


@pytest.mark.spec("P14")
def test_an_order_holds_all_that_an_agent_needs(mbsi: Mbsi) -> None:
    (outcome,) = mbsi.target.upsert([placed()])

    held = dict(mbsi.client.held(outcome.target_id))
    assert outcome.status == "created"
    assert held["collaterals"] == [
        {
            "identification_number": "1FUJGLDR0CSBB1234", "year": "2021", "make": "Freightliner", "model": "Cascadia",
            "color": "white", "license_plate": "R12 3456", "unit_number": "U-17",
        }
    ]  # fmt: skip
    assert held["borrowers"][0]["name"] == "Jane Q. Hauler"  # type: ignore[index]
    named = ("other_refno", "case_type_id", "payments_made", "days_past_due", "past_due_amount", "gps_status")
    assert [held[name] for name in named] == ["RO-1001", "6", "14", "73", "8412.50", "reporting"]
    assert (held["assign_service_provider_id"], held["is_voluntary"]) == ("4711", False)


@pytest.mark.spec("R24")
def test_only_differences_are_written(mbsi: Mbsi, simulated: MbsiVendor, moment: Moment) -> None:
    def writes(record: TargetRecord) -> int:
        simulated.called.clear()
        mbsi.target.upsert([record])
        moment.passes(seconds=70)
        return sum(not each.startswith("GET") for each in simulated.called)

    assert [writes(placed()), writes(placed())] == [1, 0]
    assert writes(placed(agent="other")) == 1
    assert [writes(placed(agent="other", standing="on hold", reason="paid")) for _ in range(2)] == [1, 0]
    assert [writes(placed(agent="other")), writes(placed(agent="other"))] == [1, 0]
    assert [writes(placed(agent="other", standing="closed")) for _ in range(2)] == [1, 0]


@pytest.mark.fault(12)
def test_an_order_whose_creation_was_not_answered_is_found_and_not_created_again(
    mbsi: Mbsi, running_vendor: ServedVendor, simulated: MbsiVendor
) -> None:
    running_vendor.weather.comes(half_an_answer(), only=f"{BASE}/orders")
    with pytest.raises(RetryLater):
        mbsi.target.upsert([placed()])

    (outcome,) = mbsi.target.upsert([placed()])

    assert (outcome.status, len(simulated.desk.cases)) == ("updated", 1)


@pytest.mark.spec("R24")
def test_an_order_that_is_withdrawn_is_closed_once(mbsi: Mbsi, simulated: MbsiVendor, moment: Moment) -> None:
    mbsi.target.upsert([placed()])
    withdrawal = withdrawal_record("RO-1001", "redeemed")
    for _ in range(2):
        assert mbsi.target.upsert([withdrawal])[0].status == "updated"
        moment.passes(minutes=2)

    assert sum(each.startswith("PUT") for each in simulated.called) == 1
    assert mbsi.target.upsert([withdrawal_record("RO-9", "")])[0].code == "NO_SUCH_ORDER"


def test_a_comment_is_the_note_of_the_status(mbsi: Mbsi, simulated: MbsiVendor) -> None:
    mbsi.target.upsert([placed()])
    comment = comment_record(OrderComment("C-1", "RO-1001", "lone_star", "The truck is in Waco."))

    assert [mbsi.target.upsert([comment])[0].status for _ in range(2)] == ["created", "updated"]
    orphan = comment_record(OrderComment("C-2", "RO-9", "lone_star", "Where?"))
    assert mbsi.target.upsert([orphan])[0].code == "NO_SUCH_ORDER"


@pytest.mark.spec("R24")
def test_a_document_stands_once_with_an_order_whose_truck_is_recovered(mbsi: Mbsi, moment: Moment) -> None:
    mbsi.target.upsert([placed("RO-1")])
    title = document_record(OrderDocument("RO-1", "lone_star", "RO-1 title.pdf", "Certificate of title"))
    assert mbsi.target.upsert([title])[0].code == "NO_RECOVERY"
    moment.passes(minutes=5)

    assert [mbsi.target.upsert([title])[0].status for _ in range(2)] == ["created", "updated"]

    (order,) = mbsi.client.order_of("RO-1")
    found = {each.file_name: each for each in mbsi.client.documents(order.id, order.recovery_id)}
    assert (found["RO-1 title.pdf"].data, found["RO-1 title.pdf"].document_name) == (
        PAPERS["RO-1 title.pdf"], "Certificate of title",
    )  # fmt: skip


@pytest.mark.spec("R25")
def test_what_became_of_an_order_is_told_once_with_details_documents_and_amounts(mbsi: Mbsi, moment: Moment) -> None:
    mbsi.target.upsert([placed()])
    known: set[str] = set()
    kinds: list[list[str]] = []
    events: dict[str, ToldEvent] = {}
    for minutes in (1, 4, 1, 4, 1):
        moment.passes(minutes=minutes)
        found = [each for each in told(mbsi, known) if isinstance(each, ToldEvent)]
        known |= {each.event.event_id for each in found}
        kinds.append([each.event.kind for each in found])
        events |= {each.event.kind: each for each in found}

    assert kinds == [["accepted"], ["repossessed", "condition report"], ["invoice"], ["completed"], []]
    assert {(each.event.source, each.event.order_number) for each in events.values()} == {("mbsi", "RO-1001")}
    report = events["condition report"]
    assert [(each.name, each.media_type, each.content) for each in report.documents] == [
        ("condition.pdf", "application/pdf", PDF)
    ]
    assert events["repossessed"].event.details["storage_place"] == "9 Pound Street, Waco TX 76701"
    assert events["repossessed"].event.details["mileage"] == "412000"
    assert events["invoice"].event.details["amount"] == "800.00"


@pytest.mark.spec("R25")
def test_a_repossession_is_told_though_the_order_was_completed_before_anybody_looked(
    mbsi: Mbsi, moment: Moment
) -> None:
    mbsi.target.upsert([placed()])
    placed_on = moment.now.date()
    moment.passes(days=2)

    first = {each.event.kind: each.event for each in told(mbsi) if isinstance(each, ToldEvent)}
    known = {each.event_id for each in first.values()}

    assert first.keys() == {"repossessed", "completed", "condition report", "invoice"}
    assert first["repossessed"].details["storage_place"] == "9 Pound Street, Waco TX 76701"
    assert first["repossessed"].at.date() == placed_on
    assert first["repossessed"].at <= first["completed"].at
    assert told(mbsi, known) == []


def test_a_status_that_nobody_has_explained_is_refused_by_name_and_the_others_go_on(mbsi: Mbsi, moment: Moment) -> None:
    mbsi.target.upsert([placed("RO-1")])
    moment.passes(minutes=1)
    mbsi.target.upsert([placed("RO-2")])
    statuses = {number: means for number, means in mbsi.settings.statuses.items() if number != "1"}
    strict = replace(mbsi, settings=mbsi.settings.model_copy(update={"statuses": statuses}))

    refused, event = told(strict)

    assert isinstance(event, ToldEvent)
    assert isinstance(refused, Refused)
    assert (refused.error.field, refused.error.remedy) == (
        "status", "Ask MBSi what it means, and enter it in mbsi.statuses."
    )  # fmt: skip


def test_a_type_of_order_without_a_number_is_refused_by_name(mbsi: Mbsi) -> None:
    settings = mbsi.settings.model_copy(update={"case_types": {}})

    (outcome,) = replace(mbsi, settings=settings).target.upsert([placed()])

    assert (outcome.status, outcome.code, outcome.fields) == ("refused", "NO_CASE_TYPE", ("order_type",))


def test_a_refusal_tells_the_field_and_the_reason(mbsi: Mbsi) -> None:
    (outcome,) = mbsi.target.upsert([placed(vin="SHORT")])

    assert "collaterals.0.identification_number: must be 17 characters" in outcome.message


def test_doctor_tells_whether_the_feed_shows_orders(mbsi: Mbsi) -> None:
    (line,) = MbsiChecks(mbsi.client).checks(NOW)
    assert (line.ok, line.detail) == (True, "the feed is empty")
