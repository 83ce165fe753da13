"""Orion's tables hold each business date once, exactly, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine, text

from drawbar.connectors.orion.data_sets import TRANSACTIONS
from drawbar.connectors.orion.figures import figures, grouped
from drawbar.connectors.orion.settings import OrionSqlSettings
from drawbar.connectors.orion.sql import SqlInbox
from drawbar.middleware.database.engine import open_database
from drawbar.middleware.errors import NotThere, RetryLater, StopRun
from tests.connectors.orion.samples import MONDAY, bundle, orion_settings, payment, sql_section
from tests.postgres import create_database


@pytest.fixture
def inbox(database_url: str) -> SqlInbox:
    return SqlInbox(OrionSqlSettings.model_validate(sql_section(database_url)))


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


def rows(database: Engine, query: str) -> list[tuple[Any, ...]]:
    with database.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_rows_of_a_business_date_are_replaced_and_other_dates_stay(
    inbox: SqlInbox, database: Engine, tmp_path: Path, now: datetime
) -> None:
    tuesday = MONDAY + timedelta(days=1)
    inbox.send(bundle(tmp_path, payment("P1", "1.00"), payment("P2", "2.00")), now)
    inbox.send(bundle(tmp_path, {**payment("P9", "9.00"), "business_date": tuesday}, day=tuesday), now)

    for _ in range(2):
        inbox.send(bundle(tmp_path, payment("P1", "1.50"), number=2), now)

    query = "SELECT transaction_number, CAST(amount AS VARCHAR(20)) FROM orion_transactions ORDER BY 1"
    assert rows(database, query) == [("P1", "1.50"), ("P9", "9.00")]
    assert rows(database, "SELECT name FROM orion_delivery ORDER BY 1") == [
        ("ORION-20260302-002",), ("ORION-20260303-001",)
    ]  # fmt: skip


def test_figures_are_read_back_to_the_cent(inbox: SqlInbox, tmp_path: Path, now: datetime) -> None:
    paid = [payment(f"P{number}", "0.10") for number in range(11)] + [payment("P99", "99999999999.99", "")]
    inbox.send(bundle(tmp_path, *paid), now)

    found = inbox.figures(MONDAY)

    wanted = figures(TRANSACTIONS, grouped(TRANSACTIONS, paid))
    assert {key: value for key, value in found.items() if key.data_set == "transactions"} == wanted
    assert Decimal("100000000001.09") in found.values()
    assert set(inbox.figures(date(2026, 1, 1)).values()) == {Decimal(0)}


def test_a_delivery_that_is_refused_half_way_changes_nothing(
    inbox: SqlInbox, database: Engine, tmp_path: Path, now: datetime
) -> None:
    inbox.send(bundle(tmp_path, payment("P1", "1.00")), now)

    with pytest.raises(StopRun, match="refuses"):
        inbox.send(bundle(tmp_path, payment("P7", "2.00"), payment("P7", "3.00"), number=2), now)

    assert rows(database, "SELECT transaction_number FROM orion_transactions") == [("P1",)]
    assert rows(database, "SELECT name FROM orion_delivery") == [("ORION-20260302-001",)]


def test_a_table_of_an_older_release_is_refused_by_the_column_that_it_lacks(
    inbox: SqlInbox, database: Engine, tmp_path: Path, now: datetime
) -> None:
    with database.begin() as connection:
        connection.execute(text("CREATE TABLE orion_efforts (business_date DATE)"))

    with pytest.raises(StopRun, match="table orion_efforts has no column effort_number, day"):
        inbox.send(bundle(tmp_path), now)

    (check,) = inbox.checks()
    assert not check.ok
    assert "drop orion_efforts" in check.remedy


def test_figures_of_tables_that_were_never_made_are_asked_for_in_vain(inbox: SqlInbox) -> None:
    with pytest.raises(NotThere, match=r"has no table orion_efforts.*drawbar orion deliver"):
        inbox.figures(MONDAY)
    assert [each.ok for each in inbox.checks()] == [True]


def test_tables_go_into_the_schema_that_is_named(postgres: str, tmp_path: Path, now: datetime) -> None:
    url = create_database(postgres)
    inbox = SqlInbox(OrionSqlSettings.model_validate(sql_section(url, db_schema="lender")))
    with pytest.raises(StopRun, match=r"has no schema lender.*orion\.sql\.db_schema"):
        inbox.send(bundle(tmp_path), now)
    database = open_database(url)
    with database.begin() as connection:
        connection.execute(text("CREATE SCHEMA lender"))

    inbox.send(bundle(tmp_path, payment("P1", "1.00")), now)

    assert rows(database, "SELECT amount FROM lender.orion_transactions") == [(Decimal("1.00"),)]
    assert inbox.figures(MONDAY)
    database.dispose()


def test_a_database_that_does_not_answer_is_tried_again_and_no_password_is_told(tmp_path: Path, now: datetime) -> None:
    section = sql_section("postgresql://orion:hunter2secret@127.0.0.1:1/orion")
    with pytest.raises(RetryLater) as refused:
        SqlInbox(OrionSqlSettings.model_validate(section)).send(bundle(tmp_path), now)
    assert "hunter2secret" not in f"{refused.value} {section['url']}"


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ({}, r"give \[orion.sftp\], \[orion.sql\] or both"),
        ({"sql": {"url": "postgresql://orion:secret@db.example/orion"}}, "must hold no password; set password"),
        ({"sql": {"url": "orion"}}, "is not a database URL"),
    ],
)
def test_settings_that_reach_nothing_are_refused(sections: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        orion_settings(**sections)
