"""`drawbar accounting` and `drawbar quickbooks` at the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.fernet import Fernet
from sqlalchemy import Engine, insert, select
from starlette.applications import Starlette

from drawbar.cli import drawbar
from drawbar.middleware.audit import Audit
from drawbar.middleware.database.engine import open_database
from drawbar.middleware.database.migrate import upgrade
from drawbar.middleware.sync.tables import landed_row, outbox, rotating_token
from drawbar.middleware.vendor_login import LogInRefused
from drawbar.sandbox.connections import Connections
from drawbar.sandbox.quickbooks.logins import App
from drawbar.sandbox.quickbooks.vendor import REALM, QuickBooksOnline
from drawbar.sandbox.store import system_clock
from tests.sandbox.local_server import serve

MOMENT = datetime(2026, 3, 3, tzinfo=UTC)


class CommandLine:
    """`drawbar` on a hub of its own, whose company answers at a port."""

    def __init__(self, folder: Path) -> None:
        self.settings = folder / "drawbar.toml"
        (folder / "data").mkdir()
        (folder / "key").write_bytes(Fernet.generate_key())
        (folder / "secret").write_text("s3cret-canary")
        self._folder = folder
        self.reach(9)
        self.database = open_database(f"sqlite:///{folder / 'data' / 'drawbar.db'}")
        upgrade(self.database)

    def reach(self, port: int) -> None:
        url, folder = f"http://127.0.0.1:{port}", self._folder
        secrets = f'client_secret = "file:{folder / "secret"}"\nencryption_key = "file:{folder / "key"}"\n'
        self.settings.write_text(
            f'data_folder = "{folder / "data"}"\n[leaseworks]\nsurface = "folder"\nfolder.path = "{folder}"\n'
            f'[quickbooks_online]\nrealm_id = "{REALM}"\nclient_id = "app"\n{secrets}api_url = "{url}"\n'
            f'token_url = "{url}/oauth2/v1/tokens/bearer"\n'
        )

    def __call__(self, *arguments: str, given: str = "") -> Result:
        return CliRunner().invoke(drawbar, ["--settings", str(self.settings), *arguments], input=given)

    def as_json(self, *arguments: str) -> Any:
        result = self(*arguments, "--json")
        assert isinstance(result.exception, SystemExit | None), result.exception
        return json.loads(result.stdout)

    def land(self, number: str, account: str, debit: str, credit: str) -> None:
        record = {
            "updated_at": "2026-03-02T06:00:00Z", "posting_number": number, "posted_on": "2026-03-02", "company": "100",
            "portfolio": "TRUCK", "gl_account": account, "description": "said", "debit": debit, "credit": credit,
        }  # fmt: skip
        row = {
            "system": "leaseworks", "entity": "gl_summary", "key": number, "record": json.dumps(record),
            "changed_at": MOMENT,
        }  # fmt: skip
        with self.database.begin() as connection:
            connection.execute(insert(landed_row).values(row))

    def waiting(self) -> list[tuple[str, str]]:
        with self.database.connect() as connection:
            rows = connection.execute(select(outbox.c.object, outbox.c.key).order_by(outbox.c.key)).all()
        return [(row.object, row.key) for row in rows]


@pytest.fixture
def line(tmp_path: Path) -> Iterator[CommandLine]:
    opened = CommandLine(tmp_path)
    yield opened
    opened.database.dispose()


@contextmanager
def company() -> Iterator[int]:
    vendor = QuickBooksOnline(App("app", "s3cret-canary", "first-canary"), clock=system_clock)
    with serve(Starlette(routes=list(vendor.routes())), Connections()) as port:
        yield port


def acts(database: Engine) -> list[tuple[str, str]]:
    with database.connect() as connection:
        return [(each.action, each.subject) for each in Audit(connection).lines()]


def test_events_are_listed_with_their_amounts(line: CommandLine) -> None:
    listed = {each["event"]: each["amounts"] for each in line.as_json("accounting", "events")}
    assert listed["sale_invoice"] == ["price", "fee"]
    assert "deficiency_write_off" in line("accounting", "events").stdout


@pytest.mark.spec("P24")
def test_explain_shows_what_would_be_posted_to_the_cent(line: CommandLine) -> None:
    shown = line.as_json("accounting", "explain", "sale_invoice", "--amount", "price=41500", "--amount", "fee=350.00")
    assert [(each["side"], each["account"], each["amount"]) for each in shown["lines"]] == [
        ("debit", "Accounts Receivable", "41850.00"),
        ("credit", "Vehicle Sales", "41500.00"),
        ("credit", "Documentation Fees", "350.00"),
    ]
    assert (
        "41,850.00"
        in line("accounting", "explain", "sale_invoice", "--amount", "price=41500", "--amount", "fee=350").stdout
    )
    assert line.waiting() == []


@pytest.mark.parametrize("wrong", ["total", "total=ten"])
def test_an_amount_that_is_none_is_refused(line: CommandLine, wrong: str) -> None:
    result = line("accounting", "explain", "repair_bill", "--amount", wrong)
    assert (result.exit_code, "is not NAME=USD" in result.output) == (2, True)


@pytest.mark.spec("P21")
def test_an_event_is_queued_once_per_key_and_by_name(line: CommandLine) -> None:
    bill = (
        "accounting",
        "post",
        "event",
        "repair_bill",
        "--key",
        "WO-1",
        "--amount",
        "total=412.50",
        "--party",
        "Shop",
    )

    assert "Accounts Payable" in line(*bill, "--dry-run").stdout
    assert line.waiting() == []
    assert (line.as_json(*bill)["created"], line.as_json(*bill)["unchanged"]) == (1, 1)

    assert line.waiting() == [("Bill", "WO-1")]
    assert acts(line.database) == [("post to books", "repair_bill WO-1")] * 2


@pytest.mark.spec("P24")
def test_the_ledger_of_a_date_is_shown_then_queued_and_what_is_wrong_with_it_is_said(line: CommandLine) -> None:
    gl = ("accounting", "post", "gl", "--date", "2026-03-02")
    assert "nothing to post" in line(*gl, "--dry-run").stdout
    line.land("GL1", "1010", "7.00", "0.00")
    line.land("GL2", "1200", "0.00", "7.00")

    assert [each["key"] for each in line.as_json(*gl, "--dry-run")] == ["GL20260302-100-TRUCK"]
    assert line.waiting() == []
    assert line.as_json(*gl)["created"] == 1
    assert line.waiting() == [("JournalEntry", "GL20260302-100-TRUCK")]

    line.land("GL3", "1010", "1.00", "0.00")
    refused = line(*gl)
    assert (refused.exit_code, "debits of 8.00 do not equal credits of 7.00" in refused.stdout) == (5, True)


def test_a_refresh_token_is_taken_over_from_standard_input_or_a_file(line: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("first-canary\n")
    with company() as port:
        line.reach(port)
        typed = line("quickbooks", "connect", given="first-canary\n")
        filed = line.as_json("quickbooks", "connect", "--file", str(tmp_path / "token"))
        wrong = line("quickbooks", "connect", given="wrong-canary")
    nothing = line("quickbooks", "connect", given=" \n")

    assert typed.stdout == "Connected to Sandbox Trucks.\n"
    assert filed == {"company": "Sandbox Trucks", "realm_id": REALM}
    assert isinstance(wrong.exception, LogInRefused)
    assert "canary" not in str(wrong.exception) + typed.output
    assert (nothing.exit_code, "no refresh token" in nothing.output) == (2, True)
    with line.database.connect() as connection:
        assert "canary" not in str(connection.execute(select(rotating_token)).all())
    assert acts(line.database) == [("connect QuickBooks Online", "Sandbox Trucks")] * 2


def test_a_new_key_is_one(line: CommandLine) -> None:
    Fernet(line("quickbooks", "key").stdout.strip())
