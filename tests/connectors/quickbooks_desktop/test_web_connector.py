"""Bills come into QuickBooks Desktop once, whatever happens on the way; the Web Connector is told what it expects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
import zeep
from lxml import etree
from pydantic import SecretStr, ValidationError
from sqlalchemy import Engine, delete

from drawbar.connectors.quickbooks_desktop.queue import BillQueue
from drawbar.connectors.quickbooks_desktop.records import BillLine, VendorBill
from drawbar.connectors.quickbooks_desktop.service import PATH, web_connector_service
from drawbar.connectors.quickbooks_desktop.settings import SYSTEM, CompanySettings, QuickBooksDesktopSettings
from drawbar.connectors.quickbooks_desktop.web_connector import WebConnector
from drawbar.middleware.database.engine import open_database
from drawbar.middleware.database.metadata import metadata
from drawbar.middleware.errors import NotThere, RecordRejected
from drawbar.middleware.server.soap.host import SoapHost
from drawbar.middleware.sync.pickup import Pickups, Task
from drawbar.middleware.sync.pickup_tables import pickup_task, pickup_visit
from drawbar.sandbox.quickbooks_desktop.company import Company
from drawbar.sandbox.quickbooks_desktop.web_connector import Connector, Visited
from tests.middleware.server.soap.serving import served

DOCUMENTED = Path(__file__).parent / "documented"
NORTH = CompanySettings(user="north", password=SecretStr("north password"), file=r"C:\QB\North.QBW", add_vendors=True)
SOUTH = CompanySettings(
    user="south", password=SecretStr("south password"), company_name="South Truck Leasing",
    payables_account="Accounts Payable",
)  # fmt: skip
SETTINGS = QuickBooksDesktopSettings(companies={"north": NORTH, "south": SOUTH}, max_attempts=3)


START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


@dataclass
class Hub:
    """A hub whose clock is set by hand, and the Web Connector's way to it."""

    engine: Engine
    now: datetime = START
    address: str = ""
    service: Any = None
    company: Company = field(default_factory=Company)
    refused: list[str] = field(default_factory=list)

    def put(self, bill: VendorBill, company: str = "north") -> bool:
        with self.engine.begin() as connection:
            return BillQueue(connection, SETTINGS).put(company, bill, self.now)

    def visit(self, company: Company | None = None, **named: Any) -> Visited:
        return Connector(self.service, company or self.company, **named).visit()

    def tasks(self) -> list[Task]:
        with self.engine.connect() as connection:
            return Pickups(connection, SYSTEM).tasks(states=("waiting", "asked", "done", "failed"))

    def states(self) -> list[str]:
        return [each.state for each in self.tasks()]

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture(scope="module")
def intuit() -> zeep.Client:
    """A client that speaks by Intuit's WSDL."""
    return zeep.Client(str(DOCUMENTED / "intuit-asmx.wsdl"))  # type: ignore[no-untyped-call]


@contextmanager
def serving(hub: Hub, client: zeep.Client) -> Iterator[Hub]:
    service = web_connector_service(WebConnector(hub.engine, SETTINGS, "1.0.0"), hub.refused.append)
    with served(lambda origin: [SoapHost(service, f"{origin}{PATH}", lambda: hub.now).route(PATH)]) as origin:
        hub.address = f"{origin}{PATH}"
        binding = "{http://developer.intuit.com/}TroubleshootWebServiceFSSoap"
        hub.service = client.create_service(binding, hub.address)  # type: ignore[no-untyped-call]
        yield hub


