"""Takes one LeaseWorks delivery through the hub: every entity in, then what the collections rules conclude."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from drawbar.connectors.salesforce.records.catalogue import BOOKKEEPING
from drawbar.jobs.conclusions import conclusions
from drawbar.jobs.hub import SYSTEM, TARGET, Hub
from drawbar.jobs.inbound import Inbound, LeaseWorksSource, Waiting, taken_before
from drawbar.jobs.intakes import AnyIntake, leaseworks_intakes
from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.collections.book import CollectionsBook
from drawbar.middleware.observe import EntityTaken, chunk_teller
from drawbar.middleware.sync.derived import DerivedRecords
from drawbar.middleware.sync.feeds import Feeds, FeedState, new_generation
from drawbar.middleware.sync.fingerprints import ALL_KEYS, FingerprintIndex, KeyRange
from drawbar.middleware.sync.intake import FATES, IntakeRun, end_mended, examine, refuse_shrunken, take
from drawbar.middleware.sync.survey import Balance
from drawbar.middleware.sync.survey_file import read_survey, write_survey
from drawbar.middleware.sync.tables import source_delivery

Json = dict[str, Any]
_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class DeliveryWork:
    """The work on one delivery within one run; `commit` ends a transaction and begins the next (nothing in a dry run).

    Every step can be done again: what a crash left half done is done once more, with the same result.
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
        return Feeds(self.connection)

    def note(self, waiting: Waiting, state: str, detail: str = "") -> None:
        """Note how a delivery stands: `taken` (`detail` tells its content), or `done`."""
        values = {"state": state, "detail": detail, "run_id": self.run_id, "changed_at": self.now}
        changed = self.connection.execute(update(source_delivery).where(*_place(waiting.name)).values(values))
        if changed.rowcount == 0:
            row = {"system": SYSTEM, "name": waiting.name, "business_date": waiting.business_date, **values}
            self.connection.execute(insert(source_delivery).values(row))
        self.commit()

    def examine(self, waiting: Waiting, inbound: Inbound) -> None:
        """Raise StopRun when a file of the delivery cannot be taken as it is; of a delivery all or nothing is taken.

        What was found is kept for `take`, so that each file is compared once. Entities that are cut into parts are left
        out: `examine_part` and `judge` are for them.
        """
        self._forget_surveys(waiting)
        done = self._done(waiting.name)
        for entity in (each for each, number in self.parts(waiting, inbound) if number == 1 and each not in done):
            self.judge(waiting, inbound, entity, self.examine_part(waiting, inbound, entity, ALL_KEYS))

    def parts(self, waiting: Waiting, inbound: Inbound) -> list[tuple[str, int]]:
        """Say into how many parts each entity is cut; 1 leaves it whole, as one that was taken already."""
        done, most = self._done(waiting.name), self.hub.sync.split_above
        left = {entity: math.ceil(inbound.rows(entity) / most) for entity in inbound.entities if entity not in done}
        return [(entity, max(1, left.get(entity, 1))) for entity in inbound.entities]

    def examine_part(self, waiting: Waiting, inbound: Inbound, entity: str, keys: KeyRange) -> Balance:
        """Compare the rows of a key range with what is known of it; what was found is kept on this machine."""
        intake, state = self._rules(waiting, inbound, entity, keys)
        about = self._about(waiting, intake, state)
        self.commit()  # on SQLite nobody else could write while the file is read
        found = examine(intake, inbound.source(entity), state, keys)
        write_survey(found, self._survey_file(waiting, entity, keys), about)
        return found.balance

    def judge(self, waiting: Waiting, inbound: Inbound, entity: str, found: Balance) -> None:
        """Raise SourceShrank when an entity, all of its parts together, has lost too many of its keys."""
        intake = self._intake(waiting, inbound, entity)
        refuse_shrunken(intake, inbound.source(entity), found, self._intake_run(entity, ALL_KEYS))

    def take(self, waiting: Waiting, inbound: Inbound, entity: str) -> Json:
        """Take one entity of a delivery in; gives counts and notices, nothing for an entity that was taken already."""
        if entity in self._done(waiting.name):
            return {}
        generation = new_generation()
        result = self.take_part(waiting, inbound, entity, ALL_KEYS, generation)
        self.join(waiting, inbound, entity, generation)
        return result

    def take_part(self, waiting: Waiting, inbound: Inbound, entity: str, keys: KeyRange, generation: str) -> Json:
        """Take the rows of a key range in; gives counts and notices. It counts once all parts are joined."""
        source, run = inbound.source(entity), self._intake_run(entity, keys)
        intake, state = self._rules(waiting, inbound, entity, keys)
        file = self._survey_file(waiting, entity, keys)
        about = self._about(waiting, intake, state)
        self.commit()
        found = read_survey(file, about, state.index) or examine(intake, source, state, keys)
        result, fingerprints = take(intake, source, state, found, self._former(state, entity), run)
        self._feeds.save_part(intake.feed, fingerprints, keys, generation)
        self.commit()
        file.unlink(missing_ok=True)
        self.hub.observers.happened(EntityTaken(entity, {name: getattr(result, name) for name in FATES}))
        return {**asdict(result), "notices": [*result.notices, *source.notices]}

    def join(self, waiting: Waiting, inbound: Inbound, entity: str, generation: str) -> None:
        """Let all parts of an entity count together: the feed moves on, and the entity is noted as taken."""
        done = self._done(waiting.name)
        if entity in done:
            return
        source, intake = inbound.source(entity), self._intake(waiting, inbound, entity)
        end_mended(intake, source, self._intake_run(entity, ALL_KEYS))
        following = FeedState(
            intake.feed, FingerprintIndex.empty(), version=intake.version, cursor=inbound.cursor(entity),
            source=source.description, source_file=waiting.name, generation=generation,
        )  # fmt: skip
        inbound.note_layout(entity)
        self._feeds.adopt(following, self.now)
        self._mark_done(waiting.name, [*done, entity])
        self.commit()

    def _intake(self, waiting: Waiting, inbound: Inbound, entity: str) -> AnyIntake:
        """Give how an entity is taken in by the layout that it has."""
        rules = leaseworks_intakes(self.hub, waiting.business_date, self.now)[entity]
        return replace(rules, version=f"{inbound.source(entity).layout_version} {rules.version}")

    def _rules(self, waiting: Waiting, inbound: Inbound, entity: str, keys: KeyRange) -> tuple[AnyIntake, FeedState]:
        intake = self._intake(waiting, inbound, entity)
        return intake, self._feeds.load(intake.feed, keys)

    def _forget_surveys(self, waiting: Waiting) -> None:
        """Remove what was found in other deliveries, which hold rows: those that were stopped leave some."""
        for path in (self.hub.data_folder / "surveys").glob("*") if self.scratch is None else ():
            if not path.name.startswith(f"{waiting.name}."):
                path.unlink(missing_ok=True)

    def _survey_file(self, waiting: Waiting, entity: str, keys: KeyRange) -> Path:
        name = f"{waiting.name}.{entity}.{keys.number + 1}-of-{keys.of}.survey"
        return (self.scratch or self.hub.data_folder / "surveys") / name

    def _about(self, waiting: Waiting, intake: AnyIntake, state: FeedState) -> str:
        """Name what a survey compared: which content, by which layout and mapping, with which fingerprints."""
        content = select(source_delivery.c.detail).where(*_place(waiting.name))
        return f"{self.connection.execute(content).scalar_one()} {intake.version} {state.generation}"

    def _former(self, state: FeedState, entity: str) -> LeaseWorksSource | None:
        former = taken_before(self.hub, state.source_file)
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

    def _intake_run(self, entity: str, keys: KeyRange) -> IntakeRun:
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
            apart=not keys.is_whole,
        )

    def _telling(self, entity: str) -> Callable[[int, int], None]:
        passed = chunk_teller(self.hub.observers, entity)

        def progress(done: int, total: int) -> None:
            passed(done)
            self.progress(f"taking {entity}", done, total)

        return progress

    def _done(self, name: str) -> list[str]:
        statement = select(source_delivery.c.entities_done).where(*_place(name))
        entities: list[str] = json.loads(self.connection.execute(statement).scalar_one())
        return entities

    def _mark_done(self, name: str, entities: list[str]) -> None:
        noted = update(source_delivery).where(*_place(name)).values(entities_done=json.dumps(entities))
        self.connection.execute(noted)


def _place(name: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return source_delivery.c.system == SYSTEM, source_delivery.c.name == name
