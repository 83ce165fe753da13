"""LeaseWorks' answers to imports: which rows it took, and why it rejected others.

The layout is ours, as that of the import is: `file,row,key,status,reason`, one line per row of the import, and a last
line `END` with their number. One line with the file `*` rejects the import as a whole.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Final, Literal

from drawbar.middleware.errors import RecordRejected

Verdict = Literal["accepted", "rejected"]
WHOLE: Final = "*"
_HEADER: Final = ["file", "row", "key", "status", "reason"]
_VERDICTS: Final[dict[str, Verdict]] = {"ACCEPTED": "accepted", "REJECTED": "rejected"}


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """What LeaseWorks says of one row of an import, or of all (`file` is `*`)."""

    file: str
    key: str
    verdict: Verdict
    reason: str


def read_answer(name: str, content: bytes) -> list[RowAnswer] | None:
    """Understand the answer to an import; None while its END line is missing: it is still being written.

    Raises RecordRejected that names the line when it cannot be understood.
    """
    try:
        lines = [line for line in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True) if line]
    except (UnicodeDecodeError, csv.Error):
        raise _refusal(name, "is not CSV in UTF-8") from None
    if not lines or lines[-1][0] != "END":
        return None
    if lines[0] != _HEADER:
        raise _refusal(name, f"begins with {','.join(lines[0])!r}, not with {','.join(_HEADER)!r}")
    rows = lines[1:-1]
    if lines[-1][1:2] != [str(len(rows))]:
        raise _refusal(name, f"has {len(rows)} lines, but its END line says otherwise")
    return [_answer(name, number, line) for number, line in enumerate(rows, start=2)]


def _answer(name: str, number: int, line: list[str]) -> RowAnswer:
    if len(line) != len(_HEADER):
        raise _refusal(name, f"has {len(line)} cells in line {number}")
    file, _, key, status, reason = line
    if status not in _VERDICTS:
        raise _refusal(name, f"says {status!r} in line {number}, which is none of {', '.join(_VERDICTS)}", "status")
    return RowAnswer(file, key, _VERDICTS[status], reason or "LeaseWorks gives no reason")


def _refusal(name: str, reason: str, field: str = "") -> RecordRejected:
    return RecordRejected(
        reason, record=f"answer to {name}", field=field, code="ANSWER_NOT_UNDERSTOOD",
        remedy="Ask LeaseWorks for the answer again; it is read anew by the next run.",
    )  # fmt: skip
