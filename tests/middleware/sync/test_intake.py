from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from sqlalchemy import Connection, Engine, delete, func, select, update

from drawbar.jobs.summaries import summed
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.records import RowBatch, SourceRow, TargetRecord
from drawbar.middleware.sync.codec import decode
from drawbar.middleware.sync.dead_letters import DeadLetters
from drawbar.middleware.sync.feeds import Feeds, FeedState
from drawbar.middleware.sync.fingerprints import FingerprintIndex, KeyRange, hash_keys
from drawbar.middleware.sync.intake import (
    Intake,
    IntakeResult,
    IntakeRun,
    SourceShrank,
    end_mended,
    examine,
    refuse_shrunken,
    take,
)
from drawbar.middleware.sync.survey import survey
from drawbar.middleware.sync.survey_file import read_survey, write_survey
from drawbar.middleware.sync.tables import dead_letter, feed, fingerprint_segment, outbox
from tests.middleware.sync.conftest import PlainReporter


class Truck(BaseModel):
    number: str
    color: str
    updated_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Lines:
    """Rows of `number,color`; each line keeps its own spelling, so that a row can be reformatted without a change."""

    lines: Sequence[str]
    complete: bool = True
    entity: str = "trucks"
    description: str = "trucks.csv"
    batch_rows: int = 3
    reads: int = field(default=0)
    parsed: int = field(default=0)

    def batches(self) -> Iterator[RowBatch]:
        self.reads += 1
        for start in range(0, len(self.lines), self.batch_rows):
            some = [line.encode() for line in self.lines[start : start + self.batch_rows]]
            yield RowBatch(start + 1, [next(csv.reader([line.decode()]))[0].encode() for line in some], some)

    def meanings(self, raws: Sequence[bytes]) -> list[bytes]:
        return ["\x1f".join(next(csv.reader([raw.decode()]))).encode() for raw in raws]

    def parse(self, row: SourceRow) -> Truck:
        self.parsed += 1
        number, color = next(csv.reader(io.StringIO(row.raw.decode())))
        if color.strip() == "plaid":
            raise RecordRejected(
                "plaid is not a color", record=f"row {row.number}", field="color", remedy="Paint it.", code="COLOR"
            )
        return Truck(number=number, color=color.strip())


def truck(record: Truck, _now: datetime) -> TargetRecord:
    return TargetRecord("Truck", record.number, {"Color": record.color})


def gone(_connection: Connection, keys: Sequence[str], now: datetime) -> list[TargetRecord]:
    return [TargetRecord("Truck", key, {"Left": now.date()}) for key in keys]


TRUCKS = Intake(
    feed="yard.trucks", entity="trucks", object="Truck", concerns="Truck", version="1", to_target=truck, on_gone=gone
)


@dataclass
class Yard:
    """A hub that takes one list of trucks after the other."""

    hub: Engine
    now: datetime
    intake: Intake[Truck] = TRUCKS
    former: Lines | None = None
    shrink_floor: int = 0
    parts: int = 1
    runs: int = 0

    def take(self, source: Lines, *, accept_shrink: bool = False, keep_outbox: bool = False) -> IntakeResult:
        self.runs += 1
        with self.hub.connect() as connection:
            feeds = Feeds(connection)
            run = IntakeRun(
                connection=connection, target="salesforce", reporter=PlainReporter(), run_id=f"run-{self.runs}",
                now=self.now, max_shrink_percent=20, shrink_floor=self.shrink_floor, accept_shrink=accept_shrink,
                sample=5, commit=connection.commit, progress=lambda _done, _total: None, apart=self.parts > 1,
            )  # fmt: skip
            if not keep_outbox:
                connection.execute(outbox.delete())
                connection.commit()
            ranges = [KeyRange(number, self.parts) for number in range(self.parts)]
            states = [feeds.load(self.intake.feed, keys) for keys in ranges]
            surveys = [examine(self.intake, source, *each) for each in zip(states, ranges, strict=True)]
            refuse_shrunken(self.intake, source, reduce(add, (each.balance for each in surveys)), run)
            results = []
            for keys, state, found in zip(ranges, states, surveys, strict=True):
                result, fingerprints = take(self.intake, source, state, found, self.former, run)
                feeds.save_part(self.intake.feed, fingerprints, keys, f"generation {self.runs}")
                connection.commit()
                results.append(result)
            end_mended(self.intake, source, run)
            following = FeedState(
                self.intake.feed, FingerprintIndex.empty(), self.intake.version, generation=f"generation {self.runs}"
            )
            feeds.adopt(following, self.now)
            connection.commit()
        self.former = source
        return IntakeResult(**summed([asdict(each) for each in results]))

    def queued(self) -> dict[str, dict[str, object]]:
        with self.hub.connect() as connection:
            rows = connection.execute(select(outbox).where(outbox.c.object == "Truck")).all()
        return {row.key: dict(decode(row.fields)) for row in rows}

    def letters(self, state: str | None = "open") -> list[tuple[str, str, int]]:
        with self.hub.connect() as connection:
            letters = DeadLetters(connection).find(state=state)  # type: ignore[arg-type]
        return [(letter.failure.key, letter.failure.code, letter.failure.row_number) for letter in letters]


