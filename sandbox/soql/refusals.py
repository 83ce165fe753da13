"""The refusals of a query in a real org's words, with the excerpt, the caret and the position it prints."""

from __future__ import annotations

from drawbar.sandbox.errors import SalesforceError

EXCERPT_REACH = 30
"""Characters shown on each side of an error, widened to whole words (read off recorded errors of real orgs)."""

APPEND_C = "be sure to append the '__c' after the"
APPEND_R = (
    "If you are attempting to use a custom relationship, "
    "be sure to append the '__r' after the custom relationship name."
)
SEE_WSDL = "Please reference your WSDL or the describe call for the appropriate names."


class QueryRefusals:
    """Makes the errors of one query text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def at(self, position: int, code: str, message: str) -> SalesforceError:
        """Make an error that points at the character at `position`; the end of the text is a position too."""
        row = self._text.count("\n", 0, position) + 1
        start = self._text.rfind("\n", 0, position) + 1
        line = self._text[start:].split("\n", 1)[0]
        excerpt = _excerpt(line, position - start)
        return SalesforceError(code, f"\n{excerpt}\nERROR at Row:{row}:Column:{position - start + 1}\n{message}")

    def malformed(self, position: int, message: str) -> SalesforceError:
        return self.at(position, "MALFORMED_QUERY", message)

    def unexpected(self, position: int, token: str) -> SalesforceError:
        return self.malformed(position, f"unexpected token: '{token}'")

    def invalid_field(self, position: int, message: str) -> SalesforceError:
        return self.at(position, "INVALID_FIELD", message)

    def no_column(self, position: int, column: str, entity: str) -> SalesforceError:
        """The object has no such field."""
        hint = f"If you are attempting to use a custom field, {APPEND_C} custom field name."
        return self.invalid_field(position, f"No such column '{column}' on entity '{entity}'. {hint} {SEE_WSDL}")

    def no_relationship(self, position: int, name: str) -> SalesforceError:
        """The object has no such lookup."""
        message = f"Didn't understand relationship '{name}' in field path. {APPEND_R} {SEE_WSDL}"
        return self.invalid_field(position, message)

    def no_child_relationship(self, position: int, name: str) -> SalesforceError:
        """No lookup of another object points here under this name."""
        message = f"Didn't understand relationship '{name}' in FROM part of query call. {APPEND_R} {SEE_WSDL}"
        return self.at(position, "INVALID_TYPE", message)

    def no_object(self, position: int, name: str) -> SalesforceError:
        """The org has no such object."""
        hint = f"If you are attempting to use a custom object, {APPEND_C} entity name."
        return self.at(position, "INVALID_TYPE", f"sObject type '{name}' is not supported. {hint} {SEE_WSDL}")

    def operator(self, position: int, message: str) -> SalesforceError:
        return self.at(position, "INVALID_QUERY_FILTER_OPERATOR", message)


def _excerpt(line: str, column: int) -> str:
    start = max(0, column - EXCERPT_REACH)
    while start > 0 and _in_word(line[start - 1]):
        start -= 1
    end = min(len(line), column + EXCERPT_REACH)
    while end < len(line) and _in_word(line[end]):
        end += 1
    return f"{line[start:end]}\n{' ' * (column - start)}^"


def _in_word(character: str) -> bool:
    return character.isalnum() or character in "_."
