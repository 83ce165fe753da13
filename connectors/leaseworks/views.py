"""LeaseWorks' database: opens it for reading only, and says what a view holds and how its values become text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    URL,
    ColumnClause,
    Connection,
    DateTime,
    Engine,
    Select,
    TableClause,
    column,
    create_engine,
    inspect,
    make_url,
    table,
)
from sqlalchemy.exc import DBAPIError, InterfaceError, NoSuchTableError, OperationalError
from sqlalchemy.types import TypeEngine

from drawbar.connectors.leaseworks.formats import ISO, MoneyFormat
from drawbar.connectors.leaseworks.layout import DELIVERY_DATE, EntityLayout
from drawbar.connectors.leaseworks.settings import SqlSettings
from drawbar.connectors.leaseworks.transport import SYSTEM
from drawbar.middleware.errors import DrawbarError, RetryLater, StopRun
from drawbar.middleware.ports import Check

_READ_ONLY: Mapping[str, Sequence[str]] = {
    "sqlite": ("PRAGMA query_only = ON",),
    "postgresql": ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", "SET LOCAL statement_timeout = {ms}"),
}
"""What makes a transaction read only and bounded, by dialect; other databases rely on the rights of our user."""


@dataclass(frozen=True, slots=True)
class ViewShape:
    """A view as a layout reads it: its columns that are bound, the change time, the key; `aware` when times have zones.

    `bound` maps the layout's column names to the view's, which may differ in case.
    """

    view: TableClause
    names: tuple[str, ...]
    bound: Mapping[str, str]
    updated: ColumnClause[Any]
    key: str
    aware: bool
    notices: tuple[str, ...]

    @property
    def key_column(self) -> ColumnClause[Any]:
        return self.view.c[self.key]


def open_views(settings: SqlSettings) -> Engine:
    """An engine on LeaseWorks' database; no connection is made yet."""
    url = make_url(settings.url)
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    if settings.password is not None:
        url = url.set(password=settings.password.get_secret_value())
    return create_engine(url, pool_pre_ping=True, pool_size=2, connect_args=_connect_arguments(url, settings))


def _connect_arguments(url: URL, settings: SqlSettings) -> dict[str, Any]:
    if url.get_backend_name() == "postgresql":
        return {"connect_timeout": min(settings.timeout_seconds, 30)}
    return {"timeout": settings.timeout_seconds} if url.get_backend_name() == "sqlite" else {}


@contextmanager
def reading_only(engine: Engine, settings: SqlSettings) -> Iterator[Connection]:
    """A transaction that cannot write, with a bounded time per statement; raise RetryLater or StopRun."""
    with _answering(engine), engine.connect() as connection:
        for statement in _READ_ONLY.get(engine.dialect.name, ()):
            connection.exec_driver_sql(statement.format(ms=settings.timeout_seconds * 1000))
        yield connection
        connection.rollback()


@contextmanager
def _answering(engine: Engine) -> Iterator[None]:
    place = engine.url.render_as_string(hide_password=True)
    try:
        yield
    except NoSuchTableError as error:
        raise StopRun(f"{place} has no view {error}.", remedy="Create it, or correct [leaseworks.sql.views].") from None
    except (OperationalError, InterfaceError) as error:
        raise RetryLater(
            f"{place} does not answer ({_first_line(error)}).",
            remedy="It is tried again; if it lasts, check the network, url and password under [leaseworks.sql].",
        ) from error
    except DBAPIError as error:
        raise StopRun(
            f"{place} refuses to answer ({_first_line(error)}).", remedy="Check our user's rights on the views."
        ) from error


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).partition("\n")[0]


def rows_of(connection: Connection, statement: Select[Any]) -> list[Mapping[str, Any]]:
    """All rows of a statement, by column name."""
    return [dict(row) for row in connection.execute(statement).mappings()]


