"""How an org differs from the package: what is missing or hidden, extra, or of another type, length or choice.

Compared is what a describe call tells; `file_comparison` compares pages, rules and all that only a retrieval shows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from drawbar.connectors.salesforce.describe import FieldDescription, ObjectDescription
from drawbar.connectors.salesforce.metadata.source import Package, SourceFile, children, text

Kind = Literal["missing", "different", "extra"]

DESCRIBED_AS: Final[Mapping[str, str]] = {
    "AutoNumber": "string",
    "Checkbox": "boolean",
    "Currency": "currency",
    "Date": "date",
    "DateTime": "datetime",
    "Email": "email",
    "LongTextArea": "textarea",
    "Lookup": "reference",
    "MasterDetail": "reference",
    "Number": "double",
    "Percent": "percent",
    "Phone": "phone",
    "Picklist": "picklist",
    "Text": "string",
    "TextArea": "textarea",
    "Url": "url",
}
"""Type of a field in the package → its type in a describe call."""

_SIZED: Final = frozenset({"Text", "LongTextArea"})
_NUMBERS: Final = frozenset({"Number", "Currency", "Percent"})
_NEVER_EMPTY: Final = frozenset({"Checkbox", "MasterDetail"})


@dataclass(frozen=True, slots=True)
class OrgDifference:
    """One difference: what it is about (`Case.Days_Past_Due__c`), and how package and org have it."""

    kind: Kind
    what: str
    detail: str


def compare(
    package: Package, org: Mapping[str, ObjectDescription], permission_sets: Collection[str]
) -> list[OrgDifference]:
    """Give every difference between the package and an org, by name; `permission_sets` are Drawbar's in the org."""
    found = [*compare_objects(package, org), *_permission_sets(package, permission_sets)]
    return sorted(found, key=lambda each: (each.what, each.detail))


def compare_objects(package: Package, org: Mapping[str, ObjectDescription]) -> list[OrgDifference]:
    """Give the differences in objects, fields and record types."""
    return [each for name in package.described for each in _object(package, name, org.get(name))]


def hidden_fields(package: Package, org: Mapping[str, ObjectDescription]) -> list[str]:
    """Give the fields of the package that the user who asked does not see, by name (`Case.Days_Past_Due__c`)."""
    return sorted(
        f"{name}.{field.name}"
        for name in package.described
        for field in package.fields_of(name)
        if name not in org or field.name not in org[name].fields
    )


def _object(package: Package, name: str, described: ObjectDescription | None) -> Iterator[OrgDifference]:
    if described is None:
        yield OrgDifference("missing", name, "the object is missing, or hidden from the user")
        return
    wanted = {each.name: each for each in package.fields_of(name)}
    for field_name, field in wanted.items():
        found = described.fields.get(field_name)
        if found is None:
            yield OrgDifference("missing", f"{name}.{field_name}", "the field is missing, or hidden from the user")
        else:
            for kind, detail in _field(field, found):
                yield OrgDifference(kind, f"{name}.{field_name}", detail)
    if name.endswith("__c"):
        for found in described.fields.values():
            if found.custom and found.name.endswith("__c") and found.name not in wanted:
                yield OrgDifference("extra", f"{name}.{found.name}", "the package has no such field")
    for file in package.of("RecordType"):
        if file.object == name and file.name not in described.record_types:
            yield OrgDifference("missing", f"{name}.{file.name}", "the record type is missing, or not the user's")


def _field(field: SourceFile, found: FieldDescription) -> Iterator[tuple[Kind, str]]:
    yield from (("different", detail) for detail in _shape(field, found))
    if not field.text("formula"):
        yield from _values(field, found)


def _shape(field: SourceFile, found: FieldDescription) -> Iterator[str]:
    kind, formula = field.text("type"), bool(field.text("formula"))
    type_name = DESCRIBED_AS.get(kind, kind)
    if found.type != type_name or found.calculated != formula:
        yield _said("type", _type(type_name, formula=formula), _type(found.type, formula=found.calculated))
        return
    if formula:
        return
    if kind in _SIZED and found.length != int(field.text("length")):
        yield _said("length", field.text("length"), found.length)
    if kind in _NUMBERS and (found.precision, found.scale) != (_whole(field, "precision"), _whole(field, "scale")):
        wanted = f"{field.text('precision')}, {field.text('scale')}"
        yield _said("precision and scale", wanted, f"{found.precision}, {found.scale}")
    required = field.text("required") == "true" or kind in _NEVER_EMPTY
    if required == found.nillable:
        yield _said("required", _word(required), _word(not found.nillable))
    for name, has in (("unique", found.unique), ("externalId", found.external_id)):
        if (field.text(name) == "true") != has:
            yield _said(name, _word(field.text(name) == "true"), _word(has))
    if type_name == "reference" and found.parents != (field.text("referenceTo"),):
        yield _said("parent", field.text("referenceTo"), ", ".join(found.parents))


def _values(field: SourceFile, found: FieldDescription) -> Iterator[tuple[Kind, str]]:
    wanted = [text(each, "fullName") for each in children(field.root, "valueSet/valueSetDefinition/value")]
    missing = [each for each in wanted if each not in found.values]
    extra = [each for each in found.values if wanted and each not in wanted]
    if missing:
        yield "different", f"the org lacks the values {', '.join(missing)}"
    if extra:
        yield "extra", f"the org has the values {', '.join(extra)} besides"


def _permission_sets(package: Package, present: Collection[str]) -> Iterator[OrgDifference]:
    wanted = package.names("PermissionSet") | package.names("PermissionSetGroup")
    for name in sorted(wanted - set(present)):
        yield OrgDifference("missing", name, "the permission set is missing")
    for name in sorted(set(present) - wanted):
        yield OrgDifference("extra", name, "the package has no such permission set")


def _whole(field: SourceFile, name: str) -> int:
    return int(field.text(name) or 0)


def _type(name: str, *, formula: bool) -> str:
    return f"{name} (formula)" if formula else name


def _word(value: bool) -> str:
    return "yes" if value else "no"


def _said(what: str, package: object, org: object) -> str:
    return f"{what}: the package has {package}, the org has {org}"


def summary(differences: Iterable[OrgDifference]) -> str:
    """Say in one line how many differences of each kind there are, and name the first of them."""
    listed = list(differences)
    shown = ", ".join(each.what for each in listed[:5])
    return f"{len(listed)} differences: {shown}{' and others' if len(listed) > 5 else ''}"  # noqa: PLR2004
