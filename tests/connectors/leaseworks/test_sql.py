"""Views are read by (time of change, key): ties are never missed, late commits are seen, nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Column, Date, DateTime, Engine, Integer, MetaData, Numeric, String, Table, insert, text, update
from sqlalchemy.exc import DBAPIError

from drawbar.connectors.leaseworks.connector import LeaseWorks
from drawbar.connectors.leaseworks.records import LeaseAccount
from drawbar.connectors.leaseworks.settings import LeaseWorksSettings, SqlSettings
from drawbar.connectors.leaseworks.sql import SqlCursor, SqlView
from drawbar.connectors.leaseworks.views import open_views, reading_only
from drawbar.middleware.database.engine import open_database
from drawbar.middleware.errors import ConfigError, RecordRejected, RetryLater, StopRun
from tests.connectors.leaseworks.exports import ACCOUNTS, layout_with
from tests.contracts.row_source import Row, RowSourceContract, SourceOf, account_row, source_rows
from tests.postgres import create_database

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TYPES: dict[type, Any] = {str: String(60), int: Integer(), Decimal: Numeric(12, 2), date: Date()}


def column(field: str, *, zoned: bool) -> Column[Any]:
    value = account_row(1)[field]
    kind = DateTime(timezone=zoned) if field == "updated_at" else TYPES.get(type(value), Numeric(12, 2))
    return Column(ACCOUNTS.columns[field].lower(), kind)


class Lender:
    """LeaseWorks' database with a view on its accounts."""

    def __init__(self, url: str, *, zoned: bool = True, page_rows: int = 1000, **layout: Any) -> None:
        self.settings = SqlSettings(url=url, views={"accounts": "v_accounts"}, page_rows=page_rows, overlap_minutes=15)
        self.engine, self._writer = open_views(self.settings), open_database(url)
        self.zoned = zoned and self.engine.dialect.name != "sqlite"
        self.layout = layout_with(**{"time_zone": "UTC", **layout})
        columns = [column(field, zoned=self.zoned) for field in ACCOUNTS.columns]
        self.accounts = Table("accounts", MetaData(), *columns)
        self.write("DROP VIEW IF EXISTS v_accounts", "DROP TABLE IF EXISTS accounts")
        with self._writer.begin() as connection:
            self.accounts.create(connection)
        self.write("CREATE VIEW v_accounts AS SELECT * FROM accounts")

    def write(self, *statements: str) -> None:
        with self._writer.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def add(self, *rows: Row) -> None:
        with self._writer.begin() as connection:
            if rows:
                connection.execute(insert(self.accounts), [self._stored(row) for row in rows])

    def touch(self, number: int, at: datetime) -> None:
        with self._writer.begin() as connection:
            mine = self.accounts.c.acct_no == f"LW{number:08d}"
            connection.execute(update(self.accounts).where(mine).values(updated_ts=self._instant(at)))

    def close(self) -> None:
        self.engine.dispose()
        self._writer.dispose()

    def source(self, cursor: SqlCursor | None = None) -> SqlView[LeaseAccount]:
        return SqlView(self.engine, self.settings, self.layout, LeaseAccount, cursor)

    def _stored(self, row: Row) -> dict[str, Any]:
        cells = {ACCOUNTS.columns[field].lower(): value for field, value in row.items()}
        return cells | {"updated_ts": self._instant(row["updated_at"])}

    def _instant(self, at: datetime | None) -> datetime | None:
        return at if at is None or self.zoned else at.astimezone(self.layout.zone).replace(tzinfo=None)


MakeLender = Callable[..., Lender]


@pytest.fixture
def make_lender(database_url: str) -> Iterator[MakeLender]:
    with ExitStack() as opened:

        def make(**how: Any) -> Lender:
            return opened.enter_context(closing(Lender(database_url, **how)))

        yield make


@pytest.fixture
def lender(make_lender: MakeLender) -> Lender:
    return make_lender()


@pytest.mark.usefixtures("database_url")
class TestSqlView(RowSourceContract):
    def make(self, request: pytest.FixtureRequest) -> SourceOf:
        lender: Lender = request.getfixturevalue("lender")

        def source_of(rows: Sequence[Row]) -> SqlView[LeaseAccount]:
            lender.write("DELETE FROM accounts")
            lender.add(*rows)
            return lender.source()

        return source_of


