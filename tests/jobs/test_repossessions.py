"""Repossessions from the request to the order and beyond: the same rules for commands, REST, Salesforce and agents."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from drawbar.cli import drawbar
from drawbar.commands.session import Refused, Session
from drawbar.jobs.account_holds import StarterHolds
from drawbar.jobs.agent_events import agent_event_body
from drawbar.jobs.repo_routes import RepossessionRoutes
from drawbar.middleware.database.engine import reading
from drawbar.middleware.log import configure_logging
from drawbar.middleware.repossession.orders import AGENT_EVENT, ORDER_OBJECT, AgentEvent, RepoOrder, order_of
from drawbar.middleware.server.gate import Gate
from drawbar.middleware.server.quotas import Quotas
from drawbar.middleware.server.tokens import Tokens, token_key
from drawbar.middleware.settings import LogSettings
from drawbar.middleware.sync.codec import decode, to_record
from drawbar.middleware.sync.inbox import Inbox, Message
from drawbar.middleware.sync.tables import outbox
from drawbar.sandbox.seeds import COLLECTOR_USER_ID
from drawbar.sandbox.writing.results import RowResult, WriteContext
from tests.jobs.conftest import MONDAY, OpenWorld, small_book
from tests.jobs.paper_book import PaperBook
from tests.jobs.people import CASEY
from tests.jobs.world import ServedOrg, World, next_second
from tests.middleware.server.served import served

ACCOUNT, TRUCK = "LW00000001", "VH00000001"
CASE = f"{TRUCK}-R001"
RECORDED = ("--date", "2026-03-01", "--staff", "Joe", "--unit", "7", "--condition", "fair", "--returned", f"{TRUCK}=1")


@pytest.fixture(autouse=True)
def quiet() -> None:
    """Send logs to standard error, as commands do."""
    configure_logging(LogSettings(level="WARNING"))


def late_book(world: World, trucks: int = 1) -> PaperBook:
    """Begin a book whose one account is 45 days behind with its trucks, and bring it into the org."""
    book = small_book(world)
    book.behind(1, MONDAY - timedelta(days=45))
    for number in range(1, trucks + 1):
        book.vehicle(number)
    book.deliver()
    assert world.run().state == "succeeded"
    return book


def typed(world: World, *words: str) -> Result:
    """Type a command of `drawbar`."""
    session = Session(Path("drawbar.toml"), explicit=True)
    vars(session).update(hub=world.hub, settings=world.settings)
    group, *rest = words
    command = drawbar.get_command(None, group)  # type: ignore[arg-type]
    assert command is not None
    return CliRunner().invoke(command, rest, obj=session)


def told(world: World, *words: str) -> Any:
    """Type a command for machines, and give what it answers; raises what it raises."""
    result = typed(world, *words, "--json")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return json.loads(result.output)


def orders(world: World, channel: str = "agent_mail") -> list[RepoOrder]:
    """Give the orders that wait for a channel."""
    with reading(world.hub.engine) as connection:
        rows = connection.execute(outbox.select().where(outbox.c.target == channel, outbox.c.object == ORDER_OBJECT))
        return [order_of(to_record(row.object, row.key, row.parent, decode(row.fields))) for row in rows]


@pytest.mark.spec("P11", "P13", "P14")
def test_a_request_becomes_a_case_and_a_decision_an_order_with_all_that_an_agent_needs(
    world_on_both: World, org: ServedOrg
) -> None:
    world = world_on_both
    late_book(world)
    org.change("Vehicle__c", TRUCK, Market_Value__c=40_000)

    told(world, "repo", "request", ACCOUNT, "--reason", "no answer for weeks")
    told(world, "repo", "decide", ACCOUNT, "proceed", "--reason", "two broken promises")
    told(world, "repo", "order", ACCOUNT, "--instructions", "call before you tow")
    world.run("deliver")

    case = org.record("Case", CASE)
    assert (case["Repossession_Stage__c"], case["Decision_Taken__c"]) == ("Ordered", "Proceed")
    assert (case["Vehicle__c"], case["Lease_Account__c"], case["Payments_Made__c"]) == (TRUCK, ACCOUNT, 24)
    assert (case["Estimated_Recovery__c"], case["Worth_Recovering__c"]) == (34_500, 1)
    (order,) = orders(world)
    assert (order.number, order.account, order.vin) == (f"{CASE}-O1", ACCOUNT, "1FUJGLDR5CLBP8834")
    assert (order.lessee_name, order.lessee_phone) == ("Acme Haulage, LLC", "(201) 555-0100")
    assert (order.payments_made, order.days_past_due, order.instructions) == (24, 45, "call before you tow")


def edit(world: World, object_name: str, key: str, **fields: object) -> None:
    """Change a record as a rep does, and let the hub hear of it."""
    result = saved(world, object_name, key, fields)
    assert result.success, result.errors
    hear(world)


def refusal(world: World, object_name: str, key: str, **fields: object) -> str:
    """Give why Salesforce does not let a rep change a record."""
    (error,) = saved(world, object_name, key, fields).errors
    return error.message


def saved(world: World, object_name: str, key: str, fields: Mapping[str, object]) -> RowResult:
    found = world.org.records(object_name)[key]
    context = WriteContext(COLLECTOR_USER_ID, auto_assign=False)
    (result,) = world.org.local.org.write("update", object_name, [{"Id": found["Id"], **fields}], context=context)
    return result


def hear(world: World) -> None:
    """Let the hub sweep what changed, handle it, and deliver what comes of it."""
    world.run("edits")
    world.run("inbox")
    world.run("deliver")


def deliver(world: World) -> None:
    world.run("deliver")


@pytest.mark.spec("P11", "P12", "P13", "P14", "P28")
def test_a_rep_leads_a_repossession_in_salesforce_from_pending_to_the_order(world: World, org: ServedOrg) -> None:
    late_book(world)

    edit(world, "Vehicle__c", TRUCK, Disposition__c="PENDING", Market_Value__c=40_000)
    case = org.record("Case", CASE)
    assert (case["Repossession_Stage__c"], case["Requested_By__c"], case["Status"]) == (
        "Requested", "Casey Collector", "New",
    )  # fmt: skip

    assert refusal(world, "Case", CASE, Decision__c="Proceed") == "Say why you decide so."
    edit(world, "Case", CASE, Decision__c="Proceed", Decision_Reason__c="two broken promises")
    edit(world, "Case", CASE, Next_Step__c="Order", Order_Type__c="Voluntary Repossession", Order_By__c="RDN")
    case = org.record("Case", CASE)
    assert (case["Repossession_Stage__c"], case["Decided_By__c"]) == ("Ordered", "Casey Collector")
    assert org.records("Sync_Error__c") == {}
    (order,) = orders(world, "rdn")
    assert (order.order_type, order.voluntary) == ("VRP", True)

    assert "cannot take this step" in refusal(world, "Case", CASE, Next_Step__c="Sold")
    told(world, "repo", "event", ACCOUNT, "cancel", "--reason", "paid")
    edit(world, "Case", CASE, Next_Step__c="Located")
    (error,) = org.records("Sync_Error__c").values()
    assert (error["Error_Code__c"], error["Case__c"]) == ("ILLEGAL_STEP", CASE)
    assert "no step from Cancelled" in error["Message__c"]


def agent_tells(world: World, kind: str, event_id: str, minutes: int, **details: str) -> None:
    """Let a network's event come in, and have it handled and delivered."""
    at = datetime(2026, 12, 24, 12, 0, tzinfo=UTC) + timedelta(minutes=minutes)
    body = agent_event_body(AgentEvent("rdn", event_id, f"{CASE}-O1", kind, at, details))
    with world.hub.engine.begin() as connection:
        Inbox(connection).store([Message("rdn", event_id, AGENT_EVENT, body)], world.clock())
    world.run("inbox")
    world.run("deliver")


