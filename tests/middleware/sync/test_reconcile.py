"""The comparison names exactly what is missing, differs or is extra, whatever the two sides hold."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.records import Reference, Scalar, TargetRecord
from drawbar.middleware.sync.reconcile import EXTRA, Comparer, Comparison, Difference, TargetRow

NAMES = ("Color__c", "Note__c")
Values = dict[str, str | None]
Side = dict[str, Values]


@dataclass(frozen=True)
class Column:
    name: str
    stored: Callable[[Scalar | Reference], Scalar] = lambda value: value  # type: ignore[assignment, return-value]
    read: Callable[[str], Scalar] = lambda cell: cell or None


@dataclass(frozen=True)
class Chunk:
    rows: list[tuple[str, Values]]

    @property
    def keys(self) -> list[bytes]:
        return [key.encode() for key, _ in self.rows]

    def records(self, positions: Sequence[int]) -> Iterator[TargetRecord | RecordRejected]:
        for position in positions:
            key, values = self.rows[position]
            yield RecordRejected("no", code="BAD") if "" in values else TargetRecord("Thing", key, values)


def compare(rows: list[tuple[str, Values]], org: Side, chunk: int = 3) -> tuple[Comparison, list[Difference]]:
    found: list[Difference] = []
    chunks = [Chunk(rows[start : start + chunk]) for start in range(0, len(rows), chunk)]
    comparer = Comparer([Column(name) for name in NAMES], lambda: iter(chunks), lambda rows: [EXTRA] * len(rows), 3)
    held: list[TargetRow] = [(key, [values.get(name) or "" for name in NAMES]) for key, values in org.items()]
    return comparer.compare(held, found.extend), found


values = st.fixed_dictionaries({}, optional={name: st.sampled_from([None, "red", "blue", "é\n"]) for name in NAMES})
sides = st.dictionaries(st.text("abc", min_size=1, max_size=3), values, max_size=12)


@settings(max_examples=100, deadline=None)
@given(hub=sides, org=sides, chunk=st.integers(1, 5))
def test_it_finds_exactly_what_a_plain_comparison_finds(hub: Side, org: Side, chunk: int) -> None:
    result, found = compare(list(hub.items()), org, chunk)

    both = hub.keys() & org.keys()
    different = {
        key: {name: org[key].get(name) for name in hub[key] if hub[key][name] != org[key].get(name)} for key in both
    }
    different = {key: each for key, each in different.items() if each}
    assert {each.record.key: each.held for each in found} == {
        **dict.fromkeys(hub.keys() - org.keys()), **different
    }  # fmt: skip
    assert (result.wanted, result.held) == (len(hub), len(org))
    assert (result.missing, result.differing) == (len(hub.keys() - org.keys()), len(different))
    assert (result.equal, result.extra) == (len(both) - len(different), len(org.keys() - hub.keys()))
    assert set(result.extra_keys) <= org.keys() - hub.keys()
    assert sum(result.fields.values()) == sum(map(len, different.values()))
    assert result.clean == (not found and not result.extra)


def test_only_fields_that_the_hub_sets_on_a_record_are_compared() -> None:
    result, found = compare(
        [("a", {"Color__c": "red"}), ("b", {"Color__c": "red", "Note__c": None}), ("c", {"Note__c": "x"})],
        {"a": {"Color__c": "red", "Note__c": "theirs"}, "b": {"Color__c": "red", "Note__c": "theirs"}, "c": {}},
    )

    assert {each.record.key: each.held for each in found} == {"b": {"Note__c": "theirs"}, "c": {"Note__c": None}}
    assert result.equal == 1


def test_what_is_not_understood_is_neither_missing_nor_extra() -> None:
    result, found = compare([("a", {"": "bad"}), ("b", {"": "bad"})], {"a": {"Color__c": "red"}})

    assert (result.clean, found, dict(result.unclear)) == (True, [], {"not understood: BAD": 2})


def test_of_rows_with_one_key_the_first_counts() -> None:
    rows: list[tuple[str, Values]] = [(key, {"Color__c": color}) for key, color in
            (("a", "red"), ("a", "blue"), ("b", "red"), ("a", "white"), ("b", "red"))]  # fmt: skip

    result, found = compare(rows, {"a": {"Color__c": "blue"}, "b": {"Color__c": "red"}}, chunk=2)

    assert [(each.record.key, each.record.fields["Color__c"]) for each in found] == [("a", "red")]
    assert (result.equal, result.differing, dict(result.unclear)) == (1, 1, {"another row has the same key": 3})


def test_memory_is_a_few_bytes_per_key_however_much_differs() -> None:
    def peak(size: int) -> int:
        def wanted() -> Iterator[Chunk]:
            for start in range(0, size, 500):
                yield Chunk([(f"K{number}", {"Note__c": "n" * 400}) for number in range(start, start + 500)])

        held = ((f"K{number}", ["", "o" * 400]) for number in range(size))
        comparer = Comparer([Column(name) for name in NAMES], wanted, lambda rows: [EXTRA] * len(rows), 3)
        tracemalloc.start()
        try:
            assert comparer.compare(held).differing == size
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    small, large = peak(4_000), peak(8_000)

    assert (large - small) / 4_000 < 64
