"""Several companies: the rules say whose books an entry stands in, and what one company is told concerns no other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import select

from drawbar.connectors.quickbooks_desktop.settings import SYSTEM as DESKTOP
from drawbar.connectors.quickbooks_desktop.settings import CompanySettings, QuickBooksDesktopSettings
from drawbar.connectors.quickbooks_online.settings import FurtherCompany, QuickBooksOnlineSettings
from drawbar.jobs.books import Books as Ledgers
from drawbar.jobs.books import Queued
from drawbar.jobs.quickbooks import HINTED
from drawbar.middleware.accounting.posting import entry_of
from drawbar.middleware.accounting.records import AccountingEvent, Entry
from drawbar.middleware.accounting.rules import AccountingRules, load_rules
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.sync.inbox import Inbox, Message
from drawbar.middleware.sync.pickup import Pickups
from drawbar.middleware.sync.tables import landed_row
from drawbar.sandbox.faults import Fault
from drawbar.sandbox.quickbooks.vendor import REALM
from tests.jobs.books import FIRST_TOKEN, SOUTH_REALM, SOUTH_TOKEN, Books, serve_books
from tests.jobs.conftest import OpenWorld
from tests.jobs.world import World

_COMPANIES = """
[companies.02]
books = "south"

[companies.02.portfolios.TRAILER]
books = "files"
"""


@pytest.fixture(scope="module")
def books() -> Iterator[Books]:
    with serve_books() as served:
        yield served


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> AccountingRules:
    path: Path = tmp_path_factory.mktemp("rules") / "rules.toml"
    default = files("drawbar.middleware.accounting").joinpath("default_rules.toml").read_text(encoding="utf-8")
    path.write_text(default + _COMPANIES, encoding="utf-8")
    return load_rules(path)


@pytest.fixture
def world(open_world: OpenWorld, books: Books) -> World:
    """A hub with two companies of QuickBooks Online, and a company file of QuickBooks Desktop."""
    world = open_world()
    books.clock.time = world.hub.clock()
    books.connect(world)
    books.connect_south(world)
    for name, token in (("", FIRST_TOKEN), ("south", SOUTH_TOKEN)):
        world.hub.books(name).connect(token, now=world.hub.clock())
    company = CompanySettings(user="files", password=SecretStr("a long password"))
    world.hub = replace(world.hub, quickbooks_desktop=QuickBooksDesktopSettings(companies={"files": company}))
    return world


def bill(rules: AccountingRules, key: str, company: str, portfolio: str = "", total: str = "412.50") -> Entry:
    told = AccountingEvent(
        "repair_bill", key, date(2026, 3, 1), {"total": Decimal(total)}, company, portfolio, party="FleetRock Repairs"
    )
    return entry_of(rules, told)


def queue(world: World, *entries: Entry) -> Queued:
    with world.hub.engine.begin() as connection:
        return Ledgers(world.hub, connection, "run-1", world.hub.clock()).queue(entries)


def test_company_and_portfolio_say_whose_books_a_posting_stands_in(
    world: World, books: Books, rules: AccountingRules
) -> None:
    queue(world, bill(rules, "P-1", "01"), bill(rules, "P-2", "02"), bill(rules, "P-3", "02", "TRAILER"))
    again = queue(world, bill(rules, "P-2", "02"), bill(rules, "P-3", "02", "TRAILER", total="99.00"))

    run = world.run("postings")

    assert (again.created, again.changed, again.unchanged) == (0, 1, 1)
    assert run.state == "succeeded", run.error
    assert "P-1" in books.numbers("Bill")
    assert [each["DocNumber"] for each in books.south.company.objects("Bill")] == ["P-2"]
    with world.hub.engine.connect() as connection:
        (task,) = Pickups(connection, DESKTOP).tasks()
    assert (task.place, task.key, '"99.00"' in task.payload) == ("files", "P-3", True)


def test_a_company_that_cannot_take_anything_keeps_the_others_from_nothing(
    world: World, books: Books, rules: AccountingRules
) -> None:
    queue(world, bill(rules, "Q-1", "01"), bill(rules, "Q-2", "02"))
    books.faults.arm(Fault(kind="500", path=f"/v3/company/{REALM}/*", times=None))

    run = world.run("postings")
    books.faults.clear()

    assert run.state == "paused"
    assert "Q-2" in [each["DocNumber"] for each in books.south.company.objects("Bill")]
    assert "Q-1" not in books.numbers("Bill")
    assert world.run("postings").state == "succeeded"
    assert "Q-1" in books.numbers("Bill")


def test_an_entry_stays_with_the_company_that_it_was_first_queued_for(world: World, rules: AccountingRules) -> None:
    before = bill(rules, "R-1", "02")
    queue(world, before)

    with pytest.raises(RecordRejected, match="'south' before") as moved:
        queue(world, replace(before, books=""))
    with pytest.raises(RecordRejected, match="there are: files, south"):
        queue(world, replace(before, key="R-2", books="north"))
    with pytest.raises(RecordRejected, match="no journal"):
        queue(world, replace(before, key="R-3", books="files", document="journal"))
    assert moved.value.field == "books"


def test_what_changed_is_kept_by_company(world: World, books: Books) -> None:
    vendor = books.south.company.write("Vendor", {"DisplayName": f"Seen in the south {world.hub.clock()}"})
    hint = {
        "specversion": "1.0", "id": "event-1", "type": "qbo.vendor.updated.v1", "time": "2026-03-02T10:15:00Z",
        "intuitentityid": vendor["Id"], "intuitaccountid": SOUTH_REALM,
    }  # fmt: skip
    with world.hub.engine.begin() as connection:
        message = Message("webhook quickbooks_online", "m-1", HINTED, json.dumps([hint]).encode())
        Inbox(connection).store([message], world.hub.clock())

    world.run("inbox")
    assert places(world) == {("quickbooks_online.south", vendor["Id"])}

    world.run("quickbooks")
    first = {("quickbooks_online", each["Id"]) for each in books.vendor.company.objects("Vendor")}
    assert first <= places(world)


def places(world: World) -> set[tuple[str, Any]]:
    with world.hub.engine.connect() as connection:
        mine = select(landed_row.c.system, landed_row.c.key).where(landed_row.c.entity == "Vendor")
        return {(system, key) for system, key in connection.execute(mine)}


def test_two_companies_have_two_realms(books: Books) -> None:
    settings = books.settings()
    same = {"south": FurtherCompany(realm_id=settings.realm_id)}

    with pytest.raises(ValidationError, match="same realm_id"):
        QuickBooksOnlineSettings.model_validate({**settings.model_dump(), "companies": same})
