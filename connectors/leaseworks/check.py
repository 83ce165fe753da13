"""What would be understood of a file, and what not: the answer of `drawbar leaseworks check`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from drawbar.connectors.leaseworks.header import check_encoding, column_names, refuse_duplicates
from drawbar.connectors.leaseworks.layout import EntityLayout
from drawbar.connectors.leaseworks.pgp import plain_name
from drawbar.connectors.leaseworks.suggestions import (
    as_toml,
    guess_columns,
    guess_dates,
    guess_delimiter,
    guess_encoding,
    guess_json_lines,
)
from drawbar.connectors.leaseworks.trial import Trial
from drawbar.middleware.errors import NotThere, StopRun


@dataclass(frozen=True, slots=True)
class BoundColumn:
    """One of our fields and the column that feeds it; `guessed` when only its name is like ours."""

    field: str
    column: str
    guessed: bool


@dataclass(frozen=True, slots=True)
class ProblemCount:
    """How many rows have the same problem, with the first of them."""

    code: str
    field: str
    column: str
    rows: int
    first_row: int
    example: str


@dataclass(frozen=True, slots=True)
class FileReport:
    """What a layout makes of a file; rows are counted as understood when every bound field is."""

    file: str
    entity: str
    encoding: str
    layout_encoding: str
    delimiter: str
    layout_delimiter: str
    json_lines: bool
    layout_json_lines: bool
    bound: tuple[BoundColumn, ...]
    missing: tuple[BoundColumn, ...]
    unused: tuple[str, ...]
    rows: int
    understood: int
    problems: tuple[ProblemCount, ...]
    unknown_codes: Mapping[str, Mapping[str, int]]
    sample: tuple[Mapping[str, str], ...]
    suggestion: str

    @property
    def readable(self) -> bool:
        """Whether a run would take every row of the file as it is."""
        guessed = any(column.guessed for column in self.bound)
        found = (self.encoding, self.delimiter, self.json_lines)
        as_set = found == (self.layout_encoding, self.layout_delimiter, self.layout_json_lines)
        return as_set and not guessed and not self.missing and self.understood == self.rows

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "readable": self.readable}


def check_file(path: Path, layouts: Mapping[str, EntityLayout], entity: str | None, today: date) -> FileReport:
    """Read a whole file as a run would and report; `entity` None means to tell it by the file's name, then its columns.

    Raises NotThere when the entity cannot be told, StopRun when the file has no header or cannot be cut into rows.
    """
    encoding = guess_encoding(path)
    known = entity or _entity_by_name(path, layouts) or _entity_by_columns(path, layouts, encoding)
    layout = layouts[known]
    working = _working(path, layout, encoding)
    names = column_names(path, working)
    refuse_duplicates(path, names)
    guesses = guess_columns(*_unbound(layout, names))
    working = working.model_copy(update={"columns": {**working.columns, **guesses}})
    return _report(path, layout, working, names, guesses, Trial(path, working, names, today))


def _entity_by_name(path: Path, layouts: Mapping[str, EntityLayout]) -> str | None:
    return next((entity for entity, layout in layouts.items() if layout.file == plain_name(path.name)), None)


def _entity_by_columns(path: Path, layouts: Mapping[str, EntityLayout], encoding: str) -> str:
    scores = {}
    for entity, layout in layouts.items():
        lacking, unused = _unbound(layout, column_names(path, _working(path, layout, encoding)))
        found = len(layout.columns) - len(lacking) + len(guess_columns(lacking, unused))
        scores[entity] = found / len(layout.columns)
    best = max(scores, key=lambda entity: scores[entity])
    if scores[best] < 0.5:  # noqa: PLR2004  (fewer than half of the columns is no evidence)
        raise NotThere(
            f"{path.name} has neither the name nor the columns of an entity.",
            remedy=f"Say which it is with --entity: {', '.join(layouts)}.",
        )
    return best


def _unbound(layout: EntityLayout, names: list[str]) -> tuple[dict[str, str], list[str]]:
    """The fields whose column a file lacks, and the file's columns that feed no field."""
    lacking = {ours: column for ours, column in layout.columns.items() if column not in names}
    return lacking, [name for name in names if name and name not in layout.columns.values()]


def _working(path: Path, layout: EntityLayout, encoding: str) -> EntityLayout:
    """The layout with the encoding and delimiter that the file really seems to have."""
    layout = layout.model_copy(update={"encoding": encoding}) if _is_foreign(path, layout, encoding) else layout
    if not layout.fixed_width and not layout.header:
        layout = layout.model_copy(update={"json_lines": guess_json_lines(path, layout.encoding)})
    if not layout.has_header_line:
        return layout
    one_column = layout.model_copy(update={"delimiter": "\x1f", "quote": ""})
    delimiter = guess_delimiter(column_names(path, one_column)[0], layout.delimiter)
    return layout.model_copy(update={"delimiter": delimiter})


def _is_foreign(path: Path, layout: EntityLayout, encoding: str) -> bool:
    try:
        check_encoding(path, layout)
    except StopRun:
        return True
    return layout.encoding in {"utf-8", "utf-8-sig"} and encoding != "utf-8"


def _report(
    path: Path,
    layout: EntityLayout,
    working: EntityLayout,
    names: list[str],
    guesses: Mapping[str, str],
    trial: Trial,
) -> FileReport:
    bound = [BoundColumn(ours, column, ours in guesses) for ours, column in working.columns.items() if column in names]
    missing = [
        BoundColumn(ours, column, guessed=False) for ours, column in working.columns.items() if column not in names
    ]
    problems = [
        ProblemCount(code, ours, problem.column, trial.counts[code, ours], row, problem.message)
        for (code, ours), (row, problem) in trial.first.items()
    ]
    return FileReport(
        file=path.name,
        entity=layout.entity,
        encoding=working.encoding,
        layout_encoding=layout.encoding,
        delimiter=working.delimiter,
        layout_delimiter=layout.delimiter,
        json_lines=working.json_lines,
        layout_json_lines=layout.json_lines,
        bound=tuple(bound),
        missing=tuple(missing),
        unused=tuple(name for name in names if name not in working.columns.values()),
        rows=trial.rows,
        understood=trial.understood,
        problems=tuple(sorted(problems, key=lambda problem: -problem.rows)),
        unknown_codes={name: dict(codes) for name, codes in trial.codes.items()},
        sample=tuple(trial.sample),
        suggestion=as_toml(
            layout, _changes(layout, working, trial), guesses, [column.field for column in missing], trial.codes
        ),
    )


def _changes(layout: EntityLayout, working: EntityLayout, trial: Trial) -> dict[str, str | list[str] | bool]:
    changes: dict[str, str | list[str] | bool] = {
        name: getattr(working, name)
        for name in ("encoding", "delimiter", "json_lines")
        if getattr(working, name) != getattr(layout, name)
    }
    found = guess_dates(trial.strange_dates)
    return changes | ({"dates": [found, *layout.dates]} if found and found not in layout.dates else {})
