"""`drawbar leaseworks`: for people and, with --json, for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from drawbar.commands.leaseworks import leaseworks
from drawbar.connectors.leaseworks.settings import LeaseWorksSettings
from drawbar.middleware.errors import ConfigError
from tests.connectors.leaseworks.exports import ACCOUNTS, account, csv_bytes, write_delivery

Invoke = Callable[..., Result]


@pytest.fixture
def invoke(tmp_path: Path) -> Invoke:
    (tmp_path / "archive").mkdir()
    (tmp_path / "outbound").mkdir()
    settings = LeaseWorksSettings.model_validate({"surface": "folder", "folder": {"path": tmp_path}})

    def run(*arguments: str, configured: bool = True) -> Result:
        context = SimpleNamespace(settings=SimpleNamespace(leaseworks=settings if configured else None))
        return CliRunner().invoke(leaseworks, arguments, obj=context)

    return run


def as_json(result: Result) -> Any:
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return json.loads(result.stdout)


def test_check_shows_columns_problems_codes_rows_and_a_suggestion(invoke: Invoke, tmp_path: Path) -> None:
    content = csv_bytes([account(1), account(2, STATUS="Z", COLLECTOR="[bold]")]).replace(
        b"NET_OUTST", b"NetOutstanding"
    )
    (tmp_path / "accounts.csv").write_bytes(content)
    result = invoke("check", str(tmp_path / "accounts.csv"))
    assert result.exit_code == 1
    for said in (
        "accounts.csv: accounts, 1 of 2 rows understood",
        "encoding utf-8, delimiter ','",
        "only guessed: bind it",
        "UNKNOWN_CODE",
        "Unknown codes of status: 'Z' 1 times",
        "LW00000001",
        '[leaseworks.layout.accounts.columns]\nnet_outstanding = "NetOutstanding"',
    ):
        assert said in result.stdout


def test_check_breaks_no_name_that_is_to_be_copied(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_bytes(csv_bytes([account(number) for number in range(1, 8)]))
    shown = invoke("check", str(tmp_path / "accounts.csv")).stdout
    for name in ACCOUNTS.columns:
        assert len(re.findall(rf"\b{name}\b", shown)) == 2


def test_check_succeeds_for_a_file_that_a_run_would_take(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_bytes(csv_bytes([account(1)]))
    result = invoke("check", str(tmp_path / "export.csv"), "--entity", "accounts", "--json")
    assert result.exit_code == 0
    assert as_json(result)["understood"] == 1


def test_deliveries_lists_what_waits_what_is_damaged_and_what_is_archived(invoke: Invoke, tmp_path: Path) -> None:
    write_delivery(tmp_path, "LW-20260227-001").rename(tmp_path / "archive" / "LW-20260227-001")
    write_delivery(tmp_path, "LW-20260302-001")
    (write_delivery(tmp_path, "LW-20260302-003") / "notes.csv").unlink()
    write_delivery(tmp_path, "LW-20260303-001", manifest=False)
    shown = as_json(invoke("deliveries", "--json"))
    assert shown["archived"] == ["LW-20260227-001"]
    assert [(one["name"], one["status"]) for one in shown["waiting"]] == [
        ("LW-20260302-001", "ready"),
        ("LW-20260302-003", "damaged"),
        ("LW-20260303-001", "incomplete"),
    ]
    assert shown["waiting"][0]["files"]["accounts.csv"] == 1
    result = invoke("deliveries")
    assert result.exit_code == 0
    for said in (
        "archived",
        "ready",
        "notes.csv is in the manifest but not in the delivery",
        "after a gap: sequence 002",
    ):
        assert said in result.stdout


def test_manifest_makes_a_folder_of_files_a_delivery(invoke: Invoke, tmp_path: Path) -> None:
    folder = write_delivery(tmp_path, "LW-20260302-001", manifest=False)
    (folder / "readme.txt").write_text("not a part of it")
    written = as_json(invoke("manifest", str(folder), "--json"))
    assert {row["file"]: row["rows"] for row in written}["accounts.csv"] == 1
    assert as_json(invoke("deliveries", "--json"))["waiting"][0]["status"] == "ready"
    assert "sha256" in invoke("manifest", str(folder)).stdout


def test_manifest_of_a_folder_without_exports_is_refused(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("manifest", str(tmp_path))
    assert isinstance(result.exception, ConfigError)
    assert "holds none of lessees.csv, accounts.csv" in str(result.exception)


def test_without_settings_the_remedy_is_told(invoke: Invoke) -> None:
    result = invoke("deliveries", configured=False)
    assert isinstance(result.exception, ConfigError)
    assert str(result.exception) == "LeaseWorks is not configured. Add [leaseworks] to drawbar.toml."
