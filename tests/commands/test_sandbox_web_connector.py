"""Bills arrive in a company file of QuickBooks Desktop: the hub's own server, and a Web Connector that visits it."""

from __future__ import annotations

import gc
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from socket import socket

import pytest
from click.testing import CliRunner, Result

from drawbar.cli import drawbar
from drawbar.jobs.wiring import Settings, open_hub, open_server
from drawbar.middleware.database.engine import open_database
from drawbar.middleware.database.migrate import upgrade
from drawbar.middleware.log import configure_logging
from drawbar.middleware.server.serving import listen, uvicorn_server
from drawbar.middleware.settings import LogSettings, load_settings

PASSWORD = "canary of a password"
_RULES = """
[companies.02]
books = "north"
"""
_SETTINGS = """
data_folder = "{folder}"
[soap]
public_url = "http://127.0.0.1:{port}"
[leaseworks]
surface = "folder"
[leaseworks.folder]
path = "{folder}"
[accounting]
rules_file = "{folder}/rules.toml"
[quickbooks_desktop.companies.north]
user = "drawbar-north"
password = "file:{folder}/password"
company_name = "North Truck Leasing"
add_vendors = true
"""
Type = Callable[..., Result]


@contextmanager
def served(settings: Path, listening: socket) -> Iterator[None]:
    """Serve the hub of a settings file on a socket, as `drawbar serve` does, until the block ends."""
    told = load_settings(Settings, settings)
    hub = open_hub(told)
    with open_server(told, hub).app() as app:
        server = uvicorn_server(app, told.server)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield
        server.should_exit = True
        thread.join()
    listening.close()
    hub.engine.dispose()


@pytest.fixture
def typed(tmp_path: Path) -> Iterator[Type]:
    """A served hub, at whose command line one types."""
    default = files("drawbar.middleware.accounting").joinpath("default_rules.toml").read_text(encoding="utf-8")
    (tmp_path / "rules.toml").write_text(default + _RULES, encoding="utf-8")
    (tmp_path / "password").write_text(f"{PASSWORD}\n", encoding="utf-8")
    listening, settings = listen("127.0.0.1", 0), tmp_path / "drawbar.toml"
    settings.write_text(_SETTINGS.format(folder=tmp_path, port=listening.getsockname()[1]), encoding="utf-8")
    database = open_database(f"sqlite:///{tmp_path / 'drawbar.db'}")
    upgrade(database)
    database.dispose()

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(drawbar, ["--settings", str(settings), *arguments])

    configure_logging(LogSettings(level="WARNING"))  # the server binds its log when it is made
    threshold = gc.get_threshold()
    with served(settings, listening):
        yield run
    gc.unfreeze()
    gc.set_threshold(*threshold)


def test_a_bill_arrives_in_the_company_file_once_and_is_changed_there(typed: Type, tmp_path: Path) -> None:
    qwc, password = tmp_path / "north.qwc", tmp_path / "password"
    visit = (
        "sandbox", "web-connector", str(qwc), "--password-file", str(password), "--data", str(tmp_path), "--json"
    )  # fmt: skip

    def post(total: str) -> None:
        bill = ("--key", "WO-7", "--amount", f"total={total}", "--party", "Ace & Sons", "--company", "02")
        assert typed("accounting", "post", "event", "repair_bill", *bill).exit_code == 0

    assert typed("quickbooks", "qwc", "north", "--out", str(qwc)).exit_code == 0
    post("412.50")
    first = json.loads(typed(*visit).stdout)
    again = json.loads(typed(*visit).stdout)
    post("99.00")
    changed = json.loads(typed(*visit).stdout)

    (bill,) = first["bills"]
    assert (bill["number"], bill["vendor"], bill["amount"]) == ("WO-7", "Ace & Sons", "412.50")
    assert (first["visit"]["percents"][-1], first["visit"]["shown"]) == (100, [])
    assert (again["bills"], again["visit"]["percents"]) == ([bill], [])
    assert [(each["id"], each["amount"]) for each in changed["bills"]] == [(bill["id"], "99.00")]
    (done,) = json.loads(typed("quickbooks", "queue", "--state", "done", "--json").stdout)
    assert (done["key"], done["reference"]) == ("WO-7", bill["id"])

    password.write_text("another", encoding="utf-8")
    refused = typed(*visit)
    assert (refused.exit_code, "does not know this user" in refused.output) == (1, True)
    assert PASSWORD not in refused.output + str(first)