@pytest.fixture(scope="module")
def shared_hub(intuit: zeep.Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub with the tables that this needs, served for all tests."""
    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('hub') / 'hub.db'}")
    metadata.create_all(engine, tables=[pickup_task, pickup_visit])
    with serving(Hub(engine), intuit) as hub:
        yield hub
    engine.dispose()


@pytest.fixture
def served_hub(shared_hub: Hub) -> Hub:
    """The same hub, without tasks and visits, and with a company without bills."""
    with shared_hub.engine.begin() as connection:
        connection.execute(delete(pickup_task))
        connection.execute(delete(pickup_visit))
    shared_hub.now, shared_hub.company = START, Company()
    shared_hub.refused.clear()
    return shared_hub


class AtHand:
    """The same calls without HTTP between: what is asked goes straight to the operations of the contract."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._service = web_connector_service(WebConnector(hub.engine, SETTINGS, "1.0.0"), hub.refused.append)
        self._asks = {each.name: each.asks.type.elements for each in self._service.contract.operations}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*values: Any) -> Any:
            asked = dict(zip((element.name for _, element in self._asks[name]), values, strict=True))
            result = self._service.operations[name].answer(asked, "127.0.0.1", self._hub.now)[f"{name}Result"]
            return result["string"] if isinstance(result, dict) else result

        return call


@pytest.fixture
def hub(served_hub: Hub) -> Hub:
    """A hub whose calls need no HTTP: most rules are about what is asked, and not how."""
    at_hand = Hub(served_hub.engine)
    at_hand.service = AtHand(at_hand)
    return at_hand


@pytest.fixture
def hub_on_both(intuit: zeep.Client, engine: Engine) -> Iterator[Hub]:
    """A hub on each kind of database."""
    metadata.create_all(engine, tables=[pickup_task, pickup_visit])
    with serving(Hub(engine), intuit) as hub:
        yield hub


def bill(key: str = "WO-1", **changed: Any) -> VendorBill:
    """Give a bill of a repair shop over 450.75."""
    lines = (BillLine(account="Repairs", amount=Decimal("400.75")), BillLine(account="Towing", amount=Decimal("50.00")))
    given = {"vendor": "Ace Diesel", "number": f"INV {key}", "dated": date(2026, 3, 1), "due": date(2026, 3, 31)}
    return VendorBill(key=key, **{"memo": "Brakes", "lines": lines, **given, **changed})


def test_a_bill_is_looked_for_then_added_and_its_id_is_kept(hub_on_both: Hub) -> None:
    hub = hub_on_both
    assert hub.put(bill())

    visited = hub.visit()

    assert hub.company.requests == ["VendorQueryRq", "BillQueryRq", "BillAddRq"]
    assert visited.authenticated[1] == r"C:\QB\North.QBW"
    assert visited.percents == [1, 1, 100]
    assert [(each.state, each.reference) for each in hub.tasks()] == [("done", "1-1")]
    assert hub.company.bills["1-1"] == {
        "RefNumber": "INV WO-1", "TxnDate": "2026-03-01", "DueDate": "2026-03-31", "Memo": "Brakes [Drawbar WO-1]",
        "Vendor": "Ace Diesel", "Lines": [("Repairs", Decimal("400.75")), ("Towing", Decimal("50.00"))],
        "EditSequence": 1, "IsPaid": False,
    }  # fmt: skip


def test_percents_are_whole_and_99_at_most_until_all_is_done(hub: Hub) -> None:
    for number in range(3):
        hub.put(bill(f"WO-{number}"))

    percents = hub.visit().percents

    assert percents == [1, 1, 33, 33, 33, 66, 66, 66, 100]
    assert len(hub.company.bills) == 3


def test_the_same_bill_twice_is_no_news_and_nothing_waits(hub: Hub) -> None:
    assert hub.put(bill())
    assert not hub.put(bill())
    hub.visit()
    assert not hub.put(bill())

    assert hub.visit().authenticated[1] == "none"


@pytest.mark.parametrize("died", ["before", "after"])
def test_a_bill_is_added_once_although_the_web_connector_dies(hub_on_both: Hub, died: str) -> None:
    hub = hub_on_both
    hub.put(bill())
    ticket = hub.service.authenticate("north", "north password")[0]
    for _ in range(3):
        request = hub.service.sendRequestXML(ticket, "", NORTH.file, "US", 13, 0)
        answer = hub.company.process(request) if "BillAddRq" not in request or died == "after" else ""
        if "BillAddRq" not in request:
            hub.service.receiveResponseXML(ticket, answer, "", "")

    assert hub.visit().authenticated[1:] == ["none", "60"]
    hub.wait(31 * 60)
    hub.visit()

    assert len(hub.company.bills) == 1
    assert hub.states() == ["done"]