@pytest.mark.spec("P21", "R25")
def test_an_agents_invoice_becomes_a_work_order_to_be_approved_once(world: World, org: ServedOrg) -> None:
    late_book(world)
    told(world, "repo", "request", ACCOUNT)
    told(world, "repo", "decide", ACCOUNT, "proceed", "--reason", "no answer", "--override", "the chief says so")
    told(world, "repo", "order", ACCOUNT, "--by", "rdn")

    for event_id in ("e1", "e1", "e2"):
        agent_tells(world, "invoice", event_id, 10, amount="385.5", invoice_number="4711")
    agent_tells(world, "invoice", "e3", 20, amount="much", invoice_number="4712")

    (work,) = org.records("Asset_Work_Order__c").values()
    assert (work["Kind__c"], work["Vehicle__c"], work["Amount__c"]) == ("Agent", TRUCK, 385.5)
    assert (work["Reference__c"], work["Status__c"]) == ("4711", "Open")
    assert len(work["Work_Order_Key__c"]) <= 21  # as long as a number in QuickBooks may be
    (letter,) = world.letters()
    assert (letter.failure.code, letter.failure.field) == ("NOT_UNDERSTOOD", "amount")


@pytest.mark.spec("P14", "P16", "P28")
def test_agents_events_move_the_case_and_the_log_holds_all_of_it(world: World, org: ServedOrg, tmp_path: Path) -> None:
    late_book(world)
    values = tmp_path / "values.csv"
    values.write_text(
        "asset_number,market_value,valued_on,source\n"
        f'{TRUCK},"$38,000.00",2026-02-27,Price Guide\n{TRUCK},40000,2026-01-01,Old Guide\nVH2,much,2026-01-01,Guide\n'
    )
    imported = typed(world, "repo", "values", "import", str(values))
    told(world, "repo", "request", ACCOUNT)
    told(world, "repo", "decide", ACCOUNT, "proceed", "--reason", "no answer")
    told(world, "repo", "order", ACCOUNT, "--by", "rdn")
    world.run("deliver")

    agent_tells(world, "stored", "e3", 30, storage_place="Yard 7")
    (error,) = org.records("Sync_Error__c").values()
    agent_tells(world, "repossessed", "e2", 20, keys="2 in the office")
    agent_tells(world, "repossessed", "e2", 20, keys="2 in the office")

    assert (imported.exit_code, "values.csv row 3" in imported.stderr) == (5, True)
    assert (error["Case__c"], error["Error_Code__c"]) == (CASE, "ILLEGAL_STEP")
    assert org.records("Sync_Error__c") == {}
    case = org.record("Case", CASE)
    assert (case["Repossession_Stage__c"], case["Storage_Place__c"], case["Keys__c"]) == (
        "In Storage", "Yard 7", "2 in the office",
    )  # fmt: skip
    said = (case["Market_Value__c"], case["Market_Value_Source__c"], case["Market_Value_Date__c"])
    assert said == (38_000, "Price Guide", "2026-02-27")
    assert case["Contract_Status__c"] == "Terminated"

    workbook = tmp_path / "log.xlsx"
    (row,) = told(world, "repo", "log", "--excel", str(workbook))
    sheet = load_workbook(workbook)["Repo log"]
    header, first = ([cell.value for cell in each] for each in sheet.iter_rows())
    shown = dict(zip(header, first, strict=True))
    assert (shown["Vehicle"], shown["Repossession Stage"], shown["Market Value"]) == (TRUCK, "In Storage", 38_000)
    assert (row["case_key"], row["costs"]) == (CASE, "0.00")
    assert "Yard 7" in typed(world, "repo", "show", ACCOUNT).output or TRUCK in typed(world, "repo", "list").output


