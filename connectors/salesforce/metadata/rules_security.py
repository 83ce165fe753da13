"""What Salesforce refuses in permission sets although the schema allows it."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from drawbar.connectors.salesforce.metadata.schema import Finding
from drawbar.connectors.salesforce.metadata.source import Package, SourceFile, text

NEEDS: dict[str, tuple[str, ...]] = {
    "allowCreate": ("allowRead",),
    "allowEdit": ("allowRead",),
    "allowDelete": ("allowRead", "allowEdit"),
    "viewAllRecords": ("allowRead",),
    "modifyAllRecords": ("allowRead", "allowEdit", "allowDelete", "viewAllRecords"),
}
"""Which rights on an object a right stands on."""

ALWAYS_VISIBLE = frozenset({"Account.Name", "Case.CaseNumber", "Case.OwnerId", "Case.Status", "Contact.LastName"})
"""Standard fields that no permission set may name."""


def field_security(package: Package) -> Iterator[Finding]:
    """Permissions name fields that exist, none that is required or master-detail; formulas cannot be edited."""
    for file in package.of("PermissionSet"):
        for element in file.all("fieldPermissions"):
            reason = _field_refusal(package, text(element, "field"), editable=text(element, "editable") == "true")
            if reason:
                yield file.finding(f"{text(element, 'field')} {reason}", element)


def _field_refusal(package: Package, name: str, *, editable: bool) -> str:
    object_name, _, field_name = name.partition(".")
    if not package.has_object(object_name):
        return f"is a field of {object_name}, which does not exist"
    if not field_name.endswith("__c"):
        return "takes no field permission" if name in ALWAYS_VISIBLE else ""
    field = package.fields.get(name)
    if field is None:
        return "does not exist"
    if field.text("required") == "true" or field.text("type") == "MasterDetail":
        return "is required or master-detail and takes no field permission"
    if editable and (field.text("formula") or field.text("type") == "AutoNumber"):
        return "is worked out by Salesforce and cannot be editable"
    return ""


def object_rights(package: Package) -> Iterator[Finding]:
    """Rights stand on the rights that they need, at the object itself and at its masters."""
    for file in package.of("PermissionSet"):
        rights = {text(element, "object"): element for element in file.all("objectPermissions")}
        for name, element in rights.items():
            if not package.has_object(name):
                yield file.finding(f"there is no object {name}", element)
            yield from _missing_rights(file, name, element)
            yield from _missing_masters(package, file, name, rights)


def _missing_rights(file: SourceFile, name: str, element: etree._Element) -> Iterator[Finding]:
    for right, needed in NEEDS.items():
        for other in needed:
            if text(element, right) == "true" and text(element, other) != "true":
                yield file.finding(f"{right} on {name} needs {other}", element)


def _missing_masters(
    package: Package, file: SourceFile, name: str, rights: dict[str, etree._Element]
) -> Iterator[Finding]:
    for field in package.fields_of(name):
        master = field.text("referenceTo")
        if field.text("type") != "MasterDetail":
            continue
        if master not in rights or text(rights[master], "allowRead") != "true":
            yield file.finding(f"reading {name} needs allowRead on its master {master}", rights[name])


def other_grants(package: Package) -> Iterator[Finding]:
    """Record types, tabs, apps and custom permissions that a permission set names exist."""
    known = {
        ("recordTypeVisibilities", "recordType"): package.names("RecordType"),
        ("tabSettings", "tab"): package.names("CustomTab"),
        ("applicationVisibilities", "application"): package.names("CustomApplication"),
        ("customPermissions", "name"): package.names("CustomPermission"),
    }
    for file in package.of("PermissionSet"):
        for (kind, name), existing in known.items():
            for element in file.all(kind):
                wanted = text(element, name)
                if wanted not in existing and not wanted.startswith("standard-"):
                    yield file.finding(f"{kind} names {wanted}, which does not exist", element)


def groups(package: Package) -> Iterator[Finding]:
    """A group is made of permission sets that exist."""
    known = package.names("PermissionSet")
    for file in package.of("PermissionSetGroup"):
        for element in file.all("permissionSets"):
            if element.text not in known:
                yield file.finding(f"there is no permission set {element.text}", element)


RULES = (field_security, object_rights, other_grants, groups)