@pytest.fixture
def yard(hub: Engine, now: datetime) -> Yard:
    return Yard(hub, now)


def test_the_first_time_everything_is_new(yard: Yard) -> None:
    result = yard.take(Lines(["T1,red", "T2,blue"]))

    assert (result.rows, result.created, result.changed, result.unchanged) == (2, 2, 0, 0)
    assert yard.queued() == {"T1": {"Color": "red"}, "T2": {"Color": "blue"}}


@pytest.mark.spec("P25")
def test_the_same_again_queues_nothing(yard: Yard) -> None:
    yard.take(Lines(["T1,red", "T2,blue"]))

    result = yard.take(Lines(["T2,blue", "T1,red"]))

    assert (result.created, result.changed, result.unchanged) == (0, 0, 2)
    assert yard.queued() == {}


def test_only_what_changed_is_queued_with_its_former_value(yard: Yard) -> None:
    yard.take(Lines([f"T{n},red" for n in range(10)]))

    result = yard.take(Lines([f"T{n},{'blue' if n == 4 else 'red'}" for n in range(10)]))

    assert (result.changed, result.unchanged) == (1, 9)
    with yard.hub.connect() as connection:
        (row,) = connection.execute(select(outbox)).all()
    assert (row.key, decode(row.fields), decode(row.before), row.creates) == (
        "T4", {"Color": "blue"}, {"Color": "red"}, False
    )  # fmt: skip
    assert row.why == "row 5 of trucks.csv"


def test_a_row_that_is_only_written_differently_is_not_queued(yard: Yard) -> None:
    yard.take(Lines(["T1,red", "T2,blue"]))

    result = yard.take(Lines(['"T1", red ', "T2,green"]))

    assert (result.changed, result.unchanged) == (1, 1)
    assert yard.queued() == {"T2": {"Color": "green"}}


def test_rows_whose_cells_say_the_same_are_not_even_understood(yard: Yard) -> None:
    yard.take(Lines(["T1,red", "T2,blue", "T3,plaid"]))
    quoted = Lines(['"T1","red"', '"T2","green"', '"T3","plaid"'])

    result = yard.take(quoted)

    assert (result.changed, result.unchanged, result.refused) == (1, 1, 1)
    assert quoted.parsed == 2
    assert yard.queued() == {"T2": {"Color": "green"}}
    again = Lines(quoted.lines)
    assert yard.take(again).unchanged == 2
    assert again.parsed == 1


def test_a_key_that_stands_twice_is_told_each_day_while_its_first_row_stays_as_it_is(yard: Yard) -> None:
    yard.take(Lines(["T1,red", "T1,red", "T2,blue"]))

    result = yard.take(Lines(["T1,red", "T1,red", "T2,blue"]))

    assert (result.refused, result.unchanged) == (1, 2)
    assert yard.letters() == [("T1", "DUPLICATE_KEY", 2)]
    assert yard.queued() == {}


