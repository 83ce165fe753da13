"""Repossessions from the request to the order and beyond: the same rules for commands, REST, Salesforce and agents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner, Result

from drawbar.cli import drawbar
from drawbar.commands.session import Session
from drawbar.middleware.database.engine import reading
from drawbar.middleware.log import configure_logging
from drawbar.middleware.repossession.orders import ORDER_OBJECT, RepoOrder, order_of
from drawbar.middleware.settings import LogSettings
from drawbar.middleware.sync.codec import decode, to_record
from drawbar.middleware.sync.tables import outbox
from drawbar.sandbox.seeds import COLLECTOR_USER_ID
from drawbar.sandbox.writing.results import WriteContext
from tests.jobs.conftest import MONDAY, small_book
from tests.jobs.paper_book import PaperBook
from tests.jobs.world import ServedOrg, World

ACCOUNT, TRUCK = "LW00000001", "VH00000001"
CASE = f"{TRUCK}-R001"


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Send logs to standard error, as commands do."""
    configure_logging(LogSettings(level="WARNING"))
    yield
    structlog.reset_defaults()


def late_book(world: World) -> PaperBook:
    """Begin a book whose one account is 45 days behind with its truck, and bring it into the org."""
    book = small_book(world)
    book.behind(1, MONDAY - timedelta(days=45))
    book.vehicle()
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
    org = world.org
    found = org.records(object_name)[key]
    context = WriteContext(COLLECTOR_USER_ID, auto_assign=False)
    (result,) = org.local.org.write("update", object_name, [{"Id": found["Id"], **fields}], context=context)
    assert result.success, result.errors
    hear(world)


def hear(world: World) -> None:
    """Let the hub sweep what changed, handle it, and deliver what comes of it."""
    world.run("edits")
    world.run("inbox")
    world.run("deliver")


@pytest.mark.spec("P11", "P12", "P13", "P14", "P28")
def test_a_rep_leads_a_repossession_in_salesforce_from_pending_to_the_order(
    world_on_both: World, org: ServedOrg
) -> None:
    world = world_on_both
    late_book(world)

    edit(world, "Vehicle__c", TRUCK, Disposition__c="PENDING", Market_Value__c=40_000)
    case = org.record("Case", CASE)
    assert (case["Repossession_Stage__c"], case["Requested_By__c"], case["Status"]) == (
        "Requested", "Casey Collector", "New",
    )  # fmt: skip

    edit(world, "Case", CASE, Decision__c="Proceed")
    (error,) = org.records("Sync_Error__c").values()
    assert (error["Error_Code__c"], error["Case__c"]) == ("REASON", CASE)

    edit(world, "Case", CASE, Decision_Reason__c="two broken promises")
    edit(world, "Case", CASE, Next_Step__c="Order", Order_Type__c="Voluntary Repossession", Order_By__c="RDN")
    case = org.record("Case", CASE)
    assert (case["Repossession_Stage__c"], case["Decided_By__c"]) == ("Ordered", "Casey Collector")
    assert org.records("Sync_Error__c") == {}
    (order,) = orders(world, "rdn")
    assert (order.order_type, order.voluntary) == ("VRP", True)

    edit(world, "Case", CASE, Next_Step__c="Sold")
    (error,) = org.records("Sync_Error__c").values()
    assert error["Error_Code__c"] == "ILLEGAL_STEP"
    assert "no step from Ordered" in error["Message__c"]
