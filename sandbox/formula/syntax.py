"""What a formula says. Positions count characters of its text from 0."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import TypeAlias

Value: TypeAlias = str | bool | Decimal | date | datetime | time | None
"""What an expression is worth: text, a truth, a number, a day, an instant, a time of day, or blank."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, text, TRUE, FALSE or NULL in the formula itself."""

    value: Value
    position: int


@dataclass(frozen=True, slots=True)
class Reference:
    """A field (`Status__c`), one of a parent (`Account.Name`) or a global (`$User.Id`)."""

    name: str
    position: int

    @property
    def is_global(self) -> bool:
        return self.name.startswith("$")


@dataclass(frozen=True, slots=True)
class Operation:
    """Two operands and what is done with them; the operator is written as in the formula."""

    operator: str
    left: Expression
    right: Expression
    position: int


@dataclass(frozen=True, slots=True)
class Invocation:
    """A function and its arguments; the name is in upper case."""

    function: str
    arguments: tuple[Expression, ...]
    position: int


Expression: TypeAlias = Constant | Reference | Operation | Invocation
