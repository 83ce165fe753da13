"""Whatever a writer of CSV puts into a file comes out equal, in any layout."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from drawbar.connectors.leaseworks import csvfile, rawlines
from drawbar.connectors.leaseworks.csvfile import CsvFile
from drawbar.connectors.leaseworks.default_layout import DEFAULT_LAYOUT
from drawbar.connectors.leaseworks.records import ContactChannel, Note, Promise
from drawbar.middleware.errors import StopRun
from tests.connectors.leaseworks.exports import DELIVERED_ON, layout_with
from tests.contracts.row_source import source_rows

COLUMNS = DEFAULT_LAYOUT["notes"].columns
CODES = {value: code for code, value in DEFAULT_LAYOUT["notes"].codes["channel"].items()}

DATE_FORMATS = {"MM/DD/YYYY": "%m/%d/%Y", "YYYY-MM-DD": "%Y-%m-%d", "DD.MM.YYYY": "%d.%m.%Y", "YYYYMMDD": "%Y%m%d"}


@dataclass(frozen=True)
class Written:
    """A way to write CSV."""

    encoding: str
    delimiter: str
    quote: str
    line_end: str
    quoting: Literal[0, 1]
    mark: bytes
    last_line_end: bool


ways = st.builds(
    Written,
    encoding=st.sampled_from(["utf-8", "cp1252", "utf-16", "utf-16-le"]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    quote=st.sampled_from(['"', "'"]),
    line_end=st.sampled_from(["\r\n", "\n"]),
    quoting=st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)),
    mark=st.sampled_from([b"", b"\xef\xbb\xbf"]),
    last_line_end=st.booleans(),
)
odd = st.text(st.sampled_from("aé\"',;|\t\r\n =@-"), max_size=12)
words = st.one_of(odd, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30))
instants = st.datetimes(timezones=st.just(UTC))
notes = st.builds(
    Note,
    note_number=words.filter(str.strip).map(lambda text: text.strip()[:30]).filter(str.strip),
    account_number=st.just("LW00000001"),
    written_at=instants,
    author=words,
    channel=st.sampled_from(ContactChannel),
    text=words,
    updated_at=instants,
)


def cell(note: Note, field: str) -> str:
    value = getattr(note, field)
    if field == "channel":
        return CODES[value]
    return value.isoformat() if isinstance(value, datetime) else str(value)


def written(records: list[Note], way: Written) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(
        text, delimiter=way.delimiter, quotechar=way.quote, lineterminator=way.line_end, quoting=way.quoting
    )
    writer.writerow(COLUMNS.values())
    writer.writerows([cell(note, field) for field in COLUMNS] for note in records)
    content = text.getvalue() if way.last_line_end else text.getvalue().removesuffix(way.line_end)
    assume(
        way.quoting == csv.QUOTE_ALL or not re.search("\r(?!\n)", content)
    )  # Python writes it bare, which no reader takes
    try:
        encoded = content.encode(way.encoding)
    except UnicodeEncodeError:
        assume(condition=False)
        raise
    return way.mark + encoded if way.encoding == "utf-8" else encoded


def is_told_apart(content: bytes, way: Written) -> bool:
    """Whether text in a one-byte encoding is not, by chance, UTF-8 (which is refused)."""
    if way.encoding != "cp1252" or content.isascii():
        return True
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


@given(records=st.lists(notes, max_size=8, unique_by=lambda note: note.note_number), way=ways)
@settings(max_examples=200, deadline=None)
def test_any_records_written_in_any_layout_come_back_equal(records: list[Note], way: Written) -> None:
    content = written(records, way)
    assume(is_told_apart(content, way))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "notes.csv"
        path.write_bytes(content)
        layout = layout_with("notes", encoding=way.encoding, delimiter=way.delimiter, quote=way.quote)
        source = CsvFile(path, layout, Note, delivered_on=DELIVERED_ON)
        rows = source_rows(source)
        assert [source.parse(row) for row in rows] == records
        assert [row.key for row in rows] == [note.note_number for note in records]
        assert source.count() == len(records)


@given(
    promised_for=st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    cents=st.integers(1, 10**14),
    text_format=st.sampled_from(sorted(DATE_FORMATS)),
    money=st.sampled_from([(".", ""), (".", ","), (",", "."), (",", " "), (".", "'")]),
)
@settings(max_examples=100, deadline=None)
def test_dates_and_money_in_any_format_come_back_equal(
    promised_for: date, cents: int, text_format: str, money: tuple[str, str]
) -> None:
    mark, thousands = money
    amount = Decimal(cents).scaleb(-2)
    shown = f"{amount:,.2f}".translate({ord(","): thousands, ord("."): mark})
    day = promised_for.strftime(DATE_FORMATS[text_format])
    values: dict[str, Any] = {"PROMISED_FOR_DT": day, "TAKEN_DT": day, "AMOUNT": shown, "CHANNEL": "PH"}
    values |= {"ACCT_NO": "LW00000001", "UPDATED_TS": "2026-03-02T05:00:00Z", "TAKEN_BY": ""}
    layout = layout_with(
        "promises", delimiter="|", dates=[text_format], money={"decimal_mark": mark, "thousands_mark": thousands}
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "promises.csv"
        path.write_text("|".join(values) + "\n" + "|".join(values.values()) + "\n", encoding="utf-8")
        source = CsvFile(path, layout, Promise, delivered_on=DELIVERED_ON)
        (promise,) = (source.parse(row) for row in source_rows(source))
    assert (promise.promised_for, promise.taken_on, promise.amount) == (promised_for, promised_for, amount)


@pytest.mark.parametrize("block", [16, 61, 200, 1 << 20])
def test_rows_are_the_same_however_the_file_falls_into_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(rawlines, "BLOCK_BYTES", block)
    monkeypatch.setattr(csvfile, "BATCH_ROWS", 7)
    path = tmp_path / "notes.csv"
    texts = [f'a "{number}",\r\n\r\nb\n' * (number % 3) for number in range(40)]
    at = "2026-03-01T15:00:00Z"
    rows = [[f"N{number}", "LW1", at, "jo", "PH", text, at] for number, text in enumerate(texts)]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerow(COLUMNS.values())
        csv.writer(file).writerows(rows)
        file.write("\r\n\n\r\n")
    source = CsvFile(path, layout_with("notes"), Note, delivered_on=DELIVERED_ON)
    assert [source.parse(row).text for row in source_rows(source)] == [text.strip() for text in texts]
    batches = list(source.batches())
    assert [batch.first_number for batch in batches] == [1, 8, 15, 22, 29, 36]
    assert all(len(before.raws) == 7 for before, _ in pairwise(batches))


def test_a_row_may_hold_a_quote_that_encloses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    good = 'N1,LW1,2026-03-01T15:00:00Z,jo,PH,he is 6" tall,2026-03-02T05:00:00Z\r\n'
    path.write_text(",".join(COLUMNS.values()) + "\r\n" + good + good.replace("N1", "N2"), encoding="utf-8", newline="")
    source = CsvFile(path, layout_with("notes"), Note, delivered_on=DELIVERED_ON)
    assert [source.parse(row).text for row in source_rows(source)] == ['he is 6" tall'] * 2


def test_a_bare_carriage_return_is_text(tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    row = "N1,LW1,2026-03-01T15:00:00Z,jo,PH,a\rb,2026-03-02T05:00:00Z"
    path.write_text("\n".join([",".join(COLUMNS.values()), row, ""]), encoding="utf-8", newline="")
    source = CsvFile(path, layout_with("notes"), Note, delivered_on=DELIVERED_ON)
    assert [source.parse(row).text for row in source_rows(source)] == ["a\rb"]


def test_a_row_that_does_not_end_stops_instead_of_filling_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rawlines, "BLOCK_BYTES", 1000)
    monkeypatch.setattr(rawlines, "MAX_ROW_BYTES", 5000)
    path = tmp_path / "notes.csv"
    path.write_text(",".join(COLUMNS.values()) + '\nN1,"' + "x\n" * 100_000, encoding="utf-8")
    source = CsvFile(path, layout_with("notes"), Note, delivered_on=DELIVERED_ON)
    with pytest.raises(StopRun, match="line 2 does not end within a megabyte"):
        list(source.batches())
