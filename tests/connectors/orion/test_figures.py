"""Figures count and sum exactly, and differ by name and to the cent."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawbar.connectors.orion.data_sets import DATA_SETS, TRANSACTIONS
from drawbar.connectors.orion.figures import (
    ALL,
    FIGURES_HEADER,
    FigureKey,
    differences,
    figures,
    figures_text,
    grouped,
    read_figures,
    whole,
)
from drawbar.connectors.orion.shape import Cell, Kind, read, written
from drawbar.middleware.errors import StopRun
from tests.connectors.orion.samples import MONDAY, payment, row

CENTS = st.decimals(-10_000, 10_000, places=2)
NAMES = st.sampled_from(["JDOE", "ANN", "", "=SUM(A1)", 'O"Neil; x=1', "José\nÁlvarez"])


@settings(max_examples=40)
@given(st.lists(st.tuples(NAMES, CENTS)))
def test_groups_add_up_to_the_whole_whatever_the_rows_are(paid: list[tuple[str, Decimal]]) -> None:
    rows = [payment(str(number), str(amount), who) for number, (who, amount) in enumerate(paid)]

    groups = grouped(TRANSACTIONS, rows)

    assert whole(TRANSACTIONS, groups).rows == len(rows)
    assert whole(TRANSACTIONS, groups).sums == {"amount": sum((amount for _, amount in paid), Decimal(0))}
    assert len(groups) == len({who for who, _ in paid})


@settings(max_examples=40)
@given(st.lists(st.tuples(NAMES, CENTS)))
def test_figures_that_were_written_are_read_back_equal(
    tmp_path_factory: pytest.TempPathFactory, paid: list[tuple[str, Decimal]]
) -> None:
    rows = [payment(str(number), str(amount), who) for number, (who, amount) in enumerate(paid)]
    found = figures(TRANSACTIONS, grouped(TRANSACTIONS, rows))
    path = tmp_path_factory.getbasetemp() / "figures.csv"
    path.write_text(figures_text(MONDAY, found), encoding="utf-8", newline="")

    assert read_figures(path, MONDAY) == found
    assert differences(found, read_figures(path, MONDAY)) == []


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("data_set", DATA_SETS)
def test_a_cell_is_read_back_as_it_was_written(data_set: str, kind: Kind) -> None:
    cells: list[Cell] = [
        value for name, value in row(data_set).items() if DATA_SETS[data_set].column(name).kind is kind
    ]
    assert [read(kind, written(each)) for each in cells] == cells
    assert read(kind, "") == ("" if kind is Kind.TEXT else None)


def test_a_cent_is_a_difference_and_a_group_of_nothing_is_none() -> None:
    ours, one = figures(TRANSACTIONS, grouped(TRANSACTIONS, [payment("P1", "100.00")])), FigureKey("x", "y", "rows")
    amount = FigureKey("transactions", ALL, "amount")

    (found,) = differences(ours, {**ours, amount: Decimal("100.01"), one: Decimal(0)})

    assert (found.key, found.delivered, found.orion, found.by) == (
        amount, Decimal("100.00"), Decimal("100.01"), Decimal("0.01"),
    )  # fmt: skip


def test_a_group_that_one_side_does_not_have_is_a_difference() -> None:
    ours = figures(TRANSACTIONS, grouped(TRANSACTIONS, [payment("P1", "1.00"), payment("P2", "2.00", "ANN")]))
    theirs = figures(TRANSACTIONS, grouped(TRANSACTIONS, [payment("P1", "1.00")]))

    assert {(each.key.group[:13], each.key.figure, int(each.by)) for each in differences(ours, theirs)} == {
        ("all", "rows", -1), ("all", "amount", -2), ("collector=ANN", "rows", -1), ("collector=ANN", "amount", -2),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2026-03-02,transactions,all,rows", "line 2: has 4 columns, not 5"),
        ("2026-03-02,payments,all,rows,1", "field data_set: 'payments' is none of efforts, transactions"),
        ("2026-03-02,transactions,all,fees,1", "field figure: 'fees' is no figure of transactions"),
        ("2026-03-02,transactions,all,rows,many", "field value: 'many' is no number"),
        ("2026-03-02,transactions,all,rows,NaN", "field value: 'NaN' is no number"),
        ("03/02/2026,transactions,all,rows,1", "field business_date: '03/02/2026' is no date"),
        ("2026-03-02,transactions,all,rows,1\n2026-03-02,transactions,all,rows,2", "line 3, field figure: repeats"),
    ],
)
def test_a_line_that_is_no_figure_is_refused_by_name(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "figures.csv"
    path.write_text(f"{','.join(FIGURES_HEADER)}\n{line}\n")
    with pytest.raises(StopRun) as refused:
        read_figures(path, MONDAY)
    assert said in str(refused.value)
    assert refused.value.remedy


def test_figures_of_other_dates_are_passed_over_and_another_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "figures.csv"
    path.write_text(f"{','.join(FIGURES_HEADER)}\n2026-03-01,transactions,all,rows,7\n")
    assert read_figures(path, MONDAY) == {}
    path.write_text("a,b\n")
    with pytest.raises(StopRun, match="does not begin with business_date,data_set"):
        read_figures(path, MONDAY)
