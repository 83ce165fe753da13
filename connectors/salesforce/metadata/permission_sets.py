"""Permission sets: who may see and change what; without one, a deployed field is invisible to everyone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drawbar.connectors.salesforce.fields import Field, Formula, MasterDetail
from drawbar.connectors.salesforce.metadata.fields import Children
from drawbar.connectors.salesforce.metadata.markup import Node
from drawbar.connectors.salesforce.records.account import ACCOUNT
from drawbar.connectors.salesforce.records.catalogue import OBJECTS, object_fields
from drawbar.connectors.salesforce.records.sobject import SObject


@dataclass(frozen=True, slots=True)
class PermissionSet:
    """A permission set: its words, its rights on each object, which fields it may change, and rights of the user."""

    name: str
    label: str
    description: str
    object_rights: Callable[[SObject], frozenset[str]]
    may_edit: Callable[[Field], bool]
    apps: tuple[str, ...] = ()
    user_permissions: tuple[str, ...] = ()


RIGHTS = ("allowCreate", "allowDelete", "allowEdit", "allowRead", "modifyAllRecords", "viewAllRecords")


def _all_rights(_: SObject) -> frozenset[str]:
    return frozenset(RIGHTS)


def _collector_rights(sobject: SObject) -> frozenset[str]:
    """A collector changes records only where some field is people's own, and creates those that people make."""
    own = any(_people_change(field) for field in object_fields(sobject.api_name))
    rights = {"allowRead", "allowEdit"} if own else {"allowRead"}
    return frozenset(rights | ({"allowCreate"} if sobject.made_by_people else set()))


def _approver_rights(sobject: SObject) -> frozenset[str]:
    decides = any(field.approval for field in object_fields(sobject.api_name))
    return frozenset({"allowRead", "allowEdit"} if decides else {"allowRead"})


def _people_change(field: Field) -> bool:
    if isinstance(field, Formula) or field.approval:
        return False
    return field.owner == "Salesforce" or field.sending == "on change"


PERMISSION_SETS: tuple[PermissionSet, ...] = (
    PermissionSet(
        name="Drawbar_Collector",
        label="Drawbar Collector",
        description="For people who collect: sees all that Drawbar brings, changes what belongs to Salesforce.",
        object_rights=_collector_rights,
        may_edit=_people_change,
        apps=("Drawbar_Collections",),
    ),
    PermissionSet(
        name="Drawbar_Approver",
        label="Drawbar Approver",
        description="For people who approve work orders and sign off reviews, beside Drawbar Collector.",
        object_rights=_approver_rights,
        may_edit=lambda field: field.approval,
    ),
    PermissionSet(
        name="Drawbar_Integration",
        label="Drawbar Integration",
        description="For the hub's own user alone: writes every synced record, whoever owns it.",
        object_rights=_all_rights,
        may_edit=lambda field: not isinstance(field, Formula),
        user_permissions=("ApiEnabled",),
    ),
)


def has_field_security(field: Field) -> bool:
    """Say whether a permission set may name the field: Salesforce refuses it for required and master-detail fields."""
    return not (field.required or isinstance(field, MasterDetail) or field.api_name == "Name")


def permission_set(permissions: PermissionSet) -> Node:
    """Give the permission set with rights on every object, field, record type and tab.

    Contact comes with Account: Salesforce ties the two rights together where person accounts are used.
    """
    children: Children = [
        ("label", permissions.label),
        ("description", permissions.description),
        ("hasActivationRequired", False),
    ]
    for sobject in sorted(OBJECTS, key=lambda each: each.api_name):
        children += _on_object(permissions, sobject)
    children.append(_object_permissions("Contact", permissions.object_rights(ACCOUNT)))
    for name in permissions.apps:
        shown: Children = [("application", name), ("visible", True)]
        children.append(("applicationVisibilities", Node("applicationVisibilities", shown)))
    for name in permissions.user_permissions:
        children.append(("userPermissions", Node("userPermissions", [("enabled", True), ("name", name)])))
    return Node("PermissionSet", children)


def _on_object(permissions: PermissionSet, sobject: SObject) -> Children:
    name = sobject.api_name
    children: Children = [_object_permissions(name, permissions.object_rights(sobject))]
    children += _on_fields(permissions, name)
    for record_type in sobject.record_types:
        seen: Children = [("recordType", f"{name}.{record_type.name}"), ("visible", True)]
        children.append(("recordTypeVisibilities", Node("recordTypeVisibilities", seen)))
    if sobject.tab_icon:
        tab: Children = [("tab", name), ("visibility", "Visible")]
        children.append(("tabSettings", Node("tabSettings", tab)))
    return children


def _object_permissions(name: str, granted: frozenset[str]) -> tuple[str, Node]:
    rights: Children = [(right, right in granted) for right in RIGHTS]
    return "objectPermissions", Node("objectPermissions", [("object", name), *rights])


def _on_fields(permissions: PermissionSet, object_name: str) -> Children:
    editable: dict[str, bool] = {}
    for field in object_fields(object_name):
        if has_field_security(field):
            secured = field.secured_as or field.api_name
            editable[secured] = editable.get(secured, False) or permissions.may_edit(field)
    return [
        (
            "fieldPermissions",
            Node("fieldPermissions", [("field", f"{object_name}.{name}"), ("editable", may), ("readable", True)]),
        )
        for name, may in sorted(editable.items())
    ]
