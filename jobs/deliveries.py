"""Takes one LeaseWorks delivery through the hub: every entity in, then what the collections rules conclude."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select, update

from drawbar.connectors.salesforce.records.catalogue import BOOKKEEPING
from drawbar.jobs.conclusions import conclusions
from drawbar.jobs.hub import SYSTEM, TARGET, Hub
from drawbar.jobs.inbound import Inbound, LeaseWorksSource, Waiting, opened
from drawbar.jobs.intakes import AnyIntake, leaseworks_intakes
from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.collections.book import CollectionsBook
from drawbar.middleware.observe import chunk_teller
from drawbar.middleware.sync.derived import DerivedRecords
from drawbar.middleware.sync.feeds import Feeds, FeedState
from drawbar.middleware.sync.intake import IntakeRun, examine, take
from drawbar.middleware.sync.survey_file import read_survey, write_survey
from drawbar.middleware.sync.tables import source_delivery

Json = dict[str, Any]
_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class DeliveryWork:
    """The work on one delivery within one run; `commit` ends a transaction and begins the next (nothing in a dry run).

    Every step can be done again: what a crash left half done is done once more, with the same result. A dry run gives
    a `scratch` folder for the fingerprints that it makes.
    """

    hub: Hub
    connection: Connection
    run_id: str
    now: datetime
    accept_shrink: bool
    commit: Callable[[], None]
    progress: Callable[[str, int, int], None]
    scratch: Path | None = None

    @property
    def _feeds(self) -> Feeds:
        return Feeds(self.connection, self.hub.fingerprints_folder, self.scratch)

    def note(self, waiting: Waiting, state: str, detail: str = "") -> None:
        """Note how a delivery stands: `taken` (`detail` tells its content), or `done`."""
        place = (source_delivery.c.system == SYSTEM, source_delivery.c.name == waiting.name)
        values = {"state": state, "detail": detail, "run_id": self.run_id, "changed_at": self.now}
        changed = self.connection.execute(update(source_delivery).where(*place).values(values))
        if changed.rowcount == 0:
            row = {"system": SYSTEM, "name": waiting.name, "business_date": waiting.business_date, **values}
            self.connection.execute(insert(source_delivery).values(row))
        self.commit()

    def examine(self, waiting: Waiting, inbound: Inbound) -> None:
        """Raise StopRun when a file of the delivery cannot be taken as it is; of a delivery all or nothing is taken.

        What was found is kept for `take`, so that each file is compared once.
        """
        self._forget_surveys(waiting)
        done = self._done(waiting.name)
        for entity in (each for each in inbound.entities if each not in done):
            intake, state = self._rules(waiting, inbound, entity)
            found = examine(intake, inbound.source(entity), state, self._intake_run(entity))
            write_survey(found, self._survey_file(waiting, entity), _about(intake, state, inbound))

    def take(self, waiting: Waiting, inbound: Inbound, entity: str) -> Json:
        """Take one entity of a delivery in; gives counts and notices, nothing for an entity that was taken already."""
        done = self._done(waiting.name)
        if entity in done:
            return {}
        source, run = inbound.source(entity), self._intake_run(entity)
        intake, state = self._rules(waiting, inbound, entity)
        file = self._survey_file(waiting, entity)
        found = read_survey(file, _about(intake, state, inbound), state.index) or examine(intake, source, state, run)
        result, following, fingerprints = take(intake, source, state, found, self._former(state, entity), run)
        following = replace(following, source_file=waiting.name, cursor=inbound.cursor(entity))
        self._feeds.save(following, fingerprints, self.now)
        self._mark_done(waiting.name, [*done, entity])
        self.commit()
        file.unlink(missing_ok=True)
        return {**asdict(result), "notices": [*result.notices, *source.notices]}

    def _rules(self, waiting: Waiting, inbound: Inbound, entity: str) -> tuple[AnyIntake, FeedState]:
        """Give how an entity is taken in by the layout that it has, and what is known of it."""
        rules = leaseworks_intakes(self.hub, waiting.business_date, self.now)[entity]
        intake = replace(rules, version=f"{inbound.source(entity).layout_version} {rules.version}")
        return intake, self._feeds.load(intake.feed)

    def _forget_surveys(self, waiting: Waiting) -> None:
        """Remove what was found in other deliveries, which hold rows: those that were stopped leave some."""
        for path in (self.hub.data_folder / "surveys").glob("*") if self.scratch is None else ():
            if not path.name.startswith(f"{waiting.name}."):
                path.unlink(missing_ok=True)

    def _survey_file(self, waiting: Waiting, entity: str) -> Path:
        return (self.scratch or self.hub.data_folder / "surveys") / f"{waiting.name}.{entity}.survey"

    def _former(self, state: FeedState, entity: str) -> LeaseWorksSource | None:
        former = opened(self.hub, state.source_file)
        return former.source(entity) if former is not None and entity in former.entities else None

    def assess(self, business_date: date) -> dict[str, Json]:
        """Let the collections rules conclude for all accounts that changed or whose time has come; counts by object.

        An account stays queued until its conclusions have been committed, so a crash half-way repeats, and loses,
        nothing.
        """
        book = CollectionsBook(self.connection, self.hub.collections)
        derived = DerivedRecords(self.connection, TARGET, BOOKKEEPING)
        assessments = book.assess(business_date, self.now)
        concluded = (each for assessment in assessments for each in conclusions(assessment, now=self.now))
        total: dict[str, Counter[str]] = {}
        done = 0
        for chunk in in_chunks(concluded, _CHUNK):
            for name, result in derived.conclude(chunk, run_id=self.run_id, now=self.now).items():
                total.setdefault(name, Counter()).update(asdict(result))
            done += len(chunk)
            self.commit()
            self.progress("assessing accounts", done, 0)
        self.commit()
        return {name: dict(counts) for name, counts in total.items()}

    def _intake_run(self, entity: str) -> IntakeRun:
        sync = self.hub.sync
        return IntakeRun(
            connection=self.connection,
            target=TARGET,
            reporter=self.hub.reporter,
            run_id=self.run_id,
            now=self.now,
            max_shrink_percent=sync.max_shrink_percent,
            shrink_floor=sync.shrink_floor,
            accept_shrink=self.accept_shrink,
            sample=sync.sample,
            commit=self.commit,
            progress=self._telling(entity),
        )

    def _telling(self, entity: str) -> Callable[[int, int], None]:
        passed = chunk_teller(self.hub.observers, entity)

        def progress(done: int, total: int) -> None:
            passed(done)
            self.progress(f"taking {entity}", done, total)

        return progress

    def _done(self, name: str) -> list[str]:
        statement = select(source_delivery.c.entities_done).where(
            source_delivery.c.system == SYSTEM, source_delivery.c.name == name
        )
        entities: list[str] = json.loads(self.connection.execute(statement).scalar_one())
        return entities

    def _mark_done(self, name: str, entities: list[str]) -> None:
        place = (source_delivery.c.system == SYSTEM, source_delivery.c.name == name)
        self.connection.execute(update(source_delivery).where(*place).values(entities_done=json.dumps(entities)))


def _about(intake: AnyIntake, state: FeedState, inbound: Inbound) -> str:
    """Name what a survey compared: which content, by which layout and mapping, with which fingerprints."""
    return f"{inbound.content} {intake.version} {state.index_file}"
