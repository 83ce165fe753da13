"""What LeaseWorks has waiting for the hub: deliveries to fetch, or views to read."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import select

from drawbar.connectors.leaseworks.delivery import Delivery, DeliveryName
from drawbar.connectors.leaseworks.fetched import FetchedDelivery
from drawbar.connectors.leaseworks.records import ENTITIES, LeaseWorksRecord
from drawbar.connectors.leaseworks.sql import SqlCursor
from drawbar.jobs.hub import SYSTEM, Hub
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import StopRun
from drawbar.middleware.locks import only_one_here
from drawbar.middleware.ports import RowSource
from drawbar.middleware.sync.feeds import Feeds
from drawbar.middleware.sync.spool import SpooledSource
from drawbar.middleware.sync.tables import feed, source_delivery

Json = dict[str, Any]
VIEWS = "VIEWS"
"""Begins the names that the hub gives to readings of LeaseWorks' views."""


class LeaseWorksSource(RowSource[LeaseWorksRecord], Protocol):
    """Rows of an entity, and by which layout they are read."""

    @property
    def layout_version(self) -> str: ...

    @property
    def notices(self) -> tuple[str, ...]: ...


class Inbound(Protocol):
    """A delivery, or a reading of the views, on this machine."""

    @property
    def entities(self) -> tuple[str, ...]: ...

    def source(self, entity: str) -> LeaseWorksSource: ...

    def rows(self, entity: str) -> int:
        """How many rows an entity has, as far as that was promised; 0 where nothing was."""
        ...

    def cursor(self, entity: str) -> str:
        """What the feed shall remember of how far it has read ("" for deliveries)."""
        ...

    def note_layout(self, entity: str) -> None:
        """Keep the layout by which an entity was taken, where the file alone does not tell it."""
        ...

    @property
    def content(self) -> str:
        """What tells this content from any other under the same name ("" where a name is never used twice)."""
        ...


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something to take in: a delivery by its own name, or a reading of the views under the name it was given."""

    name: str
    business_date: date

    def as_json(self) -> Json:
        return {"name": self.name, "business_date": self.business_date.isoformat()}

    @classmethod
    def from_json(cls, stored: Json) -> Waiting:
        return cls(stored["name"], date.fromisoformat(stored["business_date"]))

    @property
    def is_reading(self) -> bool:
        return self.name.startswith(f"{VIEWS}-")


@dataclass(frozen=True, slots=True)
class Refused:
    """A delivery that cannot be taken as it is, and what to do about it."""

    name: str
    status: str
    problem: str
    remedy: str

    def as_json(self) -> Json:
        return {"name": self.name, "status": self.status, "problem": self.problem, "remedy": self.remedy}


@dataclass(frozen=True, slots=True)
class Lookout:
    """What was found: things to take in, in order, what cannot be taken, and what is odd but stops nothing."""

    ready: tuple[Waiting, ...]
    refused: tuple[Refused, ...] = ()
    notices: tuple[str, ...] = ()


def look_out(hub: Hub, now: datetime, *, tidy: bool = True) -> Lookout:
    """See what waits. Nothing behind a damaged or unfinished delivery is taken, since deliveries go in order.

    With `tidy` a delivery that was taken before, and not put away, is put away now.
    """
    if hub.leaseworks.view_entities:
        return Lookout((Waiting(f"{VIEWS}-{now:%Y%m%dT%H%M%S}", now.astimezone(hub.zone).date()),))
    ready: list[Waiting] = []
    refused: list[Refused] = []
    notices: list[str] = []
    blocked = False
    for delivery in hub.leaseworks.deliveries(last_taken(hub)):
        notices += [f"{delivery.name} {notice}" for notice in delivery.notices]
        if delivery.status == "processed":
            if tidy:
                hub.leaseworks.archive(delivery.name)
        elif delivery.status == "ready" and not blocked:
            ready.append(Waiting(delivery.name.text, delivery.name.date))
        else:
            refused.append(_refused(delivery))
            blocked = blocked or delivery.status in ("incomplete", "damaged")
    return Lookout(tuple(ready), tuple(refused), tuple(notices))


def _refused(delivery: Delivery) -> Refused:
    if delivery.status == "ready":
        return Refused(
            delivery.name.text, "waiting", "waits for the one before it", "Settle the delivery before it first."
        )
    return Refused(delivery.name.text, delivery.status, delivery.problem, delivery.remedy)


def last_taken(hub: Hub) -> DeliveryName | None:
    """Give the newest delivery that was taken to its end."""
    statement = select(source_delivery.c.name).where(
        source_delivery.c.system == SYSTEM, source_delivery.c.state == "done"
    )
    with reading(hub.engine) as connection:
        names = [hub.leaseworks.delivery_name(name) for name in connection.execute(statement).scalars()]
    return max((name for name in names if name is not None), default=None)


def fetch(hub: Hub, waiting: Waiting) -> Inbound:
    """Bring a delivery, or all that the views say, to this machine; what an interrupted call brought is used again."""
    if waiting.is_reading:
        return _read_views(hub, waiting.name)
    delivery = next((each for each in hub.leaseworks.deliveries(None) if each.name.text == waiting.name), None)
    if delivery is None:
        raise StopRun("is not there any more", record=waiting.name, remedy="Look who moved it; run again.")
    _refuse_exchanged(hub, delivery)
    fetched = FileDelivery(hub.leaseworks.fetch(delivery, hub.deliveries_folder))
    (hub.deliveries_folder / waiting.name / _WHOLE).touch()
    return fetched


def _refuse_exchanged(hub: Hub, delivery: Delivery) -> None:
    """Raise StopRun when another content of this name has been taken in part: the two would be mixed."""
    begun = select(source_delivery.c.detail).where(
        source_delivery.c.system == SYSTEM,
        source_delivery.c.name == delivery.name.text,
        source_delivery.c.entities_done != "[]",
    )
    with reading(hub.engine) as connection:
        known = connection.execute(begun).scalar_one_or_none()
    if known is not None and known != _content(delivery):
        raise StopRun(
            "was changed after a part of it had been taken",
            record=delivery.name.text,
            remedy="Put the first content back and run again, then have the new one delivered under the next number.",
        )


def _content(delivery: Delivery) -> str:
    listed = "\n".join(f"{entry.file} {entry.rows} {entry.sha256}" for entry in delivery.manifest.entries)
    return hashlib.sha256(listed.encode()).hexdigest()


def brought_here(hub: Hub, waiting: Waiting) -> Inbound:
    """Give a delivery on this machine: another one may have fetched it, or a process that died, and not all of it."""
    with only_one_here(_fetching(hub)):
        whole = waiting.is_reading or (hub.deliveries_folder / waiting.name / _WHOLE).exists()
        return (opened(hub, waiting.name) if whole else None) or fetch(hub, waiting)


def taken_before(hub: Hub, name: str) -> Inbound | None:
    """Give what a feed was last taken from, by the layout of then; from the archive when another machine took it."""
    delivery, whole = hub.leaseworks.delivery_name(name), hub.deliveries_folder / name / _WHOLE
    with only_one_here(_fetching(hub)):
        if delivery is None or whole.exists():
            return opened(hub, name, as_taken=True)
        fetched = hub.leaseworks.fetch_archived(delivery, hub.deliveries_folder)
        if fetched is None:
            return opened(hub, name, as_taken=True)
        whole.touch()
        return FileDelivery(fetched)


def _fetching(hub: Hub) -> Path:
    return hub.data_folder / "locks" / "fetching"


def opened(hub: Hub, name: str, *, as_taken: bool = False) -> Inbound | None:
    """Give what was brought here under that name, None when it is not kept any more.

    It is read by the layout as it is now, or by the one by which it was taken.
    """
    if name.startswith(f"{VIEWS}-"):
        folder = hub.deliveries_folder / name
        return ViewReading(hub, folder) if (folder / _CURSORS).exists() else None
    delivery = hub.leaseworks.delivery_name(name)
    kept = None if delivery is None else hub.leaseworks.kept(delivery, hub.deliveries_folder, as_taken=as_taken)
    return None if kept is None else FileDelivery(kept)


def put_away(hub: Hub, waiting: Waiting) -> None:
    """Tell LeaseWorks' side that a delivery is done with; does nothing for views."""
    name = hub.leaseworks.delivery_name(waiting.name)
    if name is not None:
        hub.leaseworks.archive(name)


