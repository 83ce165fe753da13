"""Rows end where RFC 4180 says, in files with and without quotes."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from drawbar.connectors.leaseworks.rawlines import RawLines

CELLS = st.text(st.sampled_from('a",\n '), max_size=4)
ROWS = st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=6)
ONCE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)


def written(rows: list[list[str]], quoting: int, end: str) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=quoting, lineterminator=end).writerows(rows)  # type: ignore[arg-type]
    return text.getvalue().encode()


@ONCE
@given(rows=ROWS, quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]), end=st.sampled_from(["\n", "\r\n"]))
@example(rows=[["a", "b"], ["\n", "b"], ['"', '"']], quoting=csv.QUOTE_ALL, end="\n")
@example(rows=[["a", "\n", "b"], ['x"y"', "z"]], quoting=csv.QUOTE_ALL, end="\n")
@example(rows=[[",", "\n,\n"], [",", ","]], quoting=csv.QUOTE_ALL, end="\r\n")
@example(rows=[["a", "\nb"], ["c", "d"]], quoting=csv.QUOTE_ALL, end="\n")
@example(rows=[["a", ""], ["b", ",\na"], ["c", "\n"]], quoting=csv.QUOTE_ALL, end="\r\n")
@example(rows=[["a", ""], ["b", '"\n'], ["c", ",\n"]], quoting=csv.QUOTE_ALL, end="\n")
@example(rows=[["a", 'x,"\n'], ["b", '",\n"'], ["c", "\n"]], quoting=csv.QUOTE_ALL, end="\n")
def test_every_row_comes_back_whole(rows: list[list[str]], quoting: int, end: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(written(rows, quoting, end))

    found = [row.decode() for block in RawLines(path) for row in block]

    assert [next(csv.reader([row], strict=True)) for row in found] == rows
