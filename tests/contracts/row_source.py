"""What every source of rows must do; a source's test subclasses this and says how rows come into it.

`source_of(rows)` gives a source over these accounts (our field -> value in our terms: text, whole number, Decimal,
date, aware datetime, None). Values of kinds that a source stores as they are may be wrong on purpose.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from drawbar.connectors.leaseworks.records import LeaseAccount
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.ports import RowSource
from drawbar.middleware.records import SourceRow

Row = Mapping[str, Any]
SourceOf = Callable[[Sequence[Row]], RowSource[LeaseAccount]]

_CHANGED_AT = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)


def account_row(number: int, **changes: Any) -> dict[str, Any]:
    """An account in our terms, delinquent since the first of February."""
    row: dict[str, Any] = {
        "account_number": f"LW{number:08d}",
        "lessee_number": "LS00000412",
        "portfolio": "TRK",
        "company": "01",
        "region": "NE",
        "office": "HH",
        "status": "A",
        "boarded_on": date(2024, 1, 15),
        "maturity_date": date(2028, 1, 15),
        "term_months": 48,
        "payment_amount": Decimal("1234.56"),
        "next_due_date": date(2026, 3, 1),
        "past_due_since": date(2026, 2, 1),
        "missed_payments": 1,
        "past_due_amount": Decimal("1234.56"),
        "late_fees": Decimal("61.73"),
        "net_outstanding": Decimal("30000.00"),
        "gross_outstanding": Decimal("33000.00"),
        "gross_receivable": Decimal("33061.73"),
        "payoff_amount": None,
        "payments_made": 24,
        "last_payment_on": date(2026, 1, 3),
        "last_payment_amount": Decimal("1234.56"),
        "collector": "JDOE",
        "updated_at": _CHANGED_AT + timedelta(seconds=number),
    }
    return row | changes


def source_rows(source: RowSource[Any]) -> list[SourceRow]:
    """Every row of a source."""
    return [
        SourceRow(batch.first_number + place, key.decode(), raw)
        for batch in source.batches()
        for place, (key, raw) in enumerate(zip(batch.keys, batch.raws, strict=True))
    ]


class RowSourceContract:
    """The contract; the name of each test is a rule."""

    @abstractmethod
    def make(self, request: pytest.FixtureRequest) -> SourceOf:
        """Give the function that makes a source over rows."""

    @pytest.fixture
    def source_of(self, request: pytest.FixtureRequest) -> SourceOf:
        return self.make(request)

    def test_says_what_it_holds_and_where_from(self, source_of: SourceOf) -> None:
        source = source_of([account_row(1)])
        assert source.entity == "accounts"
        assert "accounts" in source.description
        assert isinstance(source.complete, bool)

    def test_every_row_comes_once_in_order_and_is_numbered_from_one(self, source_of: SourceOf) -> None:
        rows = source_rows(source_of([account_row(number) for number in range(1, 51)]))
        assert [row.number for row in rows] == list(range(1, 51))
        assert [row.key for row in rows] == [f"LW{number:08d}" for number in range(1, 51)]

    def test_nothing_comes_from_an_empty_source(self, source_of: SourceOf) -> None:
        assert source_rows(source_of([])) == []

    def test_reading_twice_gives_the_same(self, source_of: SourceOf) -> None:
        source = source_of([account_row(number) for number in range(1, 6)])
        assert source_rows(source) == source_rows(source)

    def test_a_row_is_understood_in_full(self, source_of: SourceOf) -> None:
        source = source_of([account_row(7)])
        expected = LeaseAccount.model_validate(account_row(7, status="Active"))
        assert [source.parse(row) for row in source_rows(source)] == [expected]

    def test_cells_mean_the_same_exactly_when_the_values_do(self, source_of: SourceOf) -> None:
        first, second = account_row(1), account_row(2)
        before = source_of([first, second])
        told = list(before.meanings([row.raw for row in source_rows(before)]))
        after = source_of([first, second | {"late_fees": Decimal("61.74")}])
        retold = list(after.meanings([row.raw for row in source_rows(after)]))
        assert told[0] == retold[0]
        assert told[1] != retold[1]

    def test_raw_bytes_differ_exactly_when_the_values_do(self, source_of: SourceOf) -> None:
        first, second = account_row(1), account_row(2)
        before = source_rows(source_of([first, second]))
        after = source_rows(source_of([first, second | {"late_fees": Decimal("61.74")}]))
        assert before[0].raw == after[0].raw
        assert before[1].raw != after[1].raw

    @pytest.mark.parametrize(
        "text",
        ["=cmd|' /C calc'!A1", "' OR Name != '", 'O\'Brien, "Jo"', "Müller", "中文", "@SUM(A1)", "%_", "\\", "<b>"],
    )
    def test_odd_and_hostile_text_stays_text(self, source_of: SourceOf, text: str) -> None:
        source = source_of([account_row(1, collector=text)])
        assert [source.parse(row).collector for row in source_rows(source)] == [text]

    def test_a_bad_row_is_refused_with_row_field_reason_and_remedy_and_the_others_go_on(
        self, source_of: SourceOf
    ) -> None:
        source = source_of([account_row(1), account_row(2, status="Z"), account_row(3)])
        good, bad, last = source_rows(source)
        with pytest.raises(RecordRejected) as refused:
            source.parse(bad)
        assert "row 2, account LW00000002" in refused.value.record
        assert refused.value.field.startswith("status")
        assert refused.value.message
        assert refused.value.remedy
        assert [source.parse(good).account_number, source.parse(last).account_number] == ["LW00000001", "LW00000003"]
