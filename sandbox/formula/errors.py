"""What is wrong with a formula."""

from __future__ import annotations


class FormulaError(ValueError):
    """A formula that cannot be read or worked out; `position` counts characters of its text from 0."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(f"{message} (at character {position + 1})")
        self.message = message
        self.position = position