def test_a_survey_that_was_kept_is_not_taken_for_another_and_a_torn_one_for_none(tmp_path: Path) -> None:
    nothing, path = FingerprintIndex.empty(), tmp_path / "surveys" / "trucks.survey"
    found = survey(nothing, Lines(["T1,red", "T1,blue"]), everything=False, keep_bytes=1_000)
    write_survey(found, path, "delivery 1")

    again = read_survey(path, "delivery 1", nothing)
    assert again is not None
    assert (again.duplicates, again.kept) == (found.duplicates, found.kept)
    assert read_survey(path, "delivery 2", nothing) is None
    assert path.stat().st_mode & 0o777 == 0o600
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place])
        assert read_survey(path, "delivery 1", nothing) is None
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert read_survey(path, "delivery 1", nothing) is None


def test_a_value_that_flips_back_is_queued_again(yard: Yard) -> None:
    yard.take(Lines(["T1,red"]))
    yard.take(Lines(["T1,blue"]))

    yard.take(Lines(["T1,red"]))

    assert yard.queued() == {"T1": {"Color": "red"}}


def test_another_mapping_sends_what_it_maps_differently_and_nothing_else(yard: Yard) -> None:
    yard.take(Lines(["T1,red", "T2,blue"]))

    def german(record: Truck, _now: datetime) -> TargetRecord:
        return TargetRecord("Truck", record.number, {"Color": "rot" if record.color == "red" else record.color})

    yard.intake = replace(TRUCKS, version="2", to_target=german)
    result = yard.take(Lines(["T1,red", "T2,blue"]))

    assert (result.changed, result.unchanged) == (1, 1)
    assert yard.queued() == {"T1": {"Color": "rot"}}


@pytest.mark.spec("P30")
def test_a_row_that_is_not_understood_is_put_aside_and_the_others_go_on(yard: Yard) -> None:
    result = yard.take(Lines(["T1,red", "T2,plaid", "T3,blue"]))

    assert (result.created, result.refused) == (2, 1)
    assert yard.letters() == [("T2", "COLOR", 2)]
    with yard.hub.connect() as connection:
        (letter,) = DeadLetters(connection).find()
    assert (letter.failure.field, letter.failure.remedy, letter.failure.payload) == ("color", "Paint it.", "T2,plaid")


def test_a_row_that_failed_is_looked_at_again_and_counted_up(yard: Yard) -> None:
    yard.take(Lines(["T1,plaid"]))
    yard.take(Lines(["T1,plaid"]))

    with yard.hub.connect() as connection:
        (letter,) = DeadLetters(connection).find()
    assert letter.failure.attempts == 2


def test_a_row_that_is_right_again_ends_its_dead_letter_and_its_error_record(yard: Yard) -> None:
    yard.take(Lines(["T1,red", "T2,blue"]))
    yard.take(Lines(["T1,plaid", "T2,blue"]))

    result = yard.take(Lines(["T1,red", "T2,blue"]), keep_outbox=True)

    assert (result.changed, yard.letters()) == (0, [])
    with yard.hub.connect() as connection:
        errors = connection.execute(select(outbox.c.operation).where(outbox.c.object == "Error")).scalars().all()
    assert errors == ["delete"]


def test_a_record_whose_row_is_not_understood_has_not_gone(yard: Yard) -> None:
    lines = [f"T{n},red" for n in range(10)]
    yard.take(Lines(lines))

    result = yard.take(Lines(["T0,plaid", *lines[1:]]))

    assert (result.gone, yard.queued()) == (0, {})


def test_of_two_rows_with_one_key_the_first_is_taken(yard: Yard) -> None:
    result = yard.take(Lines(["T1,red", "T2,blue", "T1,green", "T1,black"]))

    assert (result.created, result.refused) == (2, 2)
    assert yard.queued()["T1"] == {"Color": "red"}
    assert yard.letters() == [("T1", "DUPLICATE_KEY", 4)]
    with yard.hub.connect() as connection:
        (letter,) = DeadLetters(connection).find()
    assert "stands in row 1 already" in letter.failure.message


def test_what_a_complete_source_no_longer_holds_is_marked(yard: Yard) -> None:
    lines = [f"T{n},red" for n in range(10)]
    yard.take(Lines(lines))

    result = yard.take(Lines(lines[:-1]))

    assert result.gone == 1
    assert yard.queued() == {"T9": {"Left": yard.now.date()}}


