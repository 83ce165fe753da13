"""Fields of a record that show a field of its parent: SQL expressions over its row, which is called `it`.

Formula fields are not here: a query works them out itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from drawbar.sandbox.schema import SObject


@dataclass(frozen=True, slots=True)
class ParentColumn:
    """A field that shows a column of the parent whose Id is in `lookup`."""

    lookup: str
    parent: str
    column: str

    @property
    def sql(self) -> str:
        """The SQL expression of the field."""
        return f'(SELECT p."{self.column}" FROM "{self.parent}" AS p WHERE p."Id" = "it"."{self.lookup}")'  # noqa: S608 - the constants below


CONTACT_OF_CASE: Mapping[str, ParentColumn] = {
    "ContactPhone": ParentColumn("ContactId", "Contact", "Phone"),
    "ContactMobile": ParentColumn("ContactId", "Contact", "MobilePhone"),
    "ContactEmail": ParentColumn("ContactId", "Contact", "Email"),
    "ContactFax": ParentColumn("ContactId", "Contact", "Fax"),
}


def computed_columns(sobject: SObject) -> Mapping[str, ParentColumn]:
    """Give the fields of an object that show a field of its parent, by name."""
    return CONTACT_OF_CASE if sobject.name == "Case" else {}