def keys(source: SqlView[LeaseAccount]) -> list[str]:
    return [row.key for row in source_rows(source)]


def test_ten_thousand_rows_of_one_instant_all_come_once(make_lender: MakeLender) -> None:
    lender = make_lender(page_rows=777)
    numbers = [(number * 7919) % 10_000 for number in range(10_000)]
    lender.add(*(account_row(number, updated_at=NOON) for number in numbers))
    source = lender.source()
    assert keys(source) == [f"LW{number:08d}" for number in range(10_000)]
    assert source.cursor == SqlCursor(NOON, "LW00009999")


def test_the_next_run_reads_what_changed_and_the_overlap_before_it(lender: Lender) -> None:
    lender.add(*(account_row(number, updated_at=NOON + timedelta(minutes=number)) for number in range(60)))
    first = lender.source()
    assert len(keys(first)) == 60
    assert first.cursor is not None
    stored = SqlCursor.from_json(first.cursor.as_json())
    assert stored == SqlCursor(NOON + timedelta(minutes=59), "LW00000059")
    lender.touch(3, NOON + timedelta(minutes=61))
    second = lender.source(stored)
    assert keys(second) == [*(f"LW{number:08d}" for number in range(44, 60)), "LW00000003"]
    assert second.cursor == SqlCursor(NOON + timedelta(minutes=61), "LW00000003")


def test_a_row_that_was_committed_late_with_an_earlier_time_is_seen(lender: Lender) -> None:
    lender.add(account_row(1, updated_at=NOON))
    first = lender.source()
    source_rows(first)
    lender.add(account_row(2, updated_at=NOON - timedelta(minutes=14)), account_row(0, updated_at=NOON))
    assert keys(lender.source(first.cursor)) == ["LW00000002", "LW00000000", "LW00000001"]


def test_the_cursor_stays_when_nothing_is_new(lender: Lender) -> None:
    cursor = SqlCursor(NOON, "LW00000001")
    source = lender.source(cursor)
    assert (keys(source), source.cursor) == ([], cursor)


def test_a_row_without_time_or_key_is_refused_by_name_and_not_overlooked(lender: Lender) -> None:
    lender.add(account_row(1), account_row(2, updated_at=None), account_row(3, account_number=None))
    source = lender.source(SqlCursor(datetime(2020, 1, 1, tzinfo=UTC), ""))
    refusals = set()
    for row in source_rows(source):
        try:
            source.parse(row)
        except RecordRejected as error:
            refusals.add((error.record.partition(", ")[2], error.field, error.message))
    assert refusals == {
        ("account LW00000002", "updated_at (column UPDATED_TS)", "is empty."),
        ("account (without number)", "account_number (column ACCT_NO)", "is empty."),
    }


def test_times_without_zone_are_read_in_the_zone_of_the_layout(make_lender: MakeLender) -> None:
    lender = make_lender(zoned=False, time_zone="America/New_York")
    lender.add(*(account_row(number, updated_at=NOON + timedelta(minutes=number)) for number in range(3)))
    first = lender.source()
    assert first.parse(source_rows(first)[0]).updated_at == NOON
    assert first.cursor == SqlCursor(NOON + timedelta(minutes=2), "LW00000002")
    assert len(keys(lender.source(first.cursor))) == 3


def test_the_hour_that_comes_twice_when_clocks_go_back_is_read_again(make_lender: MakeLender) -> None:
    lender = make_lender(zoned=False, time_zone="America/New_York")
    before = datetime(2026, 11, 1, 5, 50, tzinfo=UTC)
    lender.add(account_row(1, updated_at=before))
    first = lender.source()
    source_rows(first)
    lender.add(account_row(2, updated_at=before + timedelta(minutes=20)))
    assert "LW00000002" in keys(lender.source(first.cursor))


def test_reading_never_writes_even_when_it_is_told_to(lender: Lender) -> None:
    lender.add(account_row(1))
    with pytest.raises((DBAPIError, StopRun, RetryLater)), reading_only(lender.engine, lender.settings) as connection:
        connection.execute(text("DELETE FROM accounts"))
    assert keys(lender.source()) == ["LW00000001"]


def stopped(lender: Lender) -> str:
    with pytest.raises(StopRun) as stop:
        source_rows(lender.source())
    return str(stop.value)


