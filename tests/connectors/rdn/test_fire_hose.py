"""The FireHose in all weathers, and what its events mean."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

import pytest

from drawbar.connectors.rdn.checks import RdnChecks
from drawbar.connectors.rdn.client import RdnClient
from drawbar.connectors.rdn.connector import FireHoseReading, Rdn
from drawbar.connectors.rdn.records import InvoiceItem
from drawbar.connectors.rdn.soap import read_reply
from drawbar.middleware.repossession.told import ToldEvent
from drawbar.middleware.retry import Clocks
from drawbar.middleware.sync.polled import Refused
from drawbar.sandbox.rdn.vendor import PATH, RdnVendor
from tests.connectors.rdn.conftest import open_rdn
from tests.contracts.polled_vendor import PolledVendorContract
from tests.contracts.served_vendor import ServedVendor, let_through, refusal
from tests.moment import NOW, Moment
from tests.repo_orders import placed


def everything(ids: Collection[str]) -> Collection[str]:
    return ids


class Heard:
    """Who remembers which events were told, and how far the FireHose was read."""

    def __init__(self, rdn: Rdn) -> None:
        self.rdn = rdn
        self.ids: set[str] = set()
        self.reading = FireHoseReading(0)

    def listen(self, *again: bytes) -> list[ToldEvent | Refused]:
        self.reading = FireHoseReading(self.reading.until)
        found = list(self.rdn.told(self.reading, lambda ids: set(ids) - self.ids, again))
        self.ids |= {each.event.event_id for each in found if isinstance(each, ToldEvent)}
        return found

    def kinds(self) -> list[str]:
        return [each.event.kind for each in self.listen() if isinstance(each, ToldEvent)]


class TestWeather(PolledVendorContract):
    records = PATH

    @pytest.fixture(autouse=True)
    def known(self, simulated: RdnVendor, moment: Moment) -> None:
        self.simulated, self.moment = simulated, moment
        self.secrets = (simulated.api_key(),)
        if not simulated.desk.cases:
            simulated.desk.place({"client_reference": "RO-1", "vin": "1FUJGLDR0CSBB1234"})
            moment.passes(minutes=10)

    @pytest.fixture
    def vendor(self, running_vendor: ServedVendor) -> ServedVendor:
        running_vendor.weather.clears()
        return running_vendor

    def read(self, url: str, clocks: Clocks) -> list[object]:
        rdn = open_rdn(url, self.simulated, clocks, self.moment)
        return list(rdn.told(FireHoseReading(0), everything))


@pytest.mark.spec("R25")
def test_every_code_is_told_once_with_its_details(rdn: Rdn, moment: Moment) -> None:
    heard = Heard(rdn)
    rdn.target.upsert([placed()])
    moment.passes(minutes=2)
    assert heard.kinds() == ["accepted", "comment"]
    moment.passes(minutes=10)

    told = [each.event for each in heard.listen() if isinstance(each, ToldEvent)]

    assert [each.kind for each in told] == ["repossessed", "condition report", "invoice", "completed"]
    assert {(each.source, each.order_number) for each in told} == {("rdn", "RO-1001")}
    assert told[0].details == {
        "case": "5001", "repossessed_on": f"{told[0].at:%Y-%m-%d}", "storage_place": "12 Yard Road, Dallas TX 75201",
        "keys": "1", "mileage": "412000", "condition": "Fair", "personal_property": "tools",
        "police_notified_on": f"{told[0].at:%Y-%m-%d}", "driveable": "Y",
    }  # fmt: skip
    assert (told[2].details["invoice_number"], told[2].details["amount"]) == ("INV-5001", "850.00")
    assert heard.kinds() == []


@pytest.mark.spec("R25")
def test_each_invoice_of_a_case_is_told_by_itself(rdn: Rdn, moment: Moment, monkeypatch: pytest.MonkeyPatch) -> None:
    items = [("A-2", "20.50"), ("A-1", "750.00"), ("A-1", "100.00")]
    lines = [
        InvoiceItem(invoice_number=name, gross_amount=Decimal(net), net_amount=Decimal(net)) for name, net in items
    ]
    monkeypatch.setattr(RdnClient, "invoice", lambda _client, _case: lines)
    heard = Heard(rdn)
    rdn.target.upsert([placed()])
    moment.passes(minutes=12)

    told = [each.event for each in heard.listen() if isinstance(each, ToldEvent) and each.event.kind == "invoice"]

    assert [(each.details["invoice_number"], each.details["amount"]) for each in told] == [
        ("A-1", "850.00"), ("A-2", "20.50"),
    ]  # fmt: skip
    assert len({each.event_id for each in told}) == 2


@pytest.mark.spec("R25")
def test_holds_and_closings_are_told_when_they_are_acknowledged_and_comments_with_their_text(
    rdn: Rdn, moment: Moment
) -> None:
    heard = Heard(rdn)
    rdn.target.upsert([placed()])
    moment.passes(minutes=2)
    comment = [each.event for each in heard.listen() if isinstance(each, ToldEvent)][1]
    assert comment.details["text"] == "Checked the address."
    rdn.target.upsert([placed(standing="on hold")])
    moment.passes(minutes=1)
    assert heard.kinds() == ["on hold"]
    rdn.target.upsert([placed(standing="closed")])
    moment.passes(minutes=1)
    assert heard.kinds() == ["closed"]


@pytest.mark.spec("R25")
def test_a_declined_case_is_told(rdn: Rdn, moment: Moment) -> None:
    heard = Heard(rdn)
    rdn.target.upsert([placed(f"RO-{number}") for number in range(7)])
    moment.passes(minutes=1)

    assert sorted(heard.kinds()) == [*["accepted"] * 6, "declined"]


@pytest.mark.fault(18)
def test_an_event_that_gets_its_number_late_is_not_missed(rdn: Rdn, vendor: ServedVendor, moment: Moment) -> None:
    heard = Heard(rdn)
    rdn.target.upsert([placed()])
    moment.passes(minutes=2)
    only_the_second = (
        b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:n="https://api.recoverydatabase.net/2.0/">'
        b"<e:Body><n:getFireHoseResponse><return><meta_data><item><event_id>90002</event_id>"
        b"<event_code>1300</event_code><event_date>2026-03-02 15:02:00</event_date><case_id>5001</case_id></item>"
        b"</meta_data></return></n:getFireHoseResponse></e:Body></e:Envelope>"
    )
    vendor.weather.comes(let_through, refusal(200, body=only_the_second))
    assert heard.kinds() == ["condition report"]

    assert heard.kinds() == ["accepted"]


def test_the_first_reading_begins_near_the_end_of_the_hose(rdn: Rdn, simulated: RdnVendor, moment: Moment) -> None:
    rdn.target.upsert([placed()])
    moment.passes(minutes=10)
    near = Rdn(rdn.settings.model_copy(update={"overlap_events": 2}), rdn.client, rdn.agents, rdn.clock)
    reading = FireHoseReading(None)

    told = [each.event.kind for each in near.told(reading, everything) if isinstance(each, ToldEvent)]

    assert (told, reading.until) == (["invoice", "completed"], 90_006)


def test_numbers_that_went_back_are_noticed(rdn: Rdn, moment: Moment) -> None:
    rdn.target.upsert([placed()])
    moment.passes(minutes=1)
    reading = FireHoseReading(95_000)

    assert len(list(rdn.told(reading, everything))) == 1
    assert (reading.went_back, reading.until) == (True, 90_001)


def test_events_of_cases_that_we_did_not_place_are_counted(rdn: Rdn, simulated: RdnVendor, moment: Moment) -> None:
    simulated.desk.place({"vin": "1FUJGLDR0CSBB1234"})
    moment.passes(minutes=1)
    reading = FireHoseReading(0)

    assert list(rdn.told(reading, everything)) == []
    assert reading.foreign == 1


def test_a_restricted_case_refuses_its_events_alone_and_they_are_told_when_it_opens(
    rdn: Rdn, simulated: RdnVendor, moment: Moment
) -> None:
    closed = simulated.desk.place({"client_reference": "RESTRICTED-1", "vin": "1FUJGLDR0CSBB1234"})
    rdn.target.upsert([placed()])
    moment.passes(minutes=1)
    heard = Heard(rdn)

    refused, told = heard.listen()
    assert isinstance(refused, Refused)
    assert (refused.key, refused.error.code) == ("90001", "RESTRICTED")
    assert isinstance(told, ToldEvent)

    simulated.desk.update(closed, {"client_reference": "RO-5"})
    (late,) = heard.listen(refused.answer)
    assert isinstance(late, ToldEvent)
    assert (late.event.order_number, late.event.kind) == ("RO-5", "accepted")


def test_a_code_that_nobody_knows_is_refused_by_name_unless_the_operator_ignores_it(
    rdn: Rdn, vendor: ServedVendor, moment: Moment
) -> None:
    rdn.target.upsert([placed()])
    odd = b'{"event_id": "7", "event_code": "999", "event_date": "2026-03-02 15:02:00", "case_id": "5001"}'

    (refused,) = rdn.told(FireHoseReading(0), everything, [odd])

    assert isinstance(refused, Refused)
    assert (refused.error.field, "999" in refused.error.message) == ("event_code", True)
    deaf = Rdn(rdn.settings.model_copy(update={"ignored_codes": [999]}), rdn.client, rdn.agents, rdn.clock)
    assert list(deaf.told(FireHoseReading(0), everything, [odd])) == []


def test_a_document_type_is_refused_before_anything_is_read() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    with pytest.raises(ValueError, match="document type"):
        read_reply("getLastEventId", bomb)


def test_doctor_tells_the_last_event(rdn: Rdn) -> None:
    (line,) = RdnChecks(rdn.client).checks(NOW)
    assert (line.ok, line.detail) == (True, "last event 0")
