"""Deliveries to Orion's database: a table per data set; the rows of a business date are replaced all at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    URL,
    Column,
    Connection,
    Date,
    Engine,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    create_engine,
    delete,
    insert,
    inspect,
    make_url,
    select,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import NullPool
from sqlalchemy.types import TypeDecorator, TypeEngine

from drawbar.connectors.orion.bundle import Bundle
from drawbar.connectors.orion.data_sets import DATA_SETS
from drawbar.connectors.orion.figures import FigureKey, figures, grouped
from drawbar.connectors.orion.settings import SYSTEM, OrionSqlSettings
from drawbar.connectors.orion.shape import DataSet, Kind
from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.database.metadata import Instant
from drawbar.middleware.errors import DrawbarError, NotThere, RetryLater, StopRun
from drawbar.middleware.ports import Check

DELIVERY_TABLE: Final = "orion_delivery"
_CHUNK: Final = 1_000


class Dollars(TypeDecorator[Decimal]):
    """US dollars with two decimals; on SQLite, which has no exact decimals, as text."""

    impl = Numeric(14, 2)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String(16) if dialect.name == "sqlite" else Numeric(14, 2))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        return str(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        return None if value is None else Decimal(value)


class SqlInbox:
    """The tables that Orion reads; connects to nothing until it is asked."""

    def __init__(self, settings: OrionSqlSettings) -> None:
        self._engine = _open(settings)
        self._metadata = MetaData(schema=settings.db_schema or None)
        self._schema = settings.db_schema or None
        self._deliveries = Table(
            DELIVERY_TABLE,
            self._metadata,
            Column("business_date", Date, primary_key=True),
            Column("name", String(40), nullable=False),
            Column("manifest_sha256", String(64), nullable=False),
            Column("delivered_at", Instant, nullable=False),
        )
        self._tables = {name: _table(each, self._metadata) for name, each in DATA_SETS.items()}

    @property
    def description(self) -> str:
        return self._engine.url.render_as_string(hide_password=True)

    def send(self, bundle: Bundle, at: datetime) -> None:
        """Replace all rows of the bundle's business date, in one transaction; tables that are missing are made.

        Raises RetryLater while the database does not answer, StopRun when it refuses or a table lacks a column.
        """
        with self._answering(), self._engine.begin() as connection:
            self._require_columns(connection)
            self._metadata.create_all(connection)
            day = bundle.business_date
            connection.execute(delete(self._deliveries).where(self._deliveries.c.business_date == day))
            for name, data_set in DATA_SETS.items():
                table = self._tables[name]
                connection.execute(delete(table).where(table.c.business_date == day))
                for chunk in in_chunks(bundle.rows(data_set), _CHUNK):
                    connection.execute(insert(table), list(map(dict, chunk)))
            connection.execute(
                insert(self._deliveries).values(
                    business_date=day, name=bundle.name, manifest_sha256=bundle.digest, delivered_at=at
                )
            )

    def figures(self, business_date: date) -> dict[FigureKey, Decimal]:
        """Count and sum what the tables hold of a business date; NotThere when they were never made."""
        found: dict[FigureKey, Decimal] = {}
        with self._answering(), self._engine.connect() as connection:
            for name, data_set in DATA_SETS.items():
                table = self._tables[name]
                if not inspect(connection).has_table(table.name, self._schema):
                    raise NotThere(
                        f"{self.description} has no table {table.name}", remedy="Deliver first: drawbar orion deliver"
                    )
                wanted = [table.c[column] for column in (*data_set.group_by, *data_set.totals)]
                rows = connection.execute(select(*wanted).where(table.c.business_date == business_date)).mappings()
                found |= figures(data_set, grouped(data_set, (dict(row) for row in rows)))
        return found

    def checks(self) -> Iterator[Check]:
        """Check that the database answers, and that the tables that are there have our columns."""
        try:
            with self._answering(), self._engine.connect() as connection:
                self._require_columns(connection)
        except DrawbarError as error:
            yield Check(SYSTEM, "sql", ok=False, detail=error.message, remedy=error.remedy)
        else:
            yield Check(SYSTEM, "sql", ok=True, detail=self.description)

    def _require_columns(self, connection: Connection) -> None:
        looked = inspect(connection)
        if self._schema is not None and self._schema not in looked.get_schema_names():
            raise StopRun(
                f"{self.description} has no schema {self._schema}", remedy="Create it, or correct orion.sql.db_schema."
            )
        for table in self._metadata.sorted_tables:
            if looked.has_table(table.name, self._schema):
                there = {each["name"] for each in looked.get_columns(table.name, self._schema)}
                if missing := [each.name for each in table.columns if each.name not in there]:
                    raise StopRun(
                        f"table {table.name} has no column {', '.join(missing)}",
                        record=self.description,
                        remedy=f"Add it (see docs/connectors/orion.md), or drop {table.name} and deliver again.",
                    )

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, InterfaceError) as error:
            raise RetryLater(
                f"{self.description} does not answer ({_first_line(error)})",
                remedy="It is tried again; if it lasts, check the network, url and password under [orion.sql].",
            ) from error
        except DBAPIError as error:
            raise StopRun(
                f"{self.description} refuses ({_first_line(error)})",
                remedy="Check our user's rights to make and fill tables there.",
            ) from error


def _first_line(error: DBAPIError) -> str:
    """Give what the driver said, without the values of the statement."""
    return str(error.orig).partition("\n")[0]


def _open(settings: OrionSqlSettings) -> Engine:
    url = make_url(settings.url)
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    if settings.password is not None:
        url = url.set(password=settings.password.get_secret_value())
    return create_engine(url, poolclass=NullPool, connect_args=dict(_arguments(url, settings)))


def _arguments(url: URL, settings: OrionSqlSettings) -> Mapping[str, object]:
    if url.get_backend_name() == "postgresql":
        milliseconds = settings.timeout_seconds * 1000
        wait = min(settings.timeout_seconds, 30)
        return {"connect_timeout": wait, "options": f"-c statement_timeout={milliseconds}"}
    return {"timeout": settings.timeout_seconds} if url.get_backend_name() == "sqlite" else {}


def _table(data_set: DataSet, metadata: MetaData) -> Table:
    columns = [
        Column(
            each.name, _type(each.kind, each.length), primary_key=each.key, autoincrement=False, comment=each.meaning
        )
        for each in data_set.columns
    ]
    return Table(data_set.table, metadata, *columns, comment=f"One row: {data_set.one_row}.")


def _type(kind: Kind, length: int) -> TypeEngine[Any]:
    types: Mapping[Kind, TypeEngine[Any]] = {
        Kind.DATE: Date(), Kind.INSTANT: Instant(), Kind.COUNT: Integer(), Kind.MONEY: Dollars(),
    }  # fmt: skip
    return types.get(kind) or String(length)
