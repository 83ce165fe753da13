"""Brings the database's tables to what this release needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, column, inspect, select, table
from sqlalchemy.exc import DBAPIError

from drawbar.middleware.database.engine import reading
from drawbar.middleware.database.relocation import refuse_moved
from drawbar.middleware.errors import ConfigError, RetryLater

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine) -> None:
    """Create or change tables up to the newest revision; all of it in one transaction.

    Raises RetryLater when the database cannot be opened.
    """
    from alembic import command  # noqa: PLC0415  (a quarter of a second that no other command should pay)

    _require_reachable(engine)
    with engine.begin() as connection:
        command.upgrade(_configuration(connection), "head")


def require_current(engine: Engine) -> None:
    """Raise ConfigError when the tables are not those of this release, HubMoved when the hub is elsewhere by now.

    Raises RetryLater when there is no database.
    """
    _require_reachable(engine)
    with reading(engine) as connection:
        refuse_moved(connection)
    require_release(engine)


def require_release(engine: Engine) -> None:
    """Raise ConfigError when the tables are not those of this release."""
    with reading(engine) as connection:
        found = revision(connection)
    wanted = newest_revision()
    if found is None:
        raise ConfigError("the database has no tables yet", remedy="Run: drawbar init")
    if found != wanted:
        raise ConfigError(
            f"the database is at revision {found}, this release needs {wanted}", remedy="Run: drawbar init"
        )


def _require_reachable(engine: Engine) -> None:
    try:
        engine.connect().close()
    except DBAPIError as error:
        place = engine.url.render_as_string(hide_password=True)
        said = str(error.orig).partition("\n")[0]
        raise RetryLater(
            f"the database {place} cannot be opened: {said}",
            remedy="See that it is there and lets Drawbar in, and that [database] and data_folder are right.",
        ) from error


def newest_revision() -> str:
    """Give the revision that this release needs: files of migrations begin with theirs, and are in order."""
    return max(path.name for path in (_MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]


def revision(connection: Connection) -> str | None:
    """Read the revision of the tables, as Alembic has noted it; None when there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(select(column("version_num")).select_from(table("alembic_version"))).scalar_one_or_none()


def _configuration(connection: Connection) -> Config:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config
