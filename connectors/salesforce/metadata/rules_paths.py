"""What Salesforce refuses in paths and in tabs of pages although the schema allows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from drawbar.connectors.salesforce.metadata.schema import Finding
from drawbar.connectors.salesforce.metadata.source import Package, SourceFile, children, text

PATH: Final = "runtime_sales_pathassistant:pathAssistant"
ANY_RECORD_TYPE: Final = "__MASTER__"
MOST_KEY_FIELDS: Final = 5


def paths(package: Package) -> Iterator[Finding]:
    """A path shows a picklist of an object, for a record type that exists; paths are switched on."""
    for file in package.of("PathAssistant"):
        owner, field, record_type = file.text("entityName"), file.text("fieldName"), file.text("recordTypeName")
        if not package.has_object(owner) or not package.picklist_values(owner, field):
            yield file.finding(f"{owner} has no picklist {field}")
        elif record_type not in (ANY_RECORD_TYPE, *_record_types(package, owner)):
            yield file.finding(f"{owner} has no record type {record_type}")
        else:
            yield from _steps(package, file, owner, field)
        if "PathAssistant" not in {each.name for each in package.of("PathAssistantSettings")}:
            yield file.finding("no settings switch paths on")


def _record_types(package: Package, owner: str) -> list[str]:
    return [each.name for each in package.of("RecordType") if each.object == owner]


def _steps(package: Package, file: SourceFile, owner: str, field: str) -> Iterator[Finding]:
    values = package.picklist_values(owner, field) or frozenset()
    steps = file.all("pathAssistantSteps")
    for step in steps:
        if text(step, "picklistValueName") not in values:
            yield file.finding(f"{owner}.{field} has no value {text(step, 'picklistValueName')}", step)
        names = children(step, "fieldNames")
        if len(names) > MOST_KEY_FIELDS:
            yield file.finding(f"a step has {len(names)} key fields, {MOST_KEY_FIELDS} are allowed", step)
        for each in names:
            if not package.has_field(owner, each.text or ""):
                yield file.finding(f"{owner} has no field {each.text}", each)
    told = {text(step, "picklistValueName") for step in steps}
    for missing in sorted(values - told):
        yield file.finding(f"the path says nothing of {missing}")


def shown_paths(package: Package) -> Iterator[Finding]:
    """A page that shows a path is of an object that has one."""
    owners = {file.text("entityName") for file in package.of("PathAssistant")}
    for page in package.of("FlexiPage"):
        for item in children(page.root, "flexiPageRegions/itemInstances/componentInstance"):
            if text(item, "componentName") == PATH and page.text("sobjectType") not in owners:
                yield page.finding(f"there is no path of {page.text('sobjectType')}", item)


def page_tabs(package: Package) -> Iterator[Finding]:
    """A tab of a page names an app page that exists."""
    pages = {file.name for file in package.of("FlexiPage") if file.text("type") == "AppPage"}
    for tab in package.of("CustomTab"):
        shown = tab.text("flexiPage")
        if shown and shown not in pages:
            yield tab.finding(f"there is no app page {shown}")


RULES = (paths, shown_paths, page_tabs)