@pytest.mark.spec("P15", "P31")
def test_one_hold_set_anywhere_stops_orders_and_starter_commands_and_shows_on_the_case(
    world: World, org: ServedOrg
) -> None:
    late_book(world)
    org.change("Vehicle__c", TRUCK, Market_Value__c=40_000)
    told(world, "repo", "request", ACCOUNT)
    told(world, "repo", "decide", ACCOUNT, "proceed", "--reason", "no answer")
    world.run("deliver")

    made = create(
        world, "Hold__c", Kind__c="Bankruptcy", From__c="2026-02-27", Reason__c="26-10042",
        Lease_Account__c=org.record("Lease_Account__c", ACCOUNT)["Id"],
    )  # fmt: skip
    assert "Bankruptcy since 2026-02-27: 26-10042" in org.record("Case", CASE)["Order_Blocked_By__c"]
    with pytest.raises(Refused, match="Bankruptcy since 2026-02-27: 26-10042"):
        told(world, "repo", "order", ACCOUNT)
    assert starter_reason(world) == "Bankruptcy since 2026-02-27: 26-10042"
    with pytest.raises(Refused, match="set in Salesforce"):
        told(world, "hold", "lift", made)

    edit(world, "Hold__c", made, Lifted__c="2026-03-02")
    (held,) = told(world, "hold", "set", ACCOUNT, "SCRA", "--reason", "on duty")
    blocked = told(world, "repo", "show", ACCOUNT)[0]["blocked"]
    told(world, "hold", "lift", held["reference"])
    world.run("deliver")

    assert blocked == ["SCRA since 2026-03-02: on duty"]
    assert org.record("Hold__c", held["reference"])["Lifted__c"] == "2026-03-02"
    assert org.record("Case", CASE)["Order_Blocked_By__c"] is None
    assert starter_reason(world) == ""
    assert told(world, "repo", "order", ACCOUNT, "--dry-run")[0]["state"] == "Ordered"
    assert orders(world) == []


