from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Engine, Integer, MetaData, Table, insert, select, text

from drawbar.middleware.database.engine import open_database, reading, tidy_often
from drawbar.middleware.database.metadata import Cents, Instant, metadata
from drawbar.middleware.database.migrate import require_current, upgrade
from drawbar.middleware.errors import ConfigError, RetryLater
from tests.postgres import create_database


def test_migrations_make_the_tables_that_the_code_works_with(engine: Engine) -> None:
    upgrade(engine)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert {"outbox", "promise"} <= set(metadata.tables)
        assert compare_metadata(context, metadata) == []
    require_current(engine)


def test_a_second_upgrade_changes_nothing(engine: Engine) -> None:
    upgrade(engine)
    upgrade(engine)
    require_current(engine)


def test_a_database_without_tables_is_named_as_such(engine: Engine) -> None:
    with pytest.raises(ConfigError, match=r"has no tables yet\. Run: drawbar init"):
        require_current(engine)


def test_a_database_of_another_release_is_refused(engine: Engine) -> None:
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(ConfigError, match="is at revision 9999"):
        require_current(engine)


@pytest.mark.parametrize("url", ["postgresql://hub:canary@127.0.0.1:1/hub", "sqlite:////nowhere/hub.db"])
def test_a_database_that_cannot_be_opened_is_named_without_its_password(url: str) -> None:
    for reach in (require_current, upgrade):
        with pytest.raises(RetryLater, match=r"/hub\S* cannot be opened: .*See that it is there") as refused:
            reach(open_database(url))
        assert "canary" not in str(refused.value)


def test_money_and_instants_come_back_as_they_went(engine: Engine) -> None:
    table = Table(
        "sums", MetaData(), Column("id", Integer, primary_key=True), Column("a", Cents), Column("moment", Instant)
    )
    table.create(engine)
    eastern = datetime(2026, 3, 1, 22, 30, tzinfo=timezone(timedelta(hours=-5)))
    with engine.begin() as connection:
        connection.execute(insert(table).values(id=1, a=Decimal("92233720368547758.07"), moment=eastern))
        row = connection.execute(select(table)).one()

    assert row.a == Decimal("92233720368547758.07")
    assert (row.moment, row.moment.tzinfo) == (eastern, UTC)


def test_a_time_without_a_zone_is_not_stored(engine: Engine) -> None:
    table = Table("times", MetaData(), Column("moment", Instant))
    table.create(engine)

    with engine.begin() as connection, pytest.raises(Exception, match="without a zone"):
        connection.execute(insert(table).values(moment=datetime(2026, 1, 1)))  # noqa: DTZ001


def test_reading_does_not_wait_for_a_writer(engine: Engine) -> None:
    upgrade(engine)
    with engine.begin() as writer:
        writer.execute(text("DELETE FROM feed"))
        with reading(engine) as reader:
            assert reader.execute(text("SELECT count(*) FROM feed")).scalar_one() == 0


def test_both_sides_of_a_connection_notice_within_seconds_when_the_other_is_out_of_reach(postgres: str) -> None:
    engine = open_database(f"{create_database(postgres)}?keepalives_idle=30")
    with engine.connect() as connection:
        told = connection.connection.dbapi_connection.info.get_parameters()  # type: ignore[union-attr]
        by_server = connection.execute(text("SHOW tcp_keepalives_idle")).scalar_one()
        unanswered = connection.execute(text("SHOW tcp_user_timeout")).scalar_one()
    engine.dispose()

    assert (told["tcp_user_timeout"], told["keepalives_interval"], told["keepalives_count"]) == ("11000", "2", "3")
    assert told["keepalives_idle"] == "30", "what the URL says wins"
    assert (by_server, unanswered) == ("5", "11000")


def test_a_server_moves_the_log_of_sqlite_in_small_steps(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'hub.db'}")
    step = text("PRAGMA wal_autocheckpoint")
    with engine.connect() as connection:
        before = connection.execute(step).scalar_one()

    tidy_often(engine)

    with engine.connect() as connection:
        assert connection.execute(step).scalar_one() < before
    engine.dispose()
