"""`drawbar quickbooks` at the command line, for QuickBooks Desktop."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from lxml import etree
from pydantic import SecretStr
from sqlalchemy import Engine, update

from drawbar.cli import drawbar
from drawbar.connectors.quickbooks_desktop.checks import QuickBooksDesktopChecks
from drawbar.connectors.quickbooks_desktop.queue import BillQueue
from drawbar.connectors.quickbooks_desktop.qwc import qwc_file
from drawbar.connectors.quickbooks_desktop.records import BillLine, VendorBill
from drawbar.connectors.quickbooks_desktop.settings import CompanySettings, QuickBooksDesktopSettings
from drawbar.middleware.database.engine import open_database
from drawbar.middleware.database.migrate import upgrade
from drawbar.middleware.errors import NotThere
from drawbar.middleware.sync.pickup_tables import pickup_task

Type = Callable[..., Result]
DOCUMENTED = Path(__file__).parent.parent / "connectors" / "quickbooks_desktop" / "documented"
PASSWORD = "canary of a password"
SETTINGS = QuickBooksDesktopSettings(
    companies={"north": CompanySettings(user="drawbar-north", password=SecretStr(PASSWORD))}
)
ADDRESS = "https://hub.example.com/soap/quickbooks-desktop"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'drawbar.db'}")
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def typed(database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Type]:
    """Give a function that types a command in a folder with a hub on SQLite and one company file."""
    monkeypatch.setattr("drawbar.middleware.log.configure_logging", lambda _settings: None)
    told = {
        "DATA_FOLDER": str(tmp_path), "LEASEWORKS__SURFACE": "folder", "LEASEWORKS__FOLDER__PATH": str(tmp_path),
        "SOAP__PUBLIC_URL": "https://hub.example.com",
        "QUICKBOOKS_DESKTOP__COMPANIES": json.dumps({"north": {"user": "drawbar-north", "password": PASSWORD}}),
    }  # fmt: skip
    for name, value in told.items():
        monkeypatch.setenv(f"DRAWBAR_{name}", value)
    monkeypatch.chdir(tmp_path)
    threshold = gc.get_threshold()
    yield lambda *words: CliRunner().invoke(drawbar, words)
    gc.unfreeze()
    gc.set_threshold(*threshold)


def test_what_waits_and_what_failed_is_shown_and_tried_again_by_hand(typed: Type, database: Engine) -> None:
    assert "Nothing waits for QuickBooks" in typed("quickbooks", "queue").stdout
    bills = [
        VendorBill(
            key=key, vendor="Ace Diesel", number=key, dated=date(2026, 3, 1),
            lines=(BillLine(account="Repairs", amount=Decimal(10)),),
        )
        for key in ("WO-1", "WO-2")
    ]  # fmt: skip
    with database.begin() as connection:
        for bill in bills:
            BillQueue(connection, SETTINGS).put("north", bill, datetime.now(UTC))
        failed = {"state": "failed", "message": "QuickBooks says: no.", "remedy": "Say yes.", "code": "3140"}
        connection.execute(update(pickup_task).where(pickup_task.c.key == "WO-2").values(failed))

    shown = typed("quickbooks", "queue").stdout
    rehearsed = typed("quickbooks", "retry", "2", "--dry-run", "--json")
    still = json.loads(typed("quickbooks", "queue", "--state", "failed", "--json").stdout)
    tried = typed("quickbooks", "retry", "2")
    left = json.loads(typed("quickbooks", "queue", "--company", "north", "--json").stdout)
    (act,) = json.loads(typed("audit", "--json").stdout)["lines"]

    assert "bill WO-1" in shown
    assert "QuickBooks says: no. Say yes." in shown
    assert json.loads(rehearsed.stdout)["dry_run"] is True
    assert [(each["key"], each["code"]) for each in still] == [("WO-2", "3140")]
    assert "bill WO-2 waits for QuickBooks again." in tried.stdout
    assert [each["state"] for each in left] == ["waiting", "waiting"]
    assert (act["action"], act["subject"]) == ("retry at QuickBooks", "bill WO-2")


def test_the_file_for_the_web_connector_is_as_intuit_describes_it_and_holds_no_password(
    typed: Type, tmp_path: Path
) -> None:
    printed = typed("quickbooks", "qwc", "north").stdout
    told = json.loads(typed("quickbooks", "qwc", "north", "--json").stdout)
    wrote = typed("quickbooks", "qwc", "north", "--out", "north.qwc").stdout

    root = etree.fromstring((tmp_path / "north.qwc").read_bytes())
    documented = etree.fromstring((DOCUMENTED / "sample-quickbooks-js.qwc").read_bytes())
    names = [str(each.tag) for each in root]
    assert names[: len(documented)] == [str(each.tag) for each in documented]
    assert (root.findtext("AppURL"), root.findtext("UserName")) == (ADDRESS, "drawbar-north")
    assert (told["address"], told["user"]) == (ADDRESS, "drawbar-north")
    assert "Open it in the Web Connector" in wrote
    assert PASSWORD not in printed + json.dumps(told) + wrote + etree.tostring(root, encoding="unicode")


def test_owner_and_file_stay_the_same_and_differ_by_company() -> None:
    both = QuickBooksDesktopSettings(
        companies={
            name: CompanySettings(user=name, password=SecretStr(PASSWORD)) for name in ("north", "south")
        }
    )  # fmt: skip
    north, again, south = (etree.fromstring(qwc_file(both, name, ADDRESS)) for name in ("north", "north", "south"))

    assert etree.tostring(north) == etree.tostring(again)
    assert north.findtext("OwnerID") == south.findtext("OwnerID")
    assert north.findtext("FileID") != south.findtext("FileID")
    with pytest.raises(NotThere, match=r"no company 'west' in the settings\. There are: north, south"):
        qwc_file(both, "west", ADDRESS)


@pytest.mark.parametrize(
    ("address", "password", "good"),
    [
        (ADDRESS, PASSWORD, [True, True]),
        ("http://127.0.0.1:8080/soap", "short", [True, False]),
        ("http://hub/soap", PASSWORD, [False, True]),
    ],
)
def test_doctor_tells_what_the_web_connector_would_not_take(address: str, password: str, good: list[bool]) -> None:
    settings = QuickBooksDesktopSettings(
        companies={"north": CompanySettings(user="drawbar-north", password=SecretStr(password))}
    )
    now = datetime.now(UTC)

    found = list(QuickBooksDesktopChecks(settings, address).checks(now))

    assert [each.ok for each in found] == good
    assert [bool(each.remedy) for each in found] == [not ok for ok in good]
    assert [each.ok for each in QuickBooksDesktopChecks(QuickBooksDesktopSettings(), address).checks(now)][1:] == [
        False
    ]