@pytest.mark.spec("P15", "P31")
def test_a_hold_that_has_ended_blocks_no_order_from_the_next_morning_on(world: World, org: ServedOrg) -> None:
    late_book(world)
    told(world, "repo", "request", ACCOUNT)
    told(world, "hold", "set", ACCOUNT, "CURE_LETTER", "--until", "2026-03-03", "--reason", "mailed")
    world.run("deliver")
    blocked = org.record("Case", CASE)["Order_Blocked_By__c"]

    world.clock.time += timedelta(days=2)
    world.run("repossessions")
    world.run("deliver")

    assert "mailed" in blocked
    assert org.record("Case", CASE)["Order_Blocked_By__c"] is None


def starter_reason(world: World) -> str:
    with reading(world.hub.engine) as connection:
        return StarterHolds(world.hub, connection, world.clock()).reason(ACCOUNT)


def create(world: World, object_name: str, **fields: object) -> str:
    """Make a record as a rep does, and let the hub hear of it; gives Salesforce's id."""
    context = WriteContext(COLLECTOR_USER_ID, auto_assign=False)
    (result,) = world.org.local.org.write("create", object_name, [fields], context=context)
    assert result.success, result.errors
    hear(world)
    return str(result.id)


def deliver_with_disposition(book: PaperBook, word: str) -> None:
    """Deliver with a column that the default layout does not have."""
    row = book.rows["vehicles"][TRUCK] | {"DISP": word}
    text = io.StringIO()
    table = csv.DictWriter(text, list(row))
    table.writeheader()
    table.writerow(row)
    book.deliver(encoded={"vehicles": text.getvalue().encode()})


