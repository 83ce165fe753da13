"""`drawbar clients` and `drawbar serve` at the command line."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from drawbar.cli import drawbar, exit_code
from drawbar.middleware.database.engine import open_database
from drawbar.middleware.database.migrate import upgrade
from drawbar.middleware.errors import DrawbarError

Type = Callable[..., Result]


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Type]:
    """Give a function that types a command in a folder with a hub on SQLite."""
    monkeypatch.setattr("drawbar.middleware.log.configure_logging", lambda _settings: None)
    monkeypatch.setenv("DRAWBAR_DATA_FOLDER", str(tmp_path))
    monkeypatch.setenv("DRAWBAR_LEASEWORKS__SURFACE", "folder")
    monkeypatch.setenv("DRAWBAR_LEASEWORKS__FOLDER__PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    database = open_database(f"sqlite:///{tmp_path / 'drawbar.db'}")
    upgrade(database)
    database.dispose()
    threshold = gc.get_threshold()
    yield lambda *words: CliRunner().invoke(drawbar, words)
    gc.unfreeze()
    gc.set_threshold(*threshold)


def test_a_key_is_shown_once_and_every_act_is_audited(typed: Type) -> None:
    assert "Nobody may call yet" in typed("clients").stdout
    assert json.loads(typed("clients", "--json").stdout) == []
    added = typed("clients", "add", "yard", "--scope", "sync-requests")
    rotated = json.loads(typed("clients", "rotate", "yard", "--keep-hours", "1", "--json").stdout)["key"]
    listed = typed("clients", "list", "--json").stdout
    revoked = typed("clients", "revoke", "yard", "--reason", "sold").stdout
    acts = json.loads(typed("audit", "--json").stdout)["lines"]

    key = added.stdout.strip()
    (client,) = json.loads(listed)
    assert (client["name"], client["scopes"], client["revoked_at"]) == ("yard", ["sync-requests"], None)
    assert [each["ends_at"] is None for each in client["keys"]] == [False, True]
    assert "cannot be shown again" in added.stderr
    assert revoked == "yard can call no more.\n"
    assert [each["action"] for each in acts] == ["revoke client", "rotate client", "add client"]
    for secret in (key, rotated):
        assert secret.startswith("dbk_")
        assert secret.rpartition("_")[2] not in listed + json.dumps(acts)


def test_a_rehearsal_changes_nothing(typed: Type) -> None:
    assert "nothing was changed" in typed("clients", "add", "yard", "--scope", "sync-requests", "--dry-run").stdout
    assert json.loads(typed("clients", "list", "--json").stdout) == []
    typed("clients", "add", "yard", "--scope", "sync-requests", "--json")
    would = json.loads(typed("clients", "revoke", "yard", "--reason", "sold", "--dry-run", "--json").stdout)
    assert would == {"client": "yard", "revoked": False}
    refused = typed("clients", "revoke", "bank", "--reason", "sold", "--dry-run").exception
    assert isinstance(refused, DrawbarError)
    assert (exit_code(refused), str(refused)) == (2, "there is no client bank. List them with: drawbar clients list")


def test_a_place_that_cannot_be_had_is_named(typed: Type) -> None:
    refused = typed("serve", "--address", "192.0.2.1", "--port", "1").exception

    assert isinstance(refused, DrawbarError)
    assert exit_code(refused) == 3
    assert "cannot listen at 192.0.2.1 port 1" in str(refused)
    assert "Choose another address or port under [server]." in str(refused)
