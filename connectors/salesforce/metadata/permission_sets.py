"""Permission sets: who may see and change what; without one, a deployed field is invisible to everyone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from drawbar.connectors.salesforce.fields import JOBS, Field, Formula, Job, Lookup, MasterDetail
from drawbar.connectors.salesforce.metadata.fields import Children
from drawbar.connectors.salesforce.metadata.markup import Node
from drawbar.connectors.salesforce.records.account import ACCOUNT
from drawbar.connectors.salesforce.records.catalogue import OBJECTS, object_fields
from drawbar.connectors.salesforce.records.sobject import SObject


@dataclass(frozen=True, slots=True)
class PermissionSet:
    """A permission set: its words, the job that it is for (None: the hub), tabs of pages, and rights of the user."""

    name: str
    label: str
    description: str
    job: Job | None
    approves: bool = False
    apps: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    user_permissions: tuple[str, ...] = ()
    custom_permissions: tuple[str, ...] = ()

    def object_rights(self, sobject: SObject) -> frozenset[str]:
        """Give the rights on an object; people change records only where some field is their own."""
        if self.job is None:
            return frozenset(RIGHTS)
        if self.approves:
            decides = any(each.approval for each in object_fields(sobject.api_name))
            return frozenset({"allowRead", "allowEdit"} if decides else ())
        if self.job not in sobject.audience:
            return frozenset()
        fields = object_fields(sobject.api_name)
        changes = self.job in sobject.editors and (sobject.logged or any(map(people_change, fields)))
        logs = sobject.logged and self.job in sobject.editors
        return frozenset({"allowRead", *(["allowEdit"] if changes else []), *(["allowCreate"] if logs else [])})

    def sees(self, sobject: SObject, field: Field) -> bool:
        """Say whether the permission set shows a field; one that leads to a hidden object is hidden with it."""
        if self.job is None:
            return True
        if self.approves:
            return field.approval
        leads_to = AUDIENCES.get(field.to, JOBS) if isinstance(field, Lookup) else JOBS
        own = sobject.audience if field.audience is None else field.audience
        return self.job in own and self.job in leads_to

    def may_edit(self, sobject: SObject, field: Field) -> bool:
        """Say whether the permission set lets its user change a field."""
        if self.job is None:
            return not isinstance(field, Formula)
        if self.approves:
            return field.approval
        return self.job in sobject.editors and (people_change(field) or field.entered)


@dataclass(frozen=True, slots=True)
class PermissionSetGroup:
    """What a person of a job is given: one or more permission sets."""

    name: str
    label: str
    description: str
    members: tuple[str, ...]


AUDIENCES: Final[Mapping[str, tuple[Job, ...]]] = {each.api_name: each.audience for each in OBJECTS}
"""Who sees each object."""

RIGHTS = ("allowCreate", "allowDelete", "allowEdit", "allowRead", "modifyAllRecords", "viewAllRecords")

SYNC_REQUEST = "Sync_Request__e"
"""The platform event by which whoever may not change a record asks for it to be brought into step."""

HUB_INTEGRATION = "Hub_Integration"
"""The custom permission by which validation rules recognise the hub, and let it write what it knows."""


def people_change(field: Field) -> bool:
    """Say whether people of a job change a field, all the time or between two changes by the hub."""
    return (
        not isinstance(field, Formula)
        and not field.approval
        and (field.owner == "Salesforce" or field.sending == "on change")
    )


APP = "Drawbar_Collections"

PERMISSION_SETS: tuple[PermissionSet, ...] = (
    PermissionSet(
        name="Drawbar_Accounting",
        label="Drawbar Accounting",
        description="For accountants: sees payments, promises, repairs and purchase orders, not where trucks are.",
        job="accounting",
        apps=(APP,),
        pages=("Accounting_Home",),
        user_permissions=("RunReports",),
    ),
    PermissionSet(
        name="Drawbar_Asset_Manager",
        label="Drawbar Asset Manager",
        description="For people who care for trucks: sees all that Drawbar brings, changes what becomes of a vehicle.",
        job="asset manager",
        apps=(APP,),
        pages=("Asset_Manager_Home",),
        user_permissions=("ActivitiesAccess", "EditTask", "RunReports"),
    ),
    PermissionSet(
        name="Drawbar_Collector",
        label="Drawbar Collector",
        description="For people who collect: sees what Drawbar brings, logs promises and calls.",
        job="collector",
        apps=(APP,),
        pages=("Collector_Home",),
        user_permissions=("ActivitiesAccess", "EditTask"),
    ),
    PermissionSet(
        name="Drawbar_Approver",
        label="Drawbar Approver",
        description="For people who approve work orders and sign off reviews, beside the permission set of their job.",
        job="supervisor",
        approves=True,
    ),
    PermissionSet(
        name="Drawbar_Integration",
        label="Drawbar Integration",
        description="For the hub's own user alone: writes every synced record, whoever owns it.",
        job=None,
        user_permissions=("ActivitiesAccess", "ApiEnabled", "EditTask"),
        custom_permissions=(HUB_INTEGRATION,),
    ),
    PermissionSet(
        name="Drawbar_Supervisor",
        label="Drawbar Supervisor",
        description="For supervisors of collectors: what collectors may, and purchase orders besides.",
        job="supervisor",
        apps=(APP,),
        pages=("Supervisor_Home",),
        user_permissions=("ActivitiesAccess", "EditTask", "RunReports"),
    ),
)

PERMISSION_SET_GROUPS: tuple[PermissionSetGroup, ...] = (
    PermissionSetGroup(
        name="Drawbar_Collecting",
        label="Drawbar Collecting",
        description="For the job of a collector; add permission sets of your own to it, or mute what you do not want.",
        members=("Drawbar_Collector",),
    ),
    PermissionSetGroup(
        name="Drawbar_Supervising",
        label="Drawbar Supervising",
        description="For the job of a supervisor, who approves work orders and signs off reviews too.",
        members=("Drawbar_Approver", "Drawbar_Supervisor"),
    ),
    PermissionSetGroup(
        name="Drawbar_Asset_Care",
        label="Drawbar Asset Care",
        description="For the job of an asset manager.",
        members=("Drawbar_Asset_Manager",),
    ),
    PermissionSetGroup(
        name="Drawbar_Bookkeeping",
        label="Drawbar Bookkeeping",
        description="For the job of an accountant.",
        members=("Drawbar_Accounting",),
    ),
    PermissionSetGroup(
        name="Drawbar_Hub",
        label="Drawbar Hub",
        description="For the hub's own user alone.",
        members=("Drawbar_Integration",),
    ),
    PermissionSetGroup(
        name="Drawbar_Collection_Lead",
        label="Drawbar Collection Lead",
        description="For who leads collections: the supervisor's permissions and the asset manager's.",
        members=("Drawbar_Asset_Manager", "Drawbar_Supervisor"),
    ),
    PermissionSetGroup(
        name="Drawbar_Back_Office",
        label="Drawbar Back Office",
        description="For who does accounts and cares for trucks: the accountant's permissions and the asset manager's.",
        members=("Drawbar_Accounting", "Drawbar_Asset_Manager"),
    ),
)


def permission_set_group(group: PermissionSetGroup) -> Node:
    """Give the group with its permission sets."""
    return Node(
        "PermissionSetGroup",
        [
            ("label", group.label),
            ("description", group.description),
            ("hasActivationRequired", False),
            ("status", "Updated"),
            *(("permissionSets", each) for each in group.members),
        ],
    )


def hub_permission() -> Node:
    """Give the custom permission that the hub's user alone has."""
    return Node(
        "CustomPermission",
        [
            ("label", "Hub Integration"),
            ("description", "Marks the hub's own user: validation rules for people let its writes pass."),
            ("isLicensed", False),
        ],
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
    children += _object_permissions("Contact", permissions.object_rights(ACCOUNT))
    if not permissions.approves:
        children += _object_permissions(SYNC_REQUEST, frozenset({"allowRead", "allowCreate"}))
    for name in permissions.apps:
        shown: Children = [("application", name), ("visible", True)]
        children.append(("applicationVisibilities", Node("applicationVisibilities", shown)))
    for name in permissions.pages:
        tab: Children = [("tab", name), ("visibility", "Visible")]
        children.append(("tabSettings", Node("tabSettings", tab)))
    for name in permissions.custom_permissions:
        children.append(("customPermissions", Node("customPermissions", [("enabled", True), ("name", name)])))
    for name in permissions.user_permissions:
        children.append(("userPermissions", Node("userPermissions", [("enabled", True), ("name", name)])))
    return Node("PermissionSet", children)


def _on_object(permissions: PermissionSet, sobject: SObject) -> Children:
    name = sobject.api_name
    children = _object_permissions(name, permissions.object_rights(sobject))
    if not children:
        return []
    if sobject.fields_of:
        children = []
    children += _on_fields(permissions, sobject)
    for record_type in sobject.record_types:
        seen: Children = [("recordType", f"{name}.{record_type.name}"), ("visible", True)]
        children.append(("recordTypeVisibilities", Node("recordTypeVisibilities", seen)))
    if sobject.tab_icon:
        tab: Children = [("tab", name), ("visibility", "Visible")]
        children.append(("tabSettings", Node("tabSettings", tab)))
    return children


def _object_permissions(name: str, granted: frozenset[str]) -> Children:
    rights: Children = [(right, right in granted) for right in RIGHTS]
    return [("objectPermissions", Node("objectPermissions", [("object", name), *rights]))] if granted else []


def _on_fields(permissions: PermissionSet, sobject: SObject) -> Children:
    """Grant fields; of activities the custom ones alone, for who may see a task sees what every task has."""
    editable: dict[str, bool] = {}
    for field in object_fields(sobject.api_name):
        granted = has_field_security(field) and (field.custom or not sobject.fields_of)
        if granted and permissions.sees(sobject, field):
            secured = field.secured_as or field.api_name
            editable[secured] = editable.get(secured, False) or permissions.may_edit(sobject, field)
    return [
        (
            "fieldPermissions",
            Node(
                "fieldPermissions",
                [("field", f"{sobject.api_name}.{name}"), ("editable", may), ("readable", True)],
            ),
        )
        for name, may in sorted(editable.items())
    ]