@pytest.mark.spec("P12", "F14")
def test_leaseworks_disposition_starts_a_repossession_too_and_neither_end_starts_it_twice(
    open_world: OpenWorld, tmp_path: Path
) -> None:
    layout = {"vehicles": {"columns": {"disposition": "DISP"}}}
    world = open_world(leaseworks={"surface": "folder", "folder": {"path": tmp_path / "leaseworks"}, "layout": layout})
    book = small_book(world)
    book.behind(1, MONDAY - timedelta(days=45))
    book.vehicle()
    deliver_with_disposition(book, "ON LEASE")
    world.run()
    world.run("inbox")
    assert told(world, "repo", "list") == []

    book.next_day()
    book.vehicle()
    deliver_with_disposition(book, "PENDING")
    world.run()
    world.run("inbox")
    world.run("deliver")
    assert world.org.record("Vehicle__c", TRUCK)["Disposition__c"] == "PENDING"
    edit(world, "Vehicle__c", TRUCK, Disposition__c="PENDING")
    (case,) = told(world, "repo", "list")
    assert (case["case"], case["state"], case["steps"][0]["source"]) == (CASE, "Requested", "leaseworks")

    edit(world, "Vehicle__c", TRUCK, Disposition__c="ON LEASE")
    (case,) = told(world, "repo", "list")
    assert case["state"] == "Cancelled"


@pytest.mark.spec("P12", "P30")
def test_a_step_of_leaseworks_that_may_not_be_is_refused_and_shown_to_the_rep_with_its_reason(
    open_world: OpenWorld, org: ServedOrg, tmp_path: Path
) -> None:
    layout = {"vehicles": {"columns": {"disposition": "DISP"}}}
    world = open_world(leaseworks={"surface": "folder", "folder": {"path": tmp_path / "leaseworks"}, "layout": layout})
    book = small_book(world)
    book.behind(1, MONDAY - timedelta(days=45))
    book.vehicle()

    def says(word: str) -> tuple[Any, list[Any]]:
        deliver_with_disposition(book, word)
        for job in ("accounts", "inbox", "deliver"):
            world.run(job)
        book.next_day()
        book.vehicle()
        (case,) = told(world, "repo", "list")
        return case["state"], list(org.records("Sync_Error__c").values())

    begun, refused, withdrawn = says("PENDING"), says("SOLD"), says("ON LEASE")

    ((error,), letters) = refused[1], world.letters()
    assert (begun, refused[0], withdrawn, letters) == (("Requested", []), "Requested", ("Cancelled", []), [])
    assert (error["Vehicle__c"], error["Error_Code__c"]) == (TRUCK, "ILLEGAL_STEP")
    assert "is no step from Requested" in error["Message__c"]


def standing(world: World) -> Any:
    return world.org.record("Vehicle__c", TRUCK)["Disposition__c"]


def states(world: World) -> list[str]:
    return [each["state"] for each in told(world, "repo", "list")]


@pytest.mark.spec("P12", "P16")
def test_a_vehicle_stands_in_salesforce_as_its_repossession_does_whoever_took_the_step(
    world: World, org: ServedOrg
) -> None:
    late_book(world)
    edit(world, "Vehicle__c", TRUCK, Disposition__c="ON LEASE", Market_Value__c=40_000)
    stood = []
    told(world, "repo", "request", ACCOUNT)
    hear(world)
    stood.append((standing(world), states(world)))
    hear(world)
    told(world, "repo", "decide", ACCOUNT, "proceed", "--reason", "no answer")
    told(world, "repo", "order", ACCOUNT, "--by", "rdn")
    hear(world)
    stood.append((standing(world), states(world)))
    agent_tells(world, "repossessed", "e1", 20)
    told(world, "repo", "event", ACCOUNT, "stored")
    hear(world)
    hear(world)
    stood.append((standing(world), states(world)))
    edit(world, "Vehicle__c", TRUCK, Disposition__c="IN REPAIR")
    edit(world, "Case", CASE, Next_Step__c="Inventory")
    hear(world)
    stood.append((standing(world), states(world)))

    assert stood == [
        ("PENDING", ["Requested"]), ("ORDERED", ["Ordered"]), ("IN STORAGE", ["In Storage"]),
        ("INVENTORY", ["Inventory"]),
    ]  # fmt: skip
    assert org.records("Sync_Error__c") == {}