def test_a_request_whose_answer_never_came_begins_anew_in_the_same_visit(hub: Hub) -> None:
    hub.put(bill())
    ticket = hub.service.authenticate("north", "north password")[0]
    first = hub.service.sendRequestXML(ticket, "", NORTH.file, "US", 13, 0)

    second = hub.service.sendRequestXML(ticket, "", NORTH.file, "US", 13, 0)

    assert "VendorQueryRq" in first
    assert "VendorQueryRq" in second
    hub.service.receiveResponseXML(ticket, hub.company.process(first), "", "")
    assert hub.tasks()[0].attempts == 2


def test_a_changed_bill_is_changed_in_quickbooks_also_under_another_number(hub_on_both: Hub) -> None:
    hub = hub_on_both
    hub.put(bill())
    hub.visit()

    hub.put(bill(number="INV 77", lines=(BillLine(account="Repairs", amount=Decimal("99.00")),)))
    hub.visit()

    assert list(hub.company.bills) == ["1-1"]
    assert hub.company.bills["1-1"]["Lines"] == [("Repairs", Decimal("99.00"))]
    assert hub.company.bills["1-1"]["RefNumber"] == "INV 77"
    assert hub.company.requests[-2:] == ["BillQueryRq", "BillModRq"]


def test_a_bill_that_changes_while_it_is_asked_is_changed_afterwards(hub: Hub) -> None:
    hub.put(bill())
    process = hub.company.process

    def change_on_the_way(text: str) -> str:
        if "BillAddRq" in text:
            hub.put(bill(memo="Brakes and clutch", due=date(2026, 4, 30)))
        return process(text)

    hub.company.process = change_on_the_way  # type: ignore[method-assign]
    hub.visit()

    assert [each["DueDate"] for each in hub.company.bills.values()] == ["2026-04-30"]
    assert hub.states() == ["done"]


def test_a_number_that_changes_while_it_is_looked_for_is_looked_for_anew(hub: Hub) -> None:
    hub.put(bill())
    process = hub.company.process

    def change_on_the_way(text: str) -> str:
        if "INV WO-1" in text and "BillQueryRq" in text:
            hub.put(bill(number="INV 78"))
        return process(text)

    hub.company.process = change_on_the_way  # type: ignore[method-assign]
    hub.visit()

    assert hub.company.requests.count("BillQueryRq") == 2
    assert [each["RefNumber"] for each in hub.company.bills.values()] == ["INV 78"]


def test_a_bill_that_was_deleted_in_quickbooks_is_added_when_it_changes(hub: Hub) -> None:
    hub.put(bill())
    hub.visit()
    hub.company.bills.clear()

    hub.put(bill(memo="Brakes again"))
    hub.visit()

    assert [each["Memo"] for each in hub.company.bills.values()] == ["Brakes again [Drawbar WO-1]"]


def test_a_bill_that_somebody_typed_in_is_taken_for_ours_when_it_says_the_same(hub: Hub) -> None:
    hub.put(bill())
    hub.visit()
    hub.company.bills["1-1"]["Memo"] = "typed by hand"
    hub.put(bill("WO-2", number="INV WO-1"))

    hub.visit()

    assert list(hub.company.bills) == ["1-1"]
    assert [each.reference for each in hub.tasks()] == ["1-1", "1-1"]


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({"vendor": "Big Buyer"}, "NAME_IN_USE", "no vendor Big Buyer, but a customer"),
        ({"lines": (BillLine(account="Typo", amount=Decimal(1)),)}, "3140", "Account"),
        ({"number": "OTHER"}, "DUPLICATE_NUMBER", "over 10.00 instead of 450.75"),
    ],
    ids=["name in use", "account", "number"],
)
def test_what_quickbooks_cannot_take_fails_with_a_remedy_and_holds_up_nobody(
    hub: Hub, changed: dict[str, Any], code: str, words: str
) -> None:
    hub.company.customers.add("Big Buyer")
    hub.company.bills["9-9"] = {
        "RefNumber": "OTHER", "TxnDate": "2026-01-01", "DueDate": "", "Memo": "", "Vendor": "Ace Diesel",
        "Lines": [("Repairs", Decimal("10.00"))], "EditSequence": 1, "IsPaid": False,
    }  # fmt: skip
    hub.put(bill("WO-1", **changed))
    hub.put(bill("WO-2"))

    assert hub.visit().percents[-1] == 100

    failed, other = hub.tasks()
    assert (failed.state, failed.code, other.state) == ("failed", code, "done")
    assert words in failed.message
    assert failed.remedy


