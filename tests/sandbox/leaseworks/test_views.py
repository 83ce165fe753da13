"""The same book as a database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import Date, DateTime, Integer, Numeric, create_engine, inspect, make_url, text

from drawbar.sandbox.leaseworks.book import BookPlan, live_through
from drawbar.sandbox.leaseworks.layout import ENTITIES
from drawbar.sandbox.leaseworks.views import write_views
from tests.sandbox.leaseworks.reading import number, rows_of


def test_a_database_shows_every_entity_of_the_day_and_of_that_day_alone(database_url: str, plan: BookPlan) -> None:
    first, second = live_through(plan, 2)
    write_views(database_url, first)
    write_views(database_url, second)
    url = make_url(database_url)
    engine = create_engine(url.set(drivername=url.drivername.replace("postgresql", "postgresql+psycopg")))
    with engine.connect() as connection:
        for table in second.tables:
            rows = connection.execute(text(f'SELECT * FROM "{table.entity.name}"')).mappings().all()
            assert len(rows) == len(table)
            assert {row[table.entity.key] for row in rows} == {
                row[table.entity.key] for row in rows_of(second, table.entity.name)
            }
        found = connection.execute(text('SELECT * FROM accounts ORDER BY "ACCT_NO"')).mappings().all()
    engine.dispose()
    for row, shown in zip(found, rows_of(second, "accounts"), strict=True):
        assert Decimal(row["NET_OUTST"]) * 100 == shown["NET_OUTST"]
        assert date.fromisoformat(str(row["BOARDED_DT"])).toordinal() == shown["BOARDED_DT"]
        assert (row["OLDEST_UNPAID_DT"] is None) == (shown["OLDEST_UNPAID_DT"] is None)
        stamp = datetime.fromisoformat(str(row["UPDATED_TS"]))
        stamp = stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)
        assert stamp.timestamp() == number(shown, "UPDATED_TS")


def test_columns_are_named_like_those_of_the_files_and_typed(database_url: str, plan: BookPlan) -> None:
    write_views(database_url, next(live_through(plan, 1)))
    url = make_url(database_url)
    engine = create_engine(url.set(drivername=url.drivername.replace("postgresql", "postgresql+psycopg")))
    types = {"date": Date, "timestamp": DateTime, "whole": Integer}
    for entity in ENTITIES:
        columns = {column["name"]: column["type"] for column in inspect(engine).get_columns(entity.name)}
        assert tuple(columns) == entity.header
        for column in entity.columns:
            if column.kind in types:
                assert isinstance(columns[column.name], types[column.kind])
            if column.kind == "money" and engine.dialect.name == "postgresql":
                assert isinstance(columns[column.name], Numeric)
    engine.dispose()


def test_money_is_exact_on_sqlite(tmp_path: pytest.TempPathFactory, plan: BookPlan) -> None:
    day = next(live_through(plan, 1))
    url = f"sqlite:///{tmp_path}/lender.db"
    write_views(url, day)
    engine = create_engine(url)
    with engine.connect() as connection:
        amounts = connection.execute(text('SELECT "AMOUNT" FROM payments')).scalars().all()
    engine.dispose()
    assert [Decimal(amount) * 100 for amount in amounts] == [row["AMOUNT"] for row in rows_of(day, "payments")]
    assert all(isinstance(amount, str) for amount in amounts)