@pytest.mark.spec("P12")
def test_what_people_set_while_a_word_of_the_hub_is_on_its_way_is_what_counts(world: World) -> None:
    late_book(world)
    edit(world, "Vehicle__c", TRUCK, Disposition__c="PENDING", Market_Value__c=40_000)
    told(world, "repo", "record", ACCOUNT, *RECORDED)

    edit(world, "Vehicle__c", TRUCK, Disposition__c="IN STORAGE")
    hear(world)

    assert (standing(world), states(world)) == ("IN STORAGE", ["In Storage"])
    assert world.letters() == []


@pytest.mark.spec("P12")
def test_words_of_the_hub_that_are_on_their_way_are_nobody_elses(world: World, org: ServedOrg) -> None:
    late_book(world)
    edit(world, "Vehicle__c", TRUCK, Disposition__c="PENDING", Market_Value__c=40_000)
    told(world, "repo", "decide", ACCOUNT, "proceed", "--reason", "no answer")
    told(world, "repo", "order", ACCOUNT, "--by", "rdn")
    told(world, "repo", "record", ACCOUNT, *RECORDED)

    # Salesforce has taken the first of two words, and nobody has told the hub so yet.
    saved(world, "Vehicle__c", TRUCK, {"Disposition__c": "ORDERED", "Storage_Place__c": "Yard 7"})
    hear(world)

    assert (standing(world), states(world)) == ("REPOSSESSED", ["Repossessed"])
    assert org.records("Sync_Error__c") == {}


@pytest.mark.spec("P12")
def test_a_repossession_that_was_cancelled_on_the_case_can_be_asked_for_anew_on_the_vehicle(world: World) -> None:
    late_book(world)
    edit(world, "Vehicle__c", TRUCK, Disposition__c="PENDING")
    edit(world, "Case", CASE, Next_Step__c="Cancel", Step_Reason__c="paid")
    hear(world)

    next_second()
    edit(world, "Vehicle__c", TRUCK, Disposition__c="PENDING", Market_Value__c=40_000)

    assert states(world) == ["Cancelled", "Requested"]


@pytest.mark.parametrize(("by_rep", "looked_between"), [(False, False), (False, True), (True, False)])
@pytest.mark.spec("P12")
def test_a_rep_may_set_what_stood_there_before_the_hub_set_another(
    world: World, by_rep: bool, looked_between: bool
) -> None:
    late_book(world)
    after = hear if looked_between else deliver
    if by_rep:
        edit(world, "Vehicle__c", TRUCK, Disposition__c="PENDING")
    else:
        told(world, "repo", "request", ACCOUNT)
        after(world)
    told(world, "repo", "cancel", ACCOUNT, "--reason", "paid")
    after(world)
    assert (standing(world), states(world)) == ("ON LEASE", ["Cancelled"])

    next_second()
    edit(world, "Vehicle__c", TRUCK, Disposition__c="PENDING", Market_Value__c=40_000)
    assert (standing(world), states(world)) == ("PENDING", ["Cancelled", "Requested"])
    edit(world, "Vehicle__c", TRUCK, Storage_Place__c="Yard 7")
    assert (standing(world), states(world)) == ("PENDING", ["Cancelled", "Requested"])
    next_second()
    edit(world, "Vehicle__c", TRUCK, Disposition__c="ON LEASE")
    assert (standing(world), states(world)) == ("ON LEASE", ["Cancelled", "Cancelled"])