def test_what_leaves_a_window_has_not_gone(yard: Yard) -> None:
    yard.take(Lines(["T1,red", "T2,red"], complete=False))

    assert yard.take(Lines(["T2,red"], complete=False)).gone == 0
    assert yard.take(Lines(["T1,red"], complete=False)).unchanged == 1
    assert yard.queued() == {}


@pytest.mark.spec("P25")
def test_a_source_that_lost_half_its_rows_stops_and_changes_nothing(yard: Yard) -> None:
    lines = [f"T{n},red" for n in range(10)]
    yard.take(Lines(lines))

    with pytest.raises(SourceShrank, match=r"5 of the 10 known keys \(50.0 %\) are gone.*--accept-shrink"):
        yard.take(Lines(lines[:5]))

    assert yard.queued() == {}
    assert yard.take(Lines(lines)).unchanged == 10


@pytest.mark.parametrize("lines", [[], ["T0,red"]])
def test_an_empty_source_stops_too_unless_a_person_accepts_it(yard: Yard, lines: list[str]) -> None:
    yard.take(Lines([f"T{n},red" for n in range(10)]))
    with pytest.raises(SourceShrank):
        yard.take(Lines(lines))

    result = yard.take(Lines(lines), accept_shrink=True)

    assert result.gone == 10 - len(lines)
    assert len(yard.queued()) == 10 - len(lines)


def test_a_few_keys_may_go_from_a_small_source_but_not_all(yard: Yard) -> None:
    yard.shrink_floor = 2
    yard.take(Lines(["T1,red", "T2,red", "T3,red"]))

    assert yard.take(Lines(["T1,red"])).gone == 2
    with pytest.raises(SourceShrank):
        yard.take(Lines([]))


def test_an_entity_whose_keys_come_and_go_may_shrink_more(yard: Yard) -> None:
    yard.intake = replace(TRUCKS, max_shrink_percent=60)
    yard.take(Lines([f"T{n},red" for n in range(10)]))

    assert yard.take(Lines([f"T{n},red" for n in range(4)])).gone == 6
    with pytest.raises(SourceShrank, match="60 %"):
        yard.take(Lines(["T0,red"]))