def forget_old(hub: Hub, now: datetime) -> list[str]:
    """Delete the local copies of deliveries taken longer ago than the settings say, and name them.

    What a feed was last compared with is kept however old it is: it tells what changed and which keys have gone.
    """
    before = now - timedelta(days=hub.sync.keep_days)
    old = select(source_delivery.c.name).where(
        source_delivery.c.state == "done",
        source_delivery.c.changed_at < before,
        source_delivery.c.name.not_in(select(feed.c.source_file)),
    )
    with only_one_here(_fetching(hub)):
        with reading(hub.engine) as connection:
            names = [name for name in connection.execute(old).scalars() if (hub.deliveries_folder / name).is_dir()]
        for name in names:
            shutil.rmtree(hub.deliveries_folder / name)
    return names


@dataclass(frozen=True, slots=True)
class FileDelivery:
    """A fetched delivery of files."""

    fetched: FetchedDelivery

    @property
    def entities(self) -> tuple[str, ...]:
        return self.fetched.entities

    def source(self, entity: str) -> LeaseWorksSource:
        return self.fetched.source(entity)

    def rows(self, entity: str) -> int:
        return self.fetched.rows(entity)

    def cursor(self, entity: str) -> str:  # noqa: ARG002  (deliveries have an order of their own)
        return ""

    def note_layout(self, entity: str) -> None:
        self.fetched.note_layout(entity)

    @property
    def content(self) -> str:
        return _content(self.fetched.delivery)


