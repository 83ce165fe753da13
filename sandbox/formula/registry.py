"""How a function of the formula language is declared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drawbar.sandbox.formula.coercion import Kind
from drawbar.sandbox.formula.syntax import Value


@dataclass(frozen=True, slots=True)
class Function:
    """A function whose arguments are all worked out first.

    `takes` names the kind of each argument; the last `optional` of them may be missing; with `repeats` the last one may
    come any number of times. A blank number, date, instant or time makes the result blank; blank text is empty text.
    """

    takes: tuple[Kind, ...]
    apply: Callable[..., Value]
    optional: int = 0
    repeats: bool = False

    @property
    def fewest(self) -> int:
        return len(self.takes) - self.optional

    @property
    def most(self) -> int | None:
        return None if self.repeats else len(self.takes)

    def kind(self, index: int) -> Kind:
        """The kind of the argument at `index`, from 0."""
        return self.takes[min(index, len(self.takes) - 1)]