def test_a_failed_bill_is_tried_again_by_hand(hub_on_both: Hub) -> None:
    hub = hub_on_both
    hub.put(bill(lines=(BillLine(account="Typo", amount=Decimal(1)),)))
    hub.visit()
    number = hub.tasks()[0].id
    hub.company.accounts.add("Typo")

    with hub.engine.begin() as connection:
        Pickups(connection, SYSTEM).put_back(number, hub.now)
    hub.visit()

    assert hub.states() == ["done"]
    with hub.engine.begin() as connection:
        with pytest.raises(RecordRejected, match="is done, not failed"):
            Pickups(connection, SYSTEM).put_back(number, hub.now)
        with pytest.raises(NotThere):
            Pickups(connection, SYSTEM).put_back(number + 1, hub.now)


def test_while_quickbooks_is_busy_the_web_connector_pauses_and_goes_on(hub: Hub) -> None:
    hub.put(bill())
    hub.company.refuse = [("BillAddRq", 3175, "in use"), ("VendorQueryRq", 1000, "internal error")]

    visited = hub.visit(on_pause=lambda: hub.wait(10))

    assert visited.pauses == 6
    assert hub.states() == ["done"]
    assert len(hub.company.bills) == 1


@pytest.mark.parametrize("code", [3120, 3200])
def test_what_moved_meanwhile_is_looked_at_again(hub: Hub, code: int) -> None:
    hub.put(bill())
    hub.visit()
    hub.put(bill(memo="Brakes again", due=date(2026, 5, 1)))
    hub.company.refuse = [("BillModRq", code, "moved")]

    hub.visit()

    assert hub.states() == ["done"]
    assert hub.company.bills["1-1"]["DueDate"] == "2026-05-01"


def test_after_some_tries_a_person_has_to_look(hub: Hub) -> None:
    hub.put(bill())
    hub.company.refuse = [("BillQueryRq", 3175, "in use")] * 9

    visited = hub.visit(on_pause=lambda: hub.wait(30))

    assert [(each.state, each.code, each.attempts) for each in hub.tasks()] == [("failed", "GAVE_UP", 3)]
    assert visited.percents[-1] == 100


def test_a_bill_that_changed_after_it_was_paid_is_left_to_people(hub: Hub) -> None:
    hub.put(bill())
    hub.visit()
    hub.company.bills["1-1"]["IsPaid"] = True
    hub.put(bill(due=date(2026, 6, 1)))

    hub.visit()

    assert hub.tasks()[0].code == "PAID"
    assert "BillModRq" not in hub.company.requests


def test_a_request_that_quickbooks_cannot_parse_fails_alone(hub: Hub) -> None:
    hub.put(bill())
    hub.put(bill("WO-2"))
    ticket = hub.service.authenticate("north", "north password")[0]
    hub.service.sendRequestXML(ticket, "", NORTH.file, "US", 13, 0)

    percent = hub.service.receiveResponseXML(ticket, "", "0x80040400", "found an error when parsing")

    assert percent == 50
    assert hub.states() == ["failed", "waiting"]


def test_an_error_of_quickbooks_ends_the_visit_and_is_told(hub: Hub) -> None:
    hub.put(bill())
    ticket = hub.service.authenticate("north", "north password")[0]
    hub.service.sendRequestXML(ticket, "", NORTH.file, "US", 13, 0)

    assert hub.service.receiveResponseXML(ticket, "", "0x8004040A", "another file is open") < 0
    assert hub.service.getLastError(ticket) == "QuickBooks failed with 0x8004040A: another file is open"
    assert hub.service.closeConnection(ticket) == "OK"
    assert hub.service.sendRequestXML(ticket, "", NORTH.file, "US", 13, 0) in {"", None}
    assert hub.states() == ["waiting"]