_CURSORS = "cursors.json"
_WHOLE = ".whole"
"""A file that says that all of a delivery is here and was verified."""


@dataclass(frozen=True, slots=True)
class ViewReading:
    """One reading of LeaseWorks' views, spooled to a folder."""

    hub: Hub
    folder: Path

    @property
    def entities(self) -> tuple[str, ...]:
        return tuple(entity for entity in ENTITIES if entity in self._cursors())

    def source(self, entity: str) -> LeaseWorksSource:
        return _SpooledView(self.hub.leaseworks.sql_source(entity, None), self.folder / f"{entity}.rows")

    def rows(self, entity: str) -> int:  # noqa: ARG002  (what a view read is on this machine alone, so never cut)
        return 0

    def cursor(self, entity: str) -> str:
        return json.dumps(self._cursors()[entity])

    def note_layout(self, entity: str) -> None:
        """Do nothing: what was read from a view is kept in a form of the hub's own."""

    @property
    def content(self) -> str:
        return ""

    def _cursors(self) -> Json:
        cursors: Json = json.loads((self.folder / _CURSORS).read_text(encoding="utf-8"))
        return cursors


class _SpooledView(SpooledSource[LeaseWorksRecord]):
    @property
    def layout_version(self) -> str:
        version: str = self.source.layout_version  # type: ignore[attr-defined]
        return version

    @property
    def notices(self) -> tuple[str, ...]:
        notices: tuple[str, ...] = self.source.notices  # type: ignore[attr-defined]
        return notices


def _read_views(hub: Hub, name: str) -> ViewReading:
    folder = hub.deliveries_folder / name
    cursors: Json = {}
    for entity in hub.leaseworks.view_entities:
        with reading(hub.engine) as connection:
            stored = Feeds(connection).load(f"leaseworks.{entity}").cursor
        view = hub.leaseworks.sql_source(entity, _stored_cursor(stored))
        SpooledSource(view, folder / f"{entity}.rows").fill()
        cursors[entity] = None if view.cursor is None else view.cursor.as_json()
    (folder / _CURSORS).write_text(json.dumps(cursors), encoding="utf-8")
    return ViewReading(hub, folder)


def _stored_cursor(stored: str) -> SqlCursor | None:
    cursor = json.loads(stored) if stored else None
    return SqlCursor.from_json(cursor) if cursor else None
