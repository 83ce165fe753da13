"""What an org refuses in pages, apps, tabs, web components, layouts, actions, reports, messages and flows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from drawbar.sandbox.deploying.component import Component, Problem
from drawbar.sandbox.deploying.estate import Estate
from drawbar.sandbox.metadata import NAMESPACE, Element

TARGETS: Final = {
    "RecordPage": "lightning__RecordPage",
    "HomePage": "lightning__HomePage",
    "AppPage": "lightning__AppPage",
}
FACETS: Final = frozenset({"body", "columns", "tabs"})
OURS: Final = "c:"
LONGEST_REPORT_NAME: Final = 40
MOST_PATH_FIELDS: Final = 5
STANDARD_REPORT_TYPES: Final = {"CaseList": ["Case"]}
COMPONENT: Final = "flexiPageRegions/itemInstances/componentInstance"
SCHEMA_IMPORT: Final = re.compile(r"""from\s+['"]@salesforce/schema/(\w+)(?:\.([\w.]+))?['"]""")
MODULE_IMPORT: Final = re.compile(r"""from\s+['"]c/(\w+)['"]""")
MODULE_TAG: Final = re.compile(r"<c-([a-z][a-z0-9-]*)")


def page_fields(component: Component, estate: Estate) -> Iterator[Problem]:
    """Fields on a record page are those of its object."""
    owner = component.element.text("sobjectType")
    for each in component.element.children("flexiPageRegions/itemInstances/fieldInstance"):
        name = each.text("fieldItem").removeprefix("Record.")
        if not owner or not estate.has_field(owner, name):
            text = f"Something went wrong. We couldn't retrieve or load the information on the field: Record.{name}."
            yield component.problem(text, each)


def page_components(component: Component, estate: Estate) -> Iterator[Problem]:
    """Our components on a page exist, may stand there, and take what they are given."""
    for each in component.element.children(COMPONENT):
        name = each.text("componentName")
        if not name.startswith(OURS):
            continue
        bundle = estate.get("LightningComponentBundle", name.removeprefix(OURS))
        reason = _misplaced(bundle.element, component.element, each) if bundle else "does not exist"
        if reason:
            text = f"We couldn't retrieve the design time component information for component {name}: it {reason}"
            yield component.problem(text, each)


def _misplaced(bundle: Element, page: Element, item: Element) -> str:
    target = TARGETS.get(page.text("type"), "")
    if not bundle.flag("isExposed") or target not in {each.own_text for each in bundle.children("targets/target")}:
        return f"is not made for a {page.text('type')}"
    configs = [
        each for each in bundle.children("targetConfigs/targetConfig") if target in str(each.node.get("targets", ""))
    ]
    objects = {name.own_text for each in configs for name in each.children("objects/object")}
    if objects and page.text("sobjectType") not in objects:
        return f"is not made for {page.text('sobjectType')}"
    known = {str(prop.node.get("name")): prop for each in configs for prop in each.children("property")}
    for each in item.children("componentInstanceProperties"):
        name, value = each.text("name"), each.text("value")
        if name not in known:
            return f"has no property {name}"
        choices = str(known[name].node.get("datasource") or "")
        if choices and value not in choices.split(","):
            return f"takes no {value} for {name}"
    return ""


def page_structure(component: Component, _estate: Estate) -> Iterator[Problem]:
    """Facets that are referred to exist and are used once; identifiers are unique."""
    page = component.element
    facets = [each.text("name") for each in page.children("flexiPageRegions") if each.text("type") == "Facet"]
    properties = [
        each for each in page.children(f"{COMPONENT}/componentInstanceProperties") if each.text("name") in FACETS
    ]
    used = Counter(each.text("value") for each in properties)
    for each in properties:
        if each.text("value") not in facets:
            yield component.problem(f"The facet {each.text('value')} is not defined in the page", each)
    for name in facets:
        if used[name] != 1:
            yield component.problem(f"The facet {name} must be used once, and is used {used[name]} times")
    identifiers = Counter(
        Element(node).text("identifier")
        for each in page.children("flexiPageRegions/itemInstances")
        for node in each.node
    )
    for name, count in identifiers.items():
        if count > 1 or not name:
            yield component.problem(f"The identifier '{name}' must be there once, and is there {count} times")


