"""What Salesforce refuses in quick actions and reports although the schema allows it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from lxml import etree

from drawbar.connectors.salesforce.metadata.schema import Finding
from drawbar.connectors.salesforce.metadata.source import Package, SourceFile, children, text

LONGEST_REPORT_NAME: Final = 40
STANDARD_REPORT_TYPES: Final = {"CaseList": ["Case"]}


def quick_actions(package: Package) -> Iterator[Finding]:
    """An action stands at an object that exists and makes records of one, with fields and values that it has."""
    for file in package.of("QuickAction"):
        owner = action_name(file).partition(".")[0]
        target = file.text("targetObject") or owner
        for name in (owner, target):
            if not package.has_object(name):
                yield file.finding(f"there is no object {name}")
        items = children(file.root, "quickActionLayout/quickActionLayoutColumns/quickActionLayoutItems/field")
        named = [*items, *children(file.root, "fieldOverrides/field"), *file.all("targetParentField")]
        for element in named:
            if not package.has_field(target, element.text or ""):
                yield file.finding(f"{target} has no field {element.text}", element)
        yield from _unknown_values(package, file, target)


def _unknown_values(package: Package, file: SourceFile, target: str) -> Iterator[Finding]:
    for override in file.all("fieldOverrides"):
        field, word = text(override, "field"), text(override, "literalValue")
        values = package.picklist_values(target, field) if word else None
        if values and word not in values:
            yield file.finding(f"{target}.{field} has no value {word}", override)


def action_name(file: SourceFile) -> str:
    """Give the name of an action with its object: `Lease_Account__c.Log_Call`."""
    return PurePosixPath(file.path).name.removesuffix(".quickAction-meta.xml")


def page_actions(package: Package) -> Iterator[Finding]:
    """Actions of the package that head a page exist."""
    known = {action_name(file) for file in package.of("QuickAction")}
    for page in package.of("FlexiPage"):
        properties = children(page.root, "flexiPageRegions/itemInstances/componentInstance/componentInstanceProperties")
        for each in properties:
            if text(each, "name") != "actionNames":
                continue
            for item in children(each, "valueList/valueListItems"):
                name = text(item, "value")
                if "." in name and name not in known:
                    yield page.finding(f"there is no action {name}", item)


def reports(package: Package) -> Iterator[Finding]:
    """A report lies in a folder that exists, and its columns are fields of the objects of its type."""
    folders = package.names("ReportFolder")
    for file in package.of("Report"):
        folder = PurePosixPath(file.path).parent.name
        if folder not in folders:
            yield file.finding(f"there is no report folder {folder}")
        if len(file.text("name")) > LONGEST_REPORT_NAME:
            yield file.finding(f"the name has more than {LONGEST_REPORT_NAME} characters")
        objects = _objects_of(file.text("reportType"))
        if not objects:
            yield file.finding(f"{file.text('reportType')} is no report type that the package knows")
        for name in objects:
            if not package.has_object(name):
                yield file.finding(f"there is no object {name}")
            yield from _missing_master(package, file, name, objects)
        yield from _columns(package, file, objects)


def _objects_of(report_type: str) -> list[str]:
    """Give the objects of a report type: those that stand in its name, or that of a standard one."""
    _, *objects = report_type.split("$")
    return objects or STANDARD_REPORT_TYPES.get(report_type, [])


def _missing_master(package: Package, file: SourceFile, name: str, objects: list[str]) -> Iterator[Finding]:
    for field in package.fields_of(name):
        master = field.text("referenceTo")
        if field.text("type") == "MasterDetail" and master not in objects:
            yield file.finding(f"{name} is reported together with its master {master} alone")


def _columns(package: Package, file: SourceFile, objects: list[str]) -> Iterator[Finding]:
    groupings = {each.text for each in children(file.root, "groupingsDown/field")}
    columns = children(file.root, "columns/field")
    for element in columns:
        if element.text in groupings:
            yield file.finding(f"{element.text} is grouped by and cannot be a column", element)
    others = ("filter/criteriaItems/column", "groupingsDown/field", "timeFrameFilter/dateColumn")
    for element in [*columns, *(found for path in others for found in children(file.root, path))]:
        if not _is_column(package, objects, element):
            yield file.finding(f"the report has no column {element.text}", element)


def _is_column(package: Package, objects: list[str], element: etree._Element) -> bool:
    """Say whether a column is a field of the objects; those of standard fields are in capitals (`CUST_NAME`)."""
    owner, dot, name = (element.text or "").partition(".")
    return (owner in objects and package.has_field(owner, name)) if dot else owner.isupper()


RULES = (quick_actions, page_actions, reports)