@pytest.mark.parametrize(
    "response", ["", "<no", "<QBXML/>", "<QBXML><QBXMLMsgsRs><BillQueryRs/></QBXMLMsgsRs></QBXML>"]
)
def test_an_answer_that_makes_no_sense_is_asked_for_again(hub: Hub, response: str) -> None:
    hub.put(bill())
    ticket = hub.service.authenticate("north", "north password")[0]
    hub.service.sendRequestXML(ticket, "", NORTH.file, "US", 13, 0)

    assert 0 < hub.service.receiveResponseXML(ticket, response, "", "") <= 99
    hub.wait(60)
    hub.service.closeConnection(ticket)
    hub.visit()

    assert hub.states() == ["done"]


def test_each_company_file_gets_its_own_bills(hub: Hub) -> None:
    south = Company("South Truck Leasing")
    hub.put(bill("WO-N"))
    hub.put(bill("WO-S"), "south")

    hub.visit()
    hub.visit(south, user="south", password="south password", file=r"D:\South.QBW")

    assert [each["Memo"] for each in hub.company.bills.values()] == ["Brakes [Drawbar WO-N]"]
    assert [each["Memo"] for each in south.bills.values()] == ["Brakes [Drawbar WO-S]"]
    assert "VendorQueryRq" not in south.requests
    with pytest.raises(RecordRejected, match=r"no company 'west' \(there are: north, south\)"):
        hub.put(bill(), "west")


def test_nothing_is_asked_of_another_company_than_the_one_that_is_set(hub: Hub) -> None:
    hub.put(bill())
    hub.put(bill(), "south")

    other_file = hub.visit(file=r"C:\QB\Other.QBW")
    other_name = hub.visit(Company("East Leasing"), user="south", password="south password")

    assert other_file.shown == ["Another company file is open than the one of 'north'; open that one."]
    assert other_name.shown == ["The company that is open is not the one of 'south'."]
    assert hub.states() == ["waiting", "waiting"]
    assert hub.visit(file="c:/qb/NORTH.qbw").shown == []


def test_a_company_that_does_not_tell_its_name_gets_nothing_where_a_name_is_set(hub: Hub) -> None:
    hub.put(bill(), "south")
    ticket = hub.service.authenticate("south", "south password")[0]

    for host in ("", "<broken"):
        assert not hub.service.sendRequestXML(ticket, host, "", "US", 13, 0)
        assert hub.service.getLastError(ticket) == "QuickBooks did not tell which company is open."


@pytest.mark.parametrize(
    ("user", "password"), [("north", "wrong"), ("north", ""), ("north", "south password"), ("nobody", ""), ("", "")]
)
def test_a_wrong_log_in_gets_no_ticket(served_hub: Hub, user: str, password: str) -> None:
    hub = served_hub
    hub.put(bill())

    assert [each or "" for each in hub.service.authenticate(user, password)] == ["", "nvu"]
    assert hub.refused == ["127.0.0.1"]


def test_an_unknown_ticket_ends_quietly(served_hub: Hub) -> None:
    hub = served_hub
    hub.put(bill())
    ticket = "acc277c2-d935-4c6d-a123-45887293fc6a"

    assert not hub.service.sendRequestXML(ticket, "", "", "US", 13, 0)
    assert hub.service.receiveResponseXML(ticket, "<QBXML/>", "", "") == 100
    assert "over" in hub.service.getLastError(ticket)
    assert hub.service.connectionError(ticket, "0x80040408", "Could not start QuickBooks.") == "done"
    assert hub.service.closeConnection(ticket) == "OK"


def test_when_quickbooks_cannot_be_started_the_visit_is_over_and_the_bill_waits(hub: Hub) -> None:
    hub.put(bill())
    ticket = hub.service.authenticate("north", "north password")[0]

    assert hub.service.connectionError(ticket, "0x80040408", "Could not start QuickBooks.") == "done"

    hub.visit()
    assert hub.states() == ["done"]