def page_lists(component: Component, estate: Estate) -> Iterator[Problem]:
    """Related lists and list views on a page exist, with their columns."""
    owner = component.element.text("sobjectType")
    for each in component.element.children(COMPONENT):
        given = {prop.text("name"): prop for prop in each.children("componentInstanceProperties")}
        for action in given["actionNames"].children("valueList/valueListItems") if "actionNames" in given else ():
            name = action.text("value")
            if "." in name and not estate.has("QuickAction", name):
                yield component.problem(f"The action {name} does not exist", action)
        if each.text("componentName") == "lst:dynamicRelatedList":
            yield from _related_list(component, estate, owner, given, each)
        if each.text("componentName") == "flexipage:filterListCard":
            name = ".".join(given[key].text("value") for key in ("entityName", "filterName") if key in given)
            if not estate.has("ListView", name):
                yield component.problem(f"The list view {name} does not exist", each)


def _related_list(
    component: Component, estate: Estate, owner: str, given: dict[str, Element], item: Element
) -> Iterator[Problem]:
    wanted = given["relatedListApiName"].text("value") if "relatedListApiName" in given else ""
    child = _child_of(estate, owner, wanted.removesuffix("__r"))
    if not child:
        yield component.problem(f"{owner} has no related list {wanted}", item)
        return
    named = [each.text("value") for each in given["relatedListFieldAliases"].children("valueList/valueListItems")]
    for column in [*named, given["sortFieldAlias"].text("value")]:
        standard = column.isupper() and not column.endswith("__C")
        if not standard and not estate.has_field(child, column):
            yield component.problem(f"The related list {wanted} has no column {column}", item)


def _child_of(estate: Estate, parent: str, relationship: str) -> str:
    for each in estate.of("CustomField"):
        element = each.element
        if element.text("referenceTo") == parent and element.text("relationshipName") == relationship:
            return each.owner
    known = estate.standard.get(parent)
    children = known.children if known else ()
    return next((each.child for each in children if each.relationship_name == relationship), "")


def app(component: Component, estate: Estate) -> Iterator[Problem]:
    """Tabs and pages of an app exist."""
    for each in component.element.children("tabs"):
        if not each.own_text.startswith("standard-") and not estate.has("CustomTab", each.own_text):
            yield component.problem(f"In field: tab - no CustomTab named {each.own_text} found", each)
    for each in component.element.children("actionOverrides"):
        page = estate.get("FlexiPage", each.text("content"))
        what = each.text("pageOrSobjectType")
        if page is None:
            text = f"In field: content - no FlexiPage named {each.text('content')} found"
            yield component.problem(text, each)
        elif what != "standard-home" and page.element.text("sobjectType") != what:
            yield component.problem(f"The page {page.name} is no page of {what}", each)


def tab(component: Component, estate: Estate) -> Iterator[Problem]:
    """A tab shows a custom object or an app page that exists."""
    if component.element.flag("customObject") and not estate.has("CustomObject", component.name):
        yield component.problem(f"In field: customObject - no CustomObject named {component.name} found")
    shown = component.element.text("flexiPage")
    page = estate.get("FlexiPage", shown)
    if shown and (page is None or page.element.text("type") != "AppPage"):
        yield component.problem(f"In field: flexiPage - no app page named {shown} found")


def path(component: Component, estate: Estate) -> Iterator[Problem]:
    """A path shows a picklist of an object by its values, for a record type that exists, with fields of the object."""
    element = component.element
    owner, field, record_type = (element.text(each) for each in ("entityName", "fieldName", "recordTypeName"))
    values = estate.picklist(owner, field)
    if not values:
        yield component.problem(f"In field: fieldName - {owner}.{field} is no picklist", element.child("fieldName"))
        return
    if record_type != "__MASTER__" and not estate.has("RecordType", f"{owner}.{record_type}"):
        text = f"In field: recordTypeName - no RecordType named {owner}.{record_type} found"
        yield component.problem(text, element.child("recordTypeName"))
    for step in element.children("pathAssistantSteps"):
        if step.text("picklistValueName") not in values:
            yield component.problem(f"Picklist value {step.text('picklistValueName')} not found", step)
        names = [each.own_text for each in step.children("fieldNames")]
        if len(names) > MOST_PATH_FIELDS:
            yield component.problem(f"A step has {MOST_PATH_FIELDS} key fields at most", step)
        for name in names:
            if not estate.has_field(owner, name):
                yield component.problem(f"In field: fieldNames - no CustomField named {owner}.{name} found", step)