DAMAGES = {
    "are not whole": delete(fingerprint_segment),
    "are not what was written": update(fingerprint_segment).values(content=b"DRAWBAR"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_lost_fingerprints_mean_sending_again_not_losing(yard: Yard, damage: str) -> None:
    yard.take(Lines(["T1,red", "T2,blue"]))
    with yard.hub.begin() as connection:
        connection.execute(DAMAGES[damage])

    result = yard.take(Lines(["T1,red", "T2,blue"]))

    assert result.created == 2
    assert damage in result.notices[0]
    assert yard.take(Lines(["T1,red", "T2,blue"])).notices == []


def test_many_changes_are_read_from_the_source_twice_instead_of_being_kept(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drawbar.middleware.sync.intake._KEEP_BYTES", 3 * 160)
    source = Lines([f"T{n},red" for n in range(10)])

    assert yard.take(source).created == 10
    assert source.reads == 2
    assert len(yard.queued()) == 10


def test_what_was_absorbed_is_what_changed(yard: Yard) -> None:
    seen: list[list[str]] = []
    yard.intake = replace(TRUCKS, absorb=lambda _connection, records: seen.append([each.number for each in records]))
    yard.take(Lines(["T1,red", "T2,blue"]))
    yard.take(Lines(["T1,red", "T2,green"]))

    assert seen == [["T1", "T2"], ["T2"]]


def test_fingerprints_take_32_bytes_a_row_and_those_of_before_are_forgotten(yard: Yard) -> None:
    yard.take(Lines([f"T{n},red" for n in range(1_000)], batch_rows=100))
    yard.take(Lines([f"T{n},blue" for n in range(1_000)], batch_rows=100))

    with yard.hub.connect() as connection:
        size = connection.execute(select(func.sum(func.length(fingerprint_segment.c.content)))).scalar_one()
    assert size <= 32 * 1_000 + 100


@st.composite
def days_of_trucks(draw: st.DrawFn) -> list[list[str]]:
    """Lists of rows whose keys come, change, go, stand twice, and are sometimes missing or odd."""
    keys = st.sampled_from([*(f"T{n}" for n in range(12)), "", "Ü", "t 1"])
    colors = st.sampled_from(["red", "blue", "plaid"])
    row = st.builds("{},{}".format, keys, colors)
    return draw(st.lists(st.lists(row, max_size=14), min_size=1, max_size=4))


def told(hub: Engine) -> dict[str, object]:
    """Give what intakes have left in a hub, whatever order it came in."""
    with hub.connect() as connection:
        index = Feeds(connection).load("yard.trucks").index
        waiting = connection.execute(select(outbox)).all()
        letters = DeadLetters(connection).find(state=None)
    return {
        "fingerprints": [column.tolist() for column in (index.key, index.rest, index.raw, index.mapped)],
        "outbox": sorted((row.object, row.key, row.operation, row.fields, row.why, row.creates) for row in waiting),
        "letters": sorted((repr(each.failure), each.state) for each in letters),
    }


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=days_of_trucks(), parts=st.integers(2, 7), complete=st.booleans())
def test_taken_in_parts_all_comes_out_as_taken_whole(
    hub: Engine, now: datetime, days: list[list[str]], parts: int, complete: bool
) -> None:
    yards = [Yard(hub, now, shrink_floor=100, parts=number) for number in (1, parts)]
    outcomes = []
    for yard in yards:
        with hub.begin() as connection:
            for table in (feed, fingerprint_segment, dead_letter, outbox):
                connection.execute(table.delete())
        results = [yard.take(Lines(rows, complete=complete), accept_shrink=True) for rows in days]
        outcomes.append((results, told(hub)))

    assert outcomes[1] == outcomes[0]


def test_no_two_parts_share_a_key_and_none_is_left_out() -> None:
    keys, _ = hash_keys([str(number).encode() for number in range(1_000)])
    edges = np.array([0, 2**63 - 1, 2**63, 2**64 - 1], np.uint64)
    for parts in range(1, 12):
        ranges = [KeyRange(number, parts) for number in range(parts)]
        for some in (keys, edges):
            assert np.count_nonzero([each.holds(some) for each in ranges], axis=0).tolist() == [1] * len(some)
        assert [each.lowest for each in ranges[1:]] == [each.highest + 1 for each in ranges[:-1]]


COLORS = st.sampled_from(["red", "blue", "plaid"])
LISTS = st.lists(st.dictionaries(st.integers(0, 8).map("T{}".format), COLORS, max_size=9), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=LISTS, order=st.randoms(use_true_random=False))
def test_the_target_always_ends_as_the_source_stands(days: list[dict[str, str]], order: object, tmp_path: Path) -> None:
    state, kept = FeedState("yard.trucks", FingerprintIndex.empty()), tmp_path / "trucks.survey"
    target: dict[str, str] = {}
    for trucks in days:
        rows = [f"{number},{color}" for number, color in trucks.items()]
        order.shuffle(rows)  # type: ignore[attr-defined]
        known = set(target)
        source = Lines(rows)
        write_survey(survey(state.index, source, everything=False, keep_bytes=2 * 160), kept, "these")
        found = read_survey(kept, "these", state.index)
        assert found is not None
        for at, number in enumerate(found.numbers):
            key, color = rows[number - 1].split(",")
            if color == "plaid":
                found.refuse(at)
            else:
                target[key] = color
        gone = {key for key in known if found.gone().contains(key.encode())}
        assert gone == known - set(trucks)
        for key in gone:
            del target[key]
        following = found.successor(keep_gone=False).columns(size=3)
        nothing = np.empty(0, np.uint64)
        state = replace(state, index=FingerprintIndex(*(np.concatenate([nothing, *pieces]) for pieces in following)))
        assert state.index.key.tolist() == sorted(state.index.key.tolist())
        assert {key: color for key, color in trucks.items() if color != "plaid"}.items() <= target.items()
        assert set(target) <= set(trucks)
        assert len(state.index) == len(target)
