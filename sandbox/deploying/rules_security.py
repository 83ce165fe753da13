"""What an org refuses in permission sets and their groups although the form is right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from drawbar.sandbox.deploying.component import Component, Problem
from drawbar.sandbox.deploying.estate import Estate
from drawbar.sandbox.metadata import Element

NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "allowCreate": ("allowRead",),
    "allowEdit": ("allowRead",),
    "allowDelete": ("allowRead", "allowEdit"),
    "viewAllRecords": ("allowRead",),
    "modifyAllRecords": ("allowRead", "allowEdit", "allowDelete", "viewAllRecords"),
}
COMPOUND: Final = frozenset({"BillingAddress", "ShippingAddress", "MailingAddress", "OtherAddress"})
ALWAYS_VISIBLE: Final = frozenset(
    {"Account.Name", "Account.OwnerId", "Case.CaseNumber", "Case.OwnerId", "Case.Status", "Contact.LastName"}
)
GRANTS: Final = (
    ("applicationVisibilities", "application", "CustomApplication"),
    ("customPermissions", "name", "CustomPermission"),
    ("recordTypeVisibilities", "recordType", "RecordType"),
    ("tabSettings", "tab", "CustomTab"),
)


def field_permissions(component: Component, estate: Estate) -> Iterator[Problem]:
    """Permissions name fields that exist and may be hidden; what is worked out cannot be edited."""
    for each in component.element.children("fieldPermissions"):
        reason = _refusal(estate, each)
        if reason:
            yield component.problem(reason, each)


def _refusal(estate: Estate, permission: Element) -> str:
    name = permission.text("field")
    owner, _, field_name = name.partition(".")
    if name in ALWAYS_VISIBLE:
        return f"You cannot deploy to a required field: {name}"
    if field_name not in COMPOUND and not estate.has_field(owner, field_name):
        return f"In field: field - no CustomField named {name} found"
    field = estate.field(owner, field_name)
    if field is None:
        return ""
    element = field.element
    if element.flag("required") or element.text("type") == "MasterDetail":
        return f"You cannot deploy to a required field: {name}"
    if permission.flag("editable") and (element.text("formula") or element.text("type") == "AutoNumber"):
        return f"Field {name} is not editable"
    return ""


def object_permissions(component: Component, estate: Estate) -> Iterator[Problem]:
    """Rights stand on the rights that they need, at the object and at its masters."""
    rights = {each.text("object"): each for each in component.element.children("objectPermissions")}
    for name, element in rights.items():
        if not estate.has_object(name):
            yield component.problem(f"In field: object - no CustomObject named {name} found", element)
        for right, needed in NEEDS.items():
            missing = [each for each in needed if not element.flag(each)]
            if element.flag(right) and missing:
                text = f"Permission {right} {name} depends on permission(s): {', '.join(missing)} {name}"
                yield component.problem(text, element)
        for field in estate.parts("CustomField", name):
            master = field.element.text("referenceTo")
            if field.element.text("type") != "MasterDetail" or not element.flag("allowRead"):
                continue
            if master not in rights or not rights[master].flag("allowRead"):
                text = f"Permission allowRead {name} depends on permission(s): allowRead {master}"
                yield component.problem(text, element)


def grants(component: Component, estate: Estate) -> Iterator[Problem]:
    """Apps, tabs, record types and custom permissions that are granted exist."""
    for kind, name, wanted in GRANTS:
        for each in component.element.children(kind):
            named = each.text(name)
            if not named.startswith("standard-") and not estate.has(wanted, named):
                yield component.problem(f"In field: {name} - no {wanted} named {named} found", each)


def group(component: Component, estate: Estate) -> Iterator[Problem]:
    """A group is made of permission sets that exist."""
    for each in component.element.children("permissionSets"):
        if not estate.has("PermissionSet", each.own_text):
            text = f"In field: permissionSets - no PermissionSet named {each.own_text} found"
            yield component.problem(text, each)