def layout(component: Component, estate: Estate) -> Iterator[Problem]:
    """Fields of a layout are those of its object, which its name begins with (`Case-Case Layout`)."""
    owner = component.name.partition("-")[0]
    for each in component.element.children("layoutSections/layoutColumns/layoutItems/field"):
        if not estate.has_field(owner, each.own_text):
            yield component.problem(f"In field: field - no CustomField named {owner}.{each.own_text} found", each)


def bundle(component: Component, estate: Estate) -> Iterator[Problem]:
    """A web component has its script, targets and objects that exist."""
    if f"{component.name}.js" not in component.files:
        yield component.problem(
            f"Cannot find Lightning Component Bundle {component.name}: {component.name}.js is missing"
        )
    targets = {each.own_text for each in component.element.children("targets/target")}
    for name in sorted(targets - set(TARGETS.values())):
        yield component.problem(f"'{name}' is not a valid target")
    for each in component.element.children("targetConfigs/targetConfig"):
        named = {name.strip() for name in str(each.node.get("targets", "")).split(",")}
        for name in sorted(named - targets):
            yield component.problem(f"The target {name} is configured and is none of the targets", each)
        for sobject in each.children("objects/object"):
            if not estate.has_object(sobject.own_text):
                yield component.problem(f"Invalid reference {sobject.own_text} of type sobject", sobject)


def bundle_sources(component: Component, estate: Estate) -> Iterator[Problem]:
    """Components import and show components that exist, and fields that exist."""
    for name, content in component.files.items():
        text = content.decode(errors="replace")
        for found in MODULE_IMPORT.finditer(text):
            yield from _module(component, estate, found, name)
        for found in MODULE_TAG.finditer(text):
            yield from _module(component, estate, found, name)
        for found in SCHEMA_IMPORT.finditer(text):
            owner, field = found.groups()
            exists = estate.path_exists(owner, field) if field else estate.has_object(owner)
            if not exists:
                yield _in_source(component, name, found, f"Invalid reference {owner}.{field} of type sobjectField")


def _module(component: Component, estate: Estate, found: re.Match[str], file: str) -> Iterator[Problem]:
    name = re.sub("-([a-z0-9])", lambda part: part.group(1).upper(), found.group(1))
    if not estate.has("LightningComponentBundle", name):
        yield _in_source(component, file, found, f"No MODULE named markup://c:{name} found")


def _in_source(component: Component, file: str, found: re.Match[str], text: str) -> Problem:
    before = found.string[: found.start()]
    spot = (before.count("\n") + 1, len(before) - before.rfind("\n"))
    return Problem(component.kind, component.name, f"lwc/{component.name}/{file}", spot, text)


def quick_action(component: Component, estate: Estate) -> Iterator[Problem]:
    """An action makes or changes records of an object that exists, with fields that it has."""
    element = component.element
    if component.owner and not estate.has_object(component.owner):
        yield component.problem(f"Entity of type '{component.owner}' cannot be found")
    target = element.text("targetObject") or component.owner
    if not estate.has_object(target):
        yield component.problem(
            f"In field: targetObject - no CustomObject named {target} found", element.child("targetObject")
        )
        return
    items = element.children("quickActionLayout/quickActionLayoutColumns/quickActionLayoutItems")
    fields = [each.child("field") for each in items] + [
        each.child("field") for each in element.children("fieldOverrides")
    ]
    for each in fields:
        if each is not None and not estate.has_field(target, each.own_text):
            yield component.problem(f"In field: field - no CustomField named {target}.{each.own_text} found", each)
    parent = element.child("targetParentField")
    if parent is not None and not estate.has_field(target, parent.own_text):
        yield component.problem(f"In field: targetParentField - {target}.{parent.own_text} does not exist", parent)