@pytest.mark.spec("P12")
def test_a_vehicle_on_lease_at_either_end_does_not_cancel_what_others_asked_for(
    open_world: OpenWorld, tmp_path: Path
) -> None:
    layout = {"vehicles": {"columns": {"disposition": "DISP"}}}
    world = open_world(leaseworks={"surface": "folder", "folder": {"path": tmp_path / "leaseworks"}, "layout": layout})
    book = small_book(world)
    book.behind(1, MONDAY - timedelta(days=45))
    book.vehicle()
    deliver_with_disposition(book, "ON LEASE")
    world.run()
    edit(world, "Vehicle__c", TRUCK, Disposition__c="ON LEASE")
    told(world, "repo", "request", ACCOUNT)

    edit(world, "Vehicle__c", TRUCK, Storage_Place__c="Yard 7")
    book.next_day()
    book.vehicle(ODOMETER="413000")
    deliver_with_disposition(book, "ON LEASE")
    world.run()
    hear(world)

    assert [each["state"] for each in told(world, "repo", "list")] == ["Requested"]


FORM = {"date": "2026-03-01", "staff": "Joe", "unit": "CU-7", "condition": "dented", "returned": f"{TRUCK}=1"}
ENTRIES = {
    "Next_Step__c": "Repossessed", "Step_Date__c": "2026-03-01", "Recovered_By__c": "Joe",
    "Recovered_Unit__c": "CU-7", "Recovered_Condition__c": "dented", "Recovered_Quantity__c": 1,
}  # fmt: skip


def recorded_by_command(world: World) -> None:
    for reason, more in (("nobody-home", ()), ("promised", ("--promised-for", "2026-03-20"))):
        told(world, "repo", "failed", ACCOUNT, "--reason", reason, *more)
    told(world, "repo", "record", ACCOUNT, *(part for name, value in FORM.items() for part in (f"--{name}", value)))


def recorded_in_salesforce(world: World) -> None:
    edit(world, "Case", CASE, Next_Step__c="Failed Attempt", Attempt_Result__c="Nobody home")
    promised = {"Attempt_Result__c": "Promised to pay", "Promised_Date__c": "2026-03-20"}
    edit(world, "Case", CASE, Next_Step__c="Failed Attempt", **promised)
    edit(world, "Case", CASE, **ENTRIES)


@pytest.mark.spec("F15", "F17", "F18")
@pytest.mark.parametrize("record", [recorded_by_command, recorded_in_salesforce])
def test_a_repossession_is_recorded_alike_by_command_and_in_salesforce(
    world: World, org: ServedOrg, record: Callable[[World], None]
) -> None:
    late_book(world)
    told(world, "repo", "request", ACCOUNT)
    told(world, "repo", "decide", ACCOUNT, "proceed", "--reason", "no answer", "--override", "a new engine")
    hear(world)

    record(world)
    hear(world)

    (case,) = told(world, "repo", "list")
    assert [(each["event"], each["reason"]) for each in case["steps"][2:]] == [
        ("failed attempt", "Nobody home"), ("failed attempt", "Promised to pay for 2026-03-20"),
        ("repossessed", "recorded by Joe"),
    ]  # fmt: skip
    shown = org.record("Case", CASE)
    assert (shown["Repossession_Stage__c"], shown["Failed_Attempts__c"]) == ("Repossessed", 2)
    assert (shown["Repossessed_Date__c"], shown["Repossessed_By__c"]) == ("2026-03-01", "Joe")
    assert (shown["Unit_Number__c"], shown["Returned_Quantity__c"]) == ("CU-7", 1)
    assert shown["Contract_Status__c"] == "Terminated"


