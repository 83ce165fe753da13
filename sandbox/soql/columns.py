"""What stands behind an operand of a query: a field, a function of one or an aggregate, with its type and its SQL."""

from __future__ import annotations

from dataclasses import dataclass

from drawbar.sandbox.schema import Field, FieldType
from drawbar.sandbox.soql.sql import Sql

NUMBERS: frozenset[FieldType] = frozenset({"int", "double", "currency", "percent"})
IDS: frozenset[FieldType] = frozenset({"id", "reference"})
DATES: frozenset[FieldType] = frozenset({"date", "datetime"})
COMPOUNDS: frozenset[FieldType] = frozenset({"address", "location"})
UNFILTERABLE: frozenset[FieldType] = COMPOUNDS | {"base64", "encryptedstring"}
UNSORTABLE: frozenset[FieldType] = UNFILTERABLE | {"multipicklist"}
UNGROUPABLE: frozenset[FieldType] = UNSORTABLE | {"datetime", "double", "currency", "percent", "textarea"}
UNCOUNTABLE: frozenset[FieldType] = UNSORTABLE | {"boolean", "textarea"}
OTHERS: frozenset[FieldType] = NUMBERS | DATES | COMPOUNDS | {"boolean", "time"}
WIRE_TYPES: dict[FieldType, str] = {
    "int": "int",
    "double": "double",
    "currency": "double",
    "percent": "double",
    "boolean": "boolean",
    "date": "date",
    "datetime": "dateTime",
    "time": "time",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A typed SQL expression; `entity` is the object of the field, `aggregated` tells that it stands for a group."""

    field: Field
    sql: Sql
    entity: str = ""
    aggregated: bool = False

    @property
    def targets(self) -> frozenset[str] | None:
        """The objects, in lower case, whose ids the column holds; None when it holds no ids."""
        if self.field.type == "id":
            return frozenset({self.entity.lower()})
        return frozenset(map(str.lower, self.field.reference_to)) if self.field.type == "reference" else None

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def is_text(self) -> bool:
        return self.field.type not in OTHERS

    @property
    def wire_type(self) -> str:
        """The type as messages name it."""
        return WIRE_TYPES.get(self.field.type, "string")

    @property
    def comparable(self) -> Sql:
        """The expression with the case rule of its type: ids and case-sensitive fields count case, other text does not.

        The same words stand in the indexes of the store, so that an index serves the comparison.
        """
        if not self.is_text or self.field.type in IDS or self.field.case_sensitive:
            return self.sql
        return self.sql + " COLLATE NOCASE"


def filterable(field: Field) -> bool:
    return _allowed(field, "filterable", UNFILTERABLE)


def sortable(field: Field) -> bool:
    return _allowed(field, "sortable", UNSORTABLE)


def groupable(field: Field) -> bool:
    return _allowed(field, "groupable", UNGROUPABLE)


def countable(field: Field) -> bool:
    return _allowed(field, "aggregatable", UNCOUNTABLE)


def _allowed(field: Field, property_name: str, refused: frozenset[FieldType]) -> bool:
    recorded = field.recorded.get(property_name)
    if isinstance(recorded, bool):
        return recorded
    return not field.long_text and field.type not in refused