def report(component: Component, estate: Estate) -> Iterator[Problem]:
    """A report lies in a folder that exists, and its columns are fields of the objects of its type."""
    element = component.element
    folder = component.name.partition("/")[0]
    if not estate.has("ReportFolder", folder):
        yield component.problem(f"Cannot find folder: {folder}")
    if len(element.text("name")) > LONGEST_REPORT_NAME:
        yield component.problem(f"name: data value too large (max length={LONGEST_REPORT_NAME})", element.child("name"))
    objects = _report_objects(estate, element.text("reportType"))
    if not objects:
        text = f"reportType: invalid report type {element.text('reportType')}"
        yield component.problem(text, element.child("reportType"))
        return
    groupings = {each.own_text for each in element.children("groupingsDown/field")}
    columns = list(element.children("columns/field"))
    for each in columns:
        if each.own_text in groupings:
            yield component.problem(f"Invalid value specified: {each.own_text} is grouped by", each)
    others = ("filter/criteriaItems/column", "groupingsDown/field", "timeFrameFilter/dateColumn")
    for each in [*columns, *(found for path in others for found in element.children(path))]:
        owner, dot, name = each.own_text.partition(".")
        if (dot and not (owner in objects and estate.has_field(owner, name))) or not (dot or owner.isupper()):
            yield component.problem(f"Invalid field name: {each.own_text}", each)


def _report_objects(estate: Estate, report_type: str) -> list[str]:
    """Give the objects of a report type that comes with objects (`CustomEntity$Lease_Account__c`), [] for none.

    A detail has no type of its own, only one together with its master.
    """
    _, *named = report_type.split("$")
    objects = named or STANDARD_REPORT_TYPES.get(report_type, [])
    if not all(estate.has_object(each) for each in objects):
        return []
    masters = {
        field.element.text("referenceTo")
        for each in objects
        for field in estate.parts("CustomField", each)
        if field.element.text("type") == "MasterDetail"
    }
    return objects if masters <= set(objects) else []


def outbound_message(component: Component, estate: Estate) -> Iterator[Problem]:
    """A message goes to a web address, with fields that exist."""
    owner = component.owner
    endpoint = component.element.child("endpointUrl")
    parts = urlsplit(endpoint.own_text if endpoint else "")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        yield component.problem("Invalid endpointUrl", endpoint)
    for each in component.element.children("fields"):
        if not estate.has_field(owner, each.own_text):
            yield component.problem(f"In field: fields - no CustomField named {owner}.{each.own_text} found", each)


def flow(component: Component, estate: Estate) -> Iterator[Problem]:
    """A flow begins with an object that exists, and sends messages that were in the org before it."""
    start = component.element.child("start")
    owner = start.text("object") if start else ""
    if owner and not estate.has_object(owner):
        yield component.problem(f"The flow's object {owner} does not exist", start)
    for each in component.element.children("actionCalls"):
        message = each.text("actionName")
        known = estate.get("WorkflowOutboundMessage", message)
        if each.text("actionType") == "outboundMessage" and (known is None or known.file):
            text = f"The outbound message {message} is not in the org yet: deploy it first"
            yield component.problem(text, each)
    yield from _changes(component, estate)
    if start and (start.text("triggerType") == "PlatformEvent") != owner.endswith("__e"):
        yield component.problem(f"The trigger {start.text('triggerType')} is not supported for {owner}", start)


def _changes(component: Component, estate: Estate) -> Iterator[Problem]:
    """What a flow updates are fields of objects that exist."""
    for update in component.element.children("recordUpdates"):
        owner = update.text("object")
        for part in ("filters", "inputAssignments"):
            for each in update.children(part):
                if not estate.has_field(owner, each.text("field")):
                    yield component.problem(f"The field {owner}.{each.text('field')} does not exist", each)


def report_folder(component: Component, _estate: Estate) -> Iterator[Problem]:
    """A folder has a name for people."""
    if component.element.node.find(f"{NAMESPACE}name") is None:
        yield component.problem("Required field is missing: name")
