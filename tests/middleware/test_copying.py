"""Tables go from one database to another as they are, whatever is in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, Table, UniqueConstraint, delete, insert, select

from drawbar.middleware.collections.tables import assessment_queue
from drawbar.middleware.database.copying import Content, Twin, content, copy_table, use_utc
from drawbar.middleware.database.engine import open_database
from drawbar.middleware.database.metadata import metadata
from drawbar.middleware.database.migrate import upgrade
from drawbar.middleware.errors import StopRun
from drawbar.middleware.sync.tables import feed, landed_row
from tests.postgres import create_database

NOW = datetime(2026, 3, 2, tzinfo=UTC)
TABLES = sorted((table for table in metadata.tables.values() if not table.foreign_keys), key=lambda table: table.name)
"""Those whose rows can stand alone."""
CENTS = st.integers(-(2**63), 2**63 - 1).map(lambda cents: Decimal(cents).scaleb(-2))
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "TEXT": st.one_of(TEXTS, st.sampled_from(["", " ", "\n", "null", "\\N", "é", "e\u0301", "\U0001f69a", "\ufeff"])),
    "BLOB": st.binary(max_size=60),
    "BOOLEAN": st.booleans(),
    "INTEGER": st.integers(-(2**31), 2**31 - 1),
    "BIGINT": st.integers(-(2**63), 2**63 - 1),
    "DATE": st.dates(),
    "FLOAT": st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False).map(lambda number: number + 0.0),
    "Cents": CENTS,
    "Instant": st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(fold=0)),
}  # fmt: skip


def row_of(table: Table) -> st.SearchStrategy[dict[str, Any]]:
    """Give rows with any value that a column may hold, none where it may hold none."""
    cells = {}
    for column in table.columns:
        kind = type(column.type).__name__
        some = VALUES[kind if kind in VALUES else str(column.type)]
        if column is table.autoincrement_column:
            some = st.integers(1, 2**62)
        cells[column.name] = st.none() | some if column.nullable else some
    return st.fixed_dictionaries(cells)


def unique_sets(table: Table) -> list[Callable[[dict[str, Any]], object]]:
    """Give what no two rows may share: primary key, unique constraints, unique indexes (partial ones as if whole)."""
    sets = [[each.name for each in table.primary_key]]
    sets += [[each.name for each in rule.columns] for rule in table.constraints if isinstance(rule, UniqueConstraint)]
    sets += [[each.name for each in index.columns] for index in table.indexes if index.unique]
    return [lambda row, names=names: tuple(row[name] for name in names) for names in sets]  # type: ignore[misc]


CONTENTS = st.sampled_from(TABLES).flatmap(
    lambda table: st.tuples(
        st.just(table), st.lists(row_of(table), min_size=1, max_size=8, unique_by=tuple(unique_sets(table)))
    )
)


@pytest.fixture(scope="module")
def both(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Engine]]:
    """A SQLite file and a PostgreSQL database with all tables."""
    folder = tmp_path_factory.mktemp("copying")
    engines = (open_database(f"sqlite:///{folder / 'hub.db'}"), open_database(create_database(postgres)))
    for engine in engines:
        upgrade(engine)
    yield engines
    for engine in engines:
        engine.dispose()


def copied(source: Connection, destination: Connection, table: Table) -> tuple[Content, Content]:
    read = copy_table(source, destination, Twin(table, table), lambda *_: None)
    return read, content(destination, table)


@pytest.mark.fault(30)
@pytest.mark.parametrize("back", [False, True], ids=["to PostgreSQL", "to SQLite"])
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(contents=CONTENTS)
def test_any_row_comes_out_as_it_went_in(
    both: tuple[Engine, Engine], back: bool, contents: tuple[Table, list[dict[str, Any]]]
) -> None:
    table, rows = contents
    first, second = reversed(both) if back else both
    with first.connect() as source, second.connect() as destination:
        for connection in (source, destination):
            use_utc(connection)
            connection.execute(delete(table))
        source.execute(insert(table), rows)

        read, found = copied(source, destination, table)

        assert read == found
        assert found.rows == len(rows)
        after = map(tuple, destination.execute(select(table)))
        wanted = (tuple(row[column.name] for column in table.columns) for row in rows)
        assert sorted(map(repr, after)) == sorted(map(repr, wanted))


@pytest.mark.parametrize("number", [0, 1], ids=["SQLite", "PostgreSQL"])
def test_numbers_go_on_behind_the_highest_that_was_copied(both: tuple[Engine, Engine], number: int) -> None:
    with both[1 - number].connect() as source, both[number].connect() as destination:
        source.execute(insert(assessment_queue), [{"id": 7, "account_number": "A"}, {"id": 41, "account_number": "B"}])

        copied(source, destination, assessment_queue)
        destination.execute(insert(assessment_queue).values(account_number="C"))

        ids = destination.execute(select(assessment_queue.c.id).order_by(assessment_queue.c.id)).scalars().all()
    assert ids == [7, 41, 42]


def test_an_empty_table_begins_with_one(both: tuple[Engine, Engine]) -> None:
    with both[0].connect() as source, both[1].connect() as destination:
        copied(source, destination, assessment_queue)
        destination.execute(insert(assessment_queue).values(account_number="C"))
        assert destination.execute(select(assessment_queue.c.id)).scalars().all() == [1]


def test_the_hash_sees_content_and_not_order(both: tuple[Engine, Engine]) -> None:
    rows = [{"system": "s", "entity": "e", "key": str(key), "record": "{}", "changed_at": NOW} for key in range(3)]
    contents = []
    for wanted in (rows, rows[::-1], [*rows[:2], {**rows[2], "record": "{} "}], rows[:2]):
        with both[0].connect() as connection:
            connection.execute(insert(landed_row), wanted)
            contents.append(content(connection, landed_row))

    assert contents[0] == contents[1]
    assert len({each.digest for each in contents[1:]}) == 3


def test_more_rows_than_a_part_holds_come_in_parts(both: tuple[Engine, Engine]) -> None:
    said: list[tuple[str, int, int]] = []
    with both[0].connect() as source, both[1].connect() as destination:
        source.execute(insert(assessment_queue), [{"account_number": f"A{number}"} for number in range(2_500)])

        read = copy_table(
            source, destination, Twin(assessment_queue, assessment_queue), lambda *told: said.append(told)
        )

        assert (read, read.rows) == (content(destination, assessment_queue), 2_500)
    assert said == [("copying assessment_queue", done, 2_500) for done in (1_000, 2_000, 2_500)]


def test_text_that_postgresql_cannot_hold_is_named(both: tuple[Engine, Engine]) -> None:
    with both[0].connect() as source, both[1].connect() as destination:
        source.execute(insert(feed).values(name="leaseworks.accounts", cursor="a\0b", updated_at=NOW))

        with pytest.raises(StopRun, match=r"feed leaseworks\.accounts, field cursor: holds the character U\+0000"):
            copied(source, destination, feed)