@pytest.mark.parametrize(
    ("version", "told"), [("2.3.0.215", ""), ("", ""), ("x", ""), ("1.5.0.7", "W:Web Connector 1.5")]
)
def test_an_old_web_connector_is_warned(hub: Hub, version: str, told: str) -> None:
    assert (hub.service.clientVersion(version) or "").startswith(told)
    assert hub.service.serverVersion() == "1.0.0"


REQUESTS = sorted(DOCUMENTED.glob("*_request*.xml"))


@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.stem)
def test_every_documented_request_is_answered_in_the_documented_shape(served_hub: Hub, path: Path) -> None:
    operation = path.stem.split("_")[1]

    response = requests.post(
        served_hub.address, data=path.read_bytes(), headers={"Content-Type": "text/xml"}, timeout=30
    )

    result = etree.fromstring(response.content).find(f".//{{*}}{operation}Response/{{*}}{operation}Result")
    documented = {_shape(each) for each in DOCUMENTED.glob(f"*_{operation}_response*.xml")}
    assert response.status_code == 200
    assert result is not None
    assert str(result.tag) in {tag for tag, *_ in documented}
    assert (str(result.tag), *(str(each.tag) for each in result)) in documented


def _shape(path: Path) -> tuple[str, ...]:
    result = etree.fromstring(path.read_bytes()).find(".//{*}Body/*/*")
    assert result is not None
    return str(result.tag), *(str(each.tag) for each in result)


def test_the_wsdl_is_intuits_but_for_the_address(served_hub: Hub) -> None:
    served_wsdl = etree.fromstring(requests.get(f"{served_hub.address}?wsdl", timeout=30).content)

    addresses = {each.get("location") for each in served_wsdl.iterfind(".//{*}address")}
    assert addresses == {served_hub.address}
    assert _meaning(served_wsdl) == _meaning(etree.fromstring((DOCUMENTED / "intuit-asmx.wsdl").read_bytes()))


def _meaning(element: etree._Element) -> tuple[Any, ...]:
    """Give what a WSDL says: without comments, prefixes of names, white space, and what is so by default."""
    silent = {"location"}
    attributes = {
        name: str(value).rpartition(":")[2] if name in {"type", "element", "binding", "message"} else value
        for name, value in element.attrib.items()
        if name not in silent and (name, value) not in {("minOccurs", "1"), ("maxOccurs", "1")}
    }
    children = [
        _meaning(each) for each in element
        if isinstance(each.tag, str) and not each.tag.endswith("}documentation")
    ]  # fmt: skip
    unordered = element.tag in {
        "{http://www.w3.org/2001/XMLSchema}schema",
        "{http://schemas.xmlsoap.org/wsdl/}definitions",
    }
    return str(element.tag), sorted(attributes.items()), sorted(children) if unordered else children


@pytest.mark.parametrize(
    "changed",
    [
        {"number": "x" * 21}, {"vendor": "x" * 42}, {"vendor": "  "}, {"vendor": "A\nB"}, {"lines": ()},
        {"lines": (BillLine(account="Repairs", amount=Decimal(1)),), "memo": "\x00"}, {"due": "soon"},
    ],
)  # fmt: skip
def test_a_bill_that_quickbooks_could_not_hold_is_not_taken(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        bill(**changed)
    with pytest.raises(ValidationError):
        BillLine(account="Repairs", amount=Decimal("1.005"))


def test_names_and_memos_of_any_kind_come_through(served_hub: Hub) -> None:
    hub = served_hub
    hub.company.vendors.add('Müller & "Sons" <Ltd>')

    hub.put(bill(vendor='Müller & "Sons" <Ltd>', memo="]]> & ümlaut 卡车"))
    hub.visit()

    assert hub.company.bills["1-1"]["Vendor"] == 'Müller & "Sons" <Ltd>'
    assert hub.company.bills["1-1"]["Memo"] == "]]> & ümlaut 卡车 [Drawbar WO-1]"


def test_two_companies_may_not_share_a_user() -> None:
    with pytest.raises(ValidationError, match="same user"):
        QuickBooksDesktopSettings(companies={"a": NORTH, "b": NORTH})
