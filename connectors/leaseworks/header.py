"""Judges a file by its beginning and end before any row is read: encoding, header, columns, whether it is whole."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from drawbar.connectors.leaseworks.cells import cells_of, row_encoding
from drawbar.connectors.leaseworks.formats import Unreadable
from drawbar.connectors.leaseworks.jsonlines import members_of
from drawbar.connectors.leaseworks.layout import EntityLayout, field_kinds
from drawbar.connectors.leaseworks.rawlines import RawLines, contains_ascii
from drawbar.middleware.errors import StopRun

_PEEK_BYTES = 1 << 20
_TAIL_BYTES = 1 << 16
_LOOKED_AT = 5_000
"""Lines of JSON whose members are taken for the columns of the file."""

_NOT_ASCII = re.compile(rb"[\x80-\xff]+")
_FOREIGN_MARKS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class Header:
    """Where each column of a file stands, how many there are, and what is odd about the file."""

    positions: dict[str, int]
    columns: int
    notices: tuple[str, ...]


def read_header(path: Path, layout: EntityLayout) -> Header:
    """Read and judge a file's header; raise StopRun that names what is wrong and how to bind it."""
    check_encoding(path, layout)
    names = column_names(path, layout)
    refuse_duplicates(path, names)
    _refuse_missing(path, names, layout)
    _refuse_cut_off(path, len(names), layout)
    cells = layout.members if layout.json_lines else names
    positions = {name: position for position, name in enumerate(cells)}
    return Header(positions, len(cells), tuple(_notices(path, names, layout)))


def raw_lines(path: Path, layout: EntityLayout) -> RawLines:
    """The raw rows of a file, what stands before the first record included."""
    return RawLines(path, encoding=layout.encoding, delimiter=layout.delimiter, quote=layout.line_quote)


def column_names(path: Path, layout: EntityLayout) -> list[str]:
    """The names of a file's columns; raise StopRun when it has none. Of JSON lines, what the first thousands name."""
    if layout.fixed_width or layout.header:
        return [*layout.fixed_width] or [*layout.header]
    first = next((rows for rows in raw_lines(path, layout) if rows), [])
    if layout.json_lines:
        return _member_names(first[layout.skip_lines : layout.skip_lines + _LOOKED_AT], row_encoding(layout))
    if len(first) <= layout.skip_lines:
        raise StopRun("is empty: it has no header line.", record=path.name, remedy="Ask for the file again.")
    try:
        text = first[layout.skip_lines].decode(row_encoding(layout))
        return [name.strip() for name in cells_of(layout).split(text)]
    except (UnicodeDecodeError, Unreadable) as error:
        raise StopRun(
            f"its header line is not readable as {layout.encoding} ({error}).",
            record=path.name,
            remedy=f"Set encoding or quote under {layout.place}.",
        ) from None


def _member_names(rows: Sequence[bytes], encoding: str) -> list[str]:
    names: dict[str, None] = {}
    for row in rows:
        with suppress(Unreadable, UnicodeDecodeError):  # the row is refused with the reason when its turn comes
            names |= dict.fromkeys(members_of(row.decode(encoding)))
    return [*names]


def check_encoding(path: Path, layout: EntityLayout) -> None:
    """Raise StopRun when the file's first megabyte plainly has another encoding than the layout says."""
    with path.open("rb") as file:
        start = file.read(_PEEK_BYTES)
    found = _foreign_encoding(start, layout.encoding)
    if found:
        raise StopRun(
            f"looks like {found}, but the layout says {layout.encoding}.",
            record=path.name,
            remedy=f'Set encoding = "{found}" under {layout.place} if that is what LeaseWorks writes.',
        )


def _foreign_encoding(start: bytes, encoding: str) -> str:
    if not contains_ascii(encoding):
        return ""
    for mark, name in _FOREIGN_MARKS:
        if start.startswith(mark):
            return name
    if b"\0" in start[:200]:
        return "utf-16-be" if start.startswith(b"\0") else "utf-16-le"
    if encoding in {"utf-8", "utf-8-sig"} or not _is_single_byte(encoding):
        return ""
    return "utf-8" if start.startswith(codecs.BOM_UTF8) or _only_utf8(start) else ""


def _is_single_byte(encoding: str) -> bool:
    return len("é".encode(encoding, "ignore")) <= 1


def _only_utf8(start: bytes) -> bool:
    """Whether there is text beyond ASCII and all of it is UTF-8, which other encodings almost never produce."""
    runs = _NOT_ASCII.findall(start.rpartition(b"\n")[0] or start)
    try:
        return bool(runs) and all(run.decode("utf-8") for run in runs)
    except UnicodeDecodeError:
        return False


def refuse_duplicates(path: Path, names: Sequence[str]) -> None:
    """Raise StopRun when a column name stands twice."""
    twice = [name for name, count in Counter(names).items() if name and count > 1]
    if twice:
        raise StopRun(
            f"has more than one column {', '.join(twice)}, so it is not known which one counts.",
            record=path.name,
            remedy="Ask LeaseWorks to rename one of them.",
        )


def _refuse_missing(path: Path, names: Sequence[str], layout: EntityLayout) -> None:
    missing = {field: column for field, column in layout.columns.items() if column not in names}
    if layout.json_lines:  # which may leave out what is null; a file without records lacks nothing
        kinds = field_kinds(layout.model)
        missing = {field: column for field, column in missing.items() if names and not kinds[field][1]}
    if not missing:
        return
    unused = [name for name in names if name and name not in layout.columns.values()]
    field, column = next(iter(missing.items()))
    near = get_close_matches(column, unused, n=1)
    raise StopRun(
        f"has no column {', '.join(f'{column} (our {field})' for field, column in missing.items())}.",
        record=path.name,
        remedy=(
            f'Under [leaseworks.layout.{layout.entity}.columns] set {field} = "{near[0] if near else "THEIR_COLUMN"}"'
            f" if it has another name now, or under [leaseworks.layout.{layout.entity}.constants] {field} ="
            f' "…" if they have none. `drawbar leaseworks check {path.name}` shows all columns.'
        ),
    )


def _refuse_cut_off(path: Path, columns: int, layout: EntityLayout) -> None:
    last = _line_without_end(path)
    if layout.fixed_width or not contains_ascii(layout.encoding) or not last:
        return
    text = last.decode(row_encoding(layout), "replace")
    if layout.json_lines:
        if not text.rstrip().endswith("}"):
            raise StopRun(
                "is cut off: its last line is no whole object.", record=path.name, remedy="Ask for the file again."
            )
        return
    if layout.quote and layout.quote in text:
        return  # only reading from the start tells where its row begins: RawLines refuses it there
    found = len(text.split(layout.delimiter))
    if found < columns:
        raise StopRun(
            f"is cut off: its last line has {found} of {columns} columns and no line end.",
            record=path.name,
            remedy="Ask for the file again.",
        )


def _line_without_end(path: Path) -> bytes:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _TAIL_BYTES))
        return file.read().rpartition(b"\n")[2]


def _notices(path: Path, names: Sequence[str], layout: EntityLayout) -> list[str]:
    notices = []
    extra = [name or f"(column {number})" for number, name in enumerate(names, 1) if not _used(name, layout)]
    if extra and not layout.fixed_width:
        notices.append(f"{path.name} has columns that the layout does not use: {', '.join(extra)}.")
    if contains_ascii(layout.encoding) and _line_without_end(path):
        notices.append(f"{path.name} ends without a line end; its last row is complete.")
    return notices


def _used(name: str, layout: EntityLayout) -> bool:
    return name in layout.columns.values()