def sql_layout(layout: EntityLayout) -> EntityLayout:
    """The layout for values that a database renders: ISO dates and plain numbers beside the layout's own formats."""
    dates = ("YYYY-MM-DD", "YYYY-MM-DDT00:00:00", *layout.dates)
    timestamps = (ISO, *(known for known in layout.timestamps if known != ISO))
    return layout.model_copy(update={"dates": dates, "timestamps": timestamps, "money": MoneyFormat()})


def view_shape(engine: Engine, view: str, layout: EntityLayout) -> ViewShape:
    """Look at a view; raise StopRun when it lacks what the layout needs."""
    schema, _, name = view.rpartition(".")
    with _answering(engine):
        types = {found["name"]: found["type"] for found in inspect(engine).get_columns(name, schema or None)}
    bound = _bound(types, layout, view)
    names = tuple(dict.fromkeys(bound.values()))
    columns = {known: column(known, types[known]) for known in names}
    updated = columns[_updated(bound, layout, view)]
    extra = [known for known in types if known not in names]
    return ViewShape(
        view=table(name, *columns.values(), schema=schema or None),
        names=names,
        bound=bound,
        updated=updated,
        key=bound[layout.key_column],
        aware=_aware(updated, layout, view),
        notices=(f"view {view} has columns that the layout does not use: {', '.join(extra)}.",) if extra else (),
    )


def _bound(types: Mapping[str, TypeEngine[Any]], layout: EntityLayout, view: str) -> dict[str, str]:
    folded = {name.casefold(): name for name in types}
    bound = {
        wanted: wanted if wanted in types else folded.get(wanted.casefold(), "") for wanted in layout.columns.values()
    }
    missing = [f"{bound_to} (our {field})" for field, bound_to in layout.columns.items() if not bound[bound_to]]
    if missing:
        table_name = f"[leaseworks.layout.{layout.entity}.columns]"
        raise StopRun(
            f"has no column {', '.join(missing)}.",
            record=f"view {view}",
            remedy=f"Add it to the view, or bind the field to another under {table_name}.",
        )
    return bound


def _updated(bound: Mapping[str, str], layout: EntityLayout, view: str) -> str:
    if "updated_at" not in layout.columns or DELIVERY_DATE in layout.constants.values():
        raise StopRun(
            "needs a column with the time of the last change, and knows no delivery date.",
            record=f"view {view}",
            remedy=f"Bind updated_at under [leaseworks.layout.{layout.entity}.columns].",
        )
    return bound[layout.columns["updated_at"]]


def _aware(updated: ColumnClause[Any], layout: EntityLayout, view: str) -> bool:
    if not isinstance(updated.type, DateTime):
        raise StopRun(
            f"{updated.name} is {updated.type!r}, not a timestamp, so it cannot tell what is new.",
            record=f"view {view}",
            remedy="Cast it to a timestamp in the view.",
        )
    if not updated.type.timezone and not layout.time_zone:
        raise StopRun(
            f"{updated.name} carries no time zone.",
            record=f"view {view}",
            remedy=f'Set time_zone under {layout.place}, for instance "America/New_York" or "UTC".',
        )
    return updated.type.timezone


def canonical(row: Mapping[str, Any]) -> bytes:
    """A row as bytes that are equal exactly when its values are: JSON of texts, names sorted."""
    texts = {name: None if value is None else as_text(value) for name, value in row.items()}
    return json.dumps(texts, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def as_text(value: object) -> str:
    """A database value as text: times in ISO 8601 (UTC when they carry a zone), numbers plain."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def sql_checks(engine: Engine, settings: SqlSettings, layouts: Mapping[str, EntityLayout]) -> Iterator[Check]:
    """Whether the database answers and every view has what its layout needs."""
    for entity, view in settings.views.items():
        try:
            shape = view_shape(engine, view, sql_layout(layouts[entity]))
            with reading_only(engine, settings) as connection:
                connection.execute(shape.view.select().limit(1))
        except DrawbarError as error:
            yield Check(SYSTEM, f"view {view}", ok=False, detail=error.message, remedy=error.remedy)
        else:
            yield Check(SYSTEM, f"view {view}", ok=True, detail=f"feeds {entity}")