def test_a_view_that_lacks_a_column_stops_by_name(lender: Lender) -> None:
    kept = ", ".join(c.name for c in lender.accounts.c if c.name not in {"net_outst", "late_fees"})
    lender.write("DROP VIEW v_accounts", f"CREATE VIEW v_accounts AS SELECT {kept} FROM accounts")
    assert stopped(lender) == (
        "view v_accounts: has no column LATE_FEES (our late_fees), NET_OUTST (our net_outstanding)."
        " Add it to the view, or bind the field to another under [leaseworks.layout.accounts.columns]."
    )


def test_a_view_that_is_not_there_stops_by_name(lender: Lender) -> None:
    lender.write("DROP VIEW v_accounts")
    assert "has no view v_accounts. Create it, or correct [leaseworks.sql.views]." in stopped(lender)


def test_a_change_time_that_is_no_timestamp_stops(lender: Lender) -> None:
    others = ", ".join(c.name for c in lender.accounts.c if c.name != "updated_ts")
    lender.write(
        "DROP VIEW v_accounts",
        f"CREATE VIEW v_accounts AS SELECT {others}, CAST(updated_ts AS VARCHAR(40)) AS updated_ts FROM accounts",
    )
    assert "not a timestamp, so it cannot tell what is new. Cast it to a timestamp in the view." in stopped(lender)


def test_a_change_time_without_zone_needs_one_in_the_layout(make_lender: MakeLender) -> None:
    lender = make_lender(zoned=False)
    lender.layout = layout_with()
    assert stopped(lender).startswith("view v_accounts: updated_ts carries no time zone. Set time_zone under")


def test_a_view_without_change_time_stops(lender: Lender) -> None:
    lender.layout = layout_with(constants={"updated_at": "@delivery_date"})
    assert "needs a column with the time of the last change" in stopped(lender)


def test_columns_that_the_layout_does_not_use_are_mentioned_and_do_not_change_rows(lender: Lender) -> None:
    lender.add(account_row(1))
    before = source_rows(lender.source())
    lender.write("DROP VIEW v_accounts", "CREATE VIEW v_accounts AS SELECT accounts.*, 1 AS loyalty FROM accounts")
    source = lender.source()
    assert source_rows(source) == before
    assert source.notices == ("view v_accounts has columns that the layout does not use: loyalty.",)


def test_a_database_that_does_not_answer_is_tried_again_later_and_its_password_is_not_shown() -> None:
    settings = SqlSettings.model_validate(
        {"url": "postgresql://reader@127.0.0.1:1/lease", "password": "hunter2", "views": {"accounts": "v_accounts"}}
    )
    engine: Engine = open_views(settings)
    with pytest.raises(RetryLater) as later:
        source_rows(SqlView(engine, settings, layout_with(time_zone="UTC"), LeaseAccount, None))
    assert "does not answer" in str(later.value)
    assert "hunter2" not in f"{later.value} {settings!r}"
    engine.dispose()


def test_the_connector_gives_views_and_checks_them(make_lender: MakeLender, database_url: str, now: datetime) -> None:
    lender = make_lender()
    lender.add(account_row(1))
    sql = {"url": database_url, "views": {"accounts": "v_accounts", "notes": "v_notes"}}
    layout = {"all": {"time_zone": "UTC"}}
    leaseworks = LeaseWorks(LeaseWorksSettings.model_validate({"surface": "sql", "sql": sql, "layout": layout}))
    assert len(source_rows(leaseworks.sql_source("accounts", None))) == 1
    assert [(check.name, check.ok) for check in leaseworks.checks(now)] == [
        ("view v_accounts", True),
        ("view v_notes", False),
    ]
    with pytest.raises(ConfigError, match="there is no view for vehicles"):
        leaseworks.sql_source("vehicles", None)
    with pytest.raises(ConfigError, match="the SQL surface has no deliveries"):
        leaseworks.deliveries(None)
    leaseworks.close()


def test_a_statement_that_takes_too_long_is_ended(postgres: str) -> None:
    url = create_database(postgres)
    settings = SqlSettings(url=url, views={"accounts": "v_accounts"}, timeout_seconds=1)
    engine = open_views(settings)
    with pytest.raises(RetryLater, match="statement timeout"), reading_only(engine, settings) as connection:
        connection.execute(text("SELECT pg_sleep(30)"))
    engine.dispose()