@pytest.mark.spec("F19", "F20")
def test_what_somebody_may_do_in_salesforce_goes_by_his_user_name_and_a_refusal_is_shown_on_the_record(
    open_world: OpenWorld, org: ServedOrg
) -> None:
    called_so = {"Casey Collector": "admin", "someone@else.example": "admin"}
    world = open_world(repossession={"roles": called_so, "role_of_others": "none"})
    late_book(world)
    told(open_world(repossession={}), "repo", "request", ACCOUNT)
    hear(world)

    edit(world, "Case", CASE, Next_Step__c="Cancel", Step_Reason__c="paid")
    (error,) = org.records("Sync_Error__c").values()
    (refused,) = told(world, "repo", "list")
    allowed = open_world(repossession={"roles": {CASEY: "call centre advanced"}, "role_of_others": "none"})
    edit(allowed, "Case", CASE, Next_Step__c="Cancel", Step_Reason__c="paid in full")
    (case,) = told(allowed, "repo", "list")

    assert (error["Error_Code__c"], error["Case__c"], refused["state"]) == ("NOT_ALLOWED", CASE, "Requested")
    assert (case["state"], case["steps"][-1]["who"]) == ("Cancelled", "Casey Collector")
    assert org.records("Sync_Error__c") == {}


@pytest.mark.spec("F14", "F15", "F16", "F17", "F18", "F19", "F20")
def test_programs_record_repossessions_by_rest_in_the_role_of_their_key(
    open_world: OpenWorld, org: ServedOrg, tmp_path: Path
) -> None:
    world = open_world(repossession={"default_after_days": 30})
    late_book(world, trucks=2)
    world.run("repossessions")
    world.run("repossessions")
    gate = Gate(world.hub.engine, Tokens(token_key(None, tmp_path / "token.key"), 600), Quotas(10_000), world.clock)
    with served(world.hub.engine, tmp_path, RepossessionRoutes(world.hub, gate).routes()) as server:
        sales, nobody = server.key("sales", "repo-sales"), server.key("sync")

        def call(method: str, path: str, key: str = sales, **options: Any) -> Any:
            return server.call(method, f"/v1/repossessions{path}", key=key, **options)

        pending = call("GET", "", params={"pending": True, "office": "HH"})
        forbidden = call("GET", "", nobody)
        unknown = call("GET", "", "")
        refused = call("POST", f"/{ACCOUNT}/steps", json={"event": "approve", "vehicle": TRUCK, "reason": "late"})
        form = {
            "day": "2026-03-01", "staff": "Joe", "unit_number": "CU-7", "condition": "dented", "returned": {TRUCK: 2},
        }  # fmt: skip
        too_many = call("POST", f"/{ACCOUNT}/recordings", json=form)
        key = {"Idempotency-Key": "4711"}
        good = form | {"returned": {TRUCK: 1}}
        recorded = [call("POST", f"/{ACCOUNT}/recordings", json=good, headers=key) for _ in range(2)]
        other = call("POST", f"/{ACCOUNT}/recordings", json=good | {"staff": "Moe"}, headers=key)
    world.run("deliver")

    assert [each["vehicle"] for each in pending.json()] == [TRUCK, "VH00000002"]
    assert {each["steps"][0]["source"] for each in pending.json()} == {"drawbar"}
    assert (forbidden.status_code, unknown.status_code) == (403, 401)
    assert (refused.status_code, refused.json()["code"]) == (422, "NOT_ALLOWED")
    assert (too_many.status_code, too_many.json()["field"]) == (422, "returned")
    assert [each.status_code for each in recorded] == [200, 200]
    assert (other.status_code, other.json()["code"]) == (409, "KEY_USED")
    assert recorded[0].json() == recorded[1].json()
    assert [each["state"] for each in recorded[0].json()] == ["Repossessed", "Lost"]
    cases = org.records("Case")
    case, lost = cases[CASE], cases["VH00000002-R001"]
    assert (case["Repossessed_Date__c"], case["Repossessed_By__c"], case["Unit_Number__c"]) == (
        "2026-03-01", "Joe", "CU-7",
    )  # fmt: skip
    assert (case["Contract_Status__c"], case["Returned_Quantity__c"]) == ("Terminated", 1)
    assert (lost["Repossession_Stage__c"], lost["Returned_Quantity__c"]) == ("Lost", 0)
