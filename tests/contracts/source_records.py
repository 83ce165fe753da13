"""Hypothesis strategies for valid source records, from the models' own limits."""

from __future__ import annotations

import types
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar, Union, get_args, get_origin

import annotated_types
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

Model = TypeVar("Model", bound=BaseModel)

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 1, 1)
KEY_CHARACTERS = "ABCXYZabcxyz0123456789-./ "

days = st.dates(FIRST_DAY, LAST_DAY)
instants = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def amounts(least: Decimal = Decimal(0)) -> st.SearchStrategy[Decimal]:
    return st.decimals(least, Decimal("999999999999.99"), places=2)


def valid(model: type[Model]) -> st.SearchStrategy[Model]:
    """Any record that the model takes, with keys as source systems write them."""
    fields = {name: _field(name, info) for name, info in model.model_fields.items()}
    return st.fixed_dictionaries(fields).map(model.model_validate)


def _field(name: str, info: FieldInfo) -> st.SearchStrategy[Any]:
    annotation = info.annotation
    if get_origin(annotation) in (Union, types.UnionType):
        inner = next(each for each in get_args(annotation) if each is not type(None))
        return st.none() | _value(name, _bare(inner), info)
    return _value(name, _bare(annotation), info)


def _bare(annotation: Any) -> Any:
    return get_args(annotation)[0] if hasattr(annotation, "__metadata__") else annotation


def _value(name: str, kind: Any, info: FieldInfo) -> st.SearchStrategy[Any]:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    if kind is str:
        return _text(name, int(_limit(info, annotated_types.MinLen) or 0), int(_limit(info, annotated_types.MaxLen)))
    if kind is int:
        return st.integers(int(_limit(info, annotated_types.Ge)), int(_limit(info, annotated_types.Le)))
    if kind is Decimal:
        return amounts(Decimal("0.01") if _limit(info, annotated_types.Gt) is not None else Decimal(0))
    return {date: days, datetime: instants}[kind]


def _text(name: str, least: int, most: int) -> st.SearchStrategy[str]:
    if name.endswith("_number"):
        keys = st.text(KEY_CHARACTERS, min_size=1, max_size=most)
        return keys.filter(lambda key: key.strip() == key != "")
    full = st.sampled_from(["x", "é", "\n"]).map(lambda character: f"a{character * (most - 2)}z" if most > 1 else "a")
    return (st.text(min_size=least, max_size=most) | full).filter(lambda text: len(text.strip()) >= least)


def _limit(info: FieldInfo, kind: type[Any]) -> Any:
    """The value of a limit (`MaxLen(max_length=20)` gives 20), None when the field has none such."""
    for mark in info.metadata:
        if isinstance(mark, kind):
            return next(iter(vars(mark).values())) if hasattr(mark, "__dict__") else getattr(mark, _SLOT[kind])
    return None


_SLOT = {
    annotated_types.MinLen: "min_length",
    annotated_types.MaxLen: "max_length",
    annotated_types.Ge: "ge",
    annotated_types.Gt: "gt",
    annotated_types.Le: "le",
}
