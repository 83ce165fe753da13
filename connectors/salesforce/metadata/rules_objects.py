"""What Salesforce refuses in objects, fields, record types and validation rules although the schema allows it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from lxml import etree

from drawbar.connectors.salesforce.metadata.schema import Finding
from drawbar.connectors.salesforce.metadata.source import Package, SourceFile, children, text

LIMITS = {"label": 40, "pluralLabel": 40, "masterLabel": 40, "inlineHelpText": 510, "description": 1_000}
LIMITED_KINDS = frozenset(
    {"CustomField", "CustomObject", "RecordType", "BusinessProcess", "PermissionSet", "CustomTab"}
)
NAME = re.compile(r"[A-Za-z](?:[A-Za-z0-9]|_(?!_))*(?<!_)")
NAME_LENGTH = 40
MESSAGE_LENGTH = 255
TRACKED_FIELDS = 20
MASTERS = 2
DIGITS = 18
EVENT = "__e"
EVENT_FIELDS = frozenset({"Checkbox", "Date", "DateTime", "LongTextArea", "Number", "Text"})
TEXT_LENGTHS = {"Text": range(1, 256), "LongTextArea": range(256, 131_073)}


def names(package: Package) -> Iterator[Finding]:
    """A component's name is that of its file, at most 40 characters, without double underscores."""
    for file in package.files:
        own = file.text("fullName")
        if own and own != file.name:
            yield file.finding(f"fullName is {own}, the file says {file.name}")
        bare = file.name.removesuffix("__c").removesuffix(EVENT)
        if file.kind in LIMITED_KINDS and not NAME.fullmatch(bare):
            yield file.finding(f"{file.name} is not a name that Salesforce takes")
        if len(bare) > NAME_LENGTH:
            yield file.finding(f"the name {file.name} has {len(bare)} characters, {NAME_LENGTH} fit")


def texts(package: Package) -> Iterator[Finding]:
    """Labels, help and descriptions fit, and fields and objects of our own have them."""
    for file in package.files:
        if file.kind not in LIMITED_KINDS:
            continue
        for name, limit in LIMITS.items():
            length = len(file.text(name))
            if length > limit:
                yield file.finding(f"{name} has {length} characters, {limit} fit")
        if file.kind == "CustomField" and file.name.endswith("__c"):
            for name in ("label", "description", "inlineHelpText"):
                if not file.text(name):
                    yield file.finding(f"{name} is missing")


def objects(package: Package) -> Iterator[Finding]:
    """An object of ours is described; fields lie at objects that exist; tabs show custom objects."""
    for file in package.files:
        if file.object and not package.has_object(file.object):
            yield file.finding(f"there is no object {file.object}")
    for tab in package.of("CustomTab"):
        if tab.text("customObject") == "true" and not (tab.name.endswith("__c") and tab.name in package.objects):
            yield tab.finding(f"there is no custom object {tab.name} to show in a tab")


def events(package: Package) -> Iterator[Finding]:
    """A platform event says how it is published, and has none of what records have."""
    for file in package.of("CustomObject"):
        if not file.name.endswith(EVENT):
            continue
        for name in ("label", "pluralLabel", "description", "eventType", "publishBehavior"):
            if not file.text(name):
                yield file.finding(f"{name} is missing")
        for name in ("nameField", "sharingModel"):
            if found := file.all(name):
                yield file.finding(f"{name} is for records, not for platform events", found[0])
        for field in package.fields_of(file.name):
            if field.text("type") not in EVENT_FIELDS:
                yield field.finding(f"a platform event has no fields of type {field.text('type')}")


def relationships(package: Package) -> Iterator[Finding]:
    """Lookups point at objects that exist, and no parent has two lists of the same name."""
    lists: dict[tuple[str, str], SourceFile] = {}
    for field in package.of("CustomField"):
        if field.text("type") not in ("Lookup", "MasterDetail"):
            continue
        parent = field.text("referenceTo")
        if not package.has_object(parent):
            yield field.finding(f"points at {parent or 'no object'}, which does not exist")
        place = (parent, field.text("relationshipName").lower())
        if other := lists.get(place):
            yield field.finding(f"{parent} already has a list {place[1]}, of {other.path}")
        lists[place] = field


def sharing(package: Package) -> Iterator[Finding]:
    """A detail is shared with its master, and has at most two masters."""
    for file in package.of("CustomObject"):
        masters = sum(field.text("type") == "MasterDetail" for field in package.fields_of(file.name))
        by_parent = file.text("sharingModel") == "ControlledByParent"
        if by_parent != bool(masters) and file.name.endswith("__c"):
            yield file.finding("ControlledByParent is for objects with a master, and those have no other sharing")
        if masters > MASTERS:
            yield file.finding(f"has {masters} masters, {MASTERS} are allowed")


def history(package: Package) -> Iterator[Finding]:
    """Fields are tracked only where the object keeps history, and at most 20 of them."""
    tracked = Counter(field.object for field in package.of("CustomField") if field.text("trackHistory") == "true")
    for name, count in tracked.items():
        file = package.objects.get(name)
        if file is not None and file.text("enableHistory") != "true":
            yield file.finding(f"{count} fields are tracked, but the object keeps no history")
        if file is not None and count > TRACKED_FIELDS:
            yield file.finding(f"{count} fields are tracked, {TRACKED_FIELDS} are allowed")


def sizes(package: Package) -> Iterator[Finding]:
    """Texts and numbers have sizes that exist."""
    for field in package.of("CustomField"):
        kind = field.text("type")
        allowed = TEXT_LENGTHS.get(kind)
        if allowed and not field.text("formula") and _whole(field, "length") not in allowed:
            yield field.finding(f"length of {kind} must lie from {allowed.start} to {allowed.stop - 1}")
        precision = _whole(field, "precision")
        if precision > DIGITS or _whole(field, "scale") > precision:
            yield field.finding(f"precision is at most {DIGITS}, scale at most precision")


def _whole(field: SourceFile, name: str) -> int:
    """Give a number of a field, 0 when it has none; what is no number at all, the schema finds."""
    written = field.text(name)
    return int(written) if written.isdecimal() else 0


PICKLIST_IN_FORMULA = re.compile(r'ISPICKVAL\((?:PRIORVALUE\()?(\w+)\)?, "([^"]*)"\)')
PERMISSION_IN_FORMULA = re.compile(r"\$Permission\.(\w+)", re.IGNORECASE)
FIELD_IN_FORMULA = re.compile(r"(?<![\w.$])([A-Za-z]\w*)__([cr])\b")


def formulas(package: Package) -> Iterator[Finding]:
    """Formulas and validation rules name fields and values that exist, and their messages fit."""
    for file in package.files:
        formula = file.text("formula") if file.kind == "CustomField" else file.text("errorConditionFormula")
        if file.kind not in ("CustomField", "ValidationRule"):
            continue
        yield from _unknown_names(package, file, formula)
        shown = file.text("errorDisplayField")
        if shown.endswith("__c") and f"{file.object}.{shown}" not in package.fields:
            yield file.finding(f"the message is to show at {shown}, which {file.object} does not have")
        if len(file.text("errorMessage")) > MESSAGE_LENGTH:
            yield file.finding(f"errorMessage has more than {MESSAGE_LENGTH} characters")


def _unknown_names(package: Package, file: SourceFile, formula: str) -> Iterator[Finding]:
    for bare, _ in FIELD_IN_FORMULA.findall(re.sub(r'"[^"]*"', '""', formula)):
        if f"{file.object}.{bare}__c" not in package.fields:
            yield file.finding(f"the formula names {bare}__c, which {file.object} does not have")
    for name in PERMISSION_IN_FORMULA.findall(formula):
        if name not in package.names("CustomPermission"):
            yield file.finding(f"the formula names the permission {name}, which does not exist")
    for picklist, word in PICKLIST_IN_FORMULA.findall(formula):
        values = package.picklist_values(file.object, picklist)
        if values and word not in values:
            yield file.finding(f"the formula asks whether {picklist} is {word}, which is none of its values")


def record_types(package: Package) -> Iterator[Finding]:
    """A record type of Case has a business process and others have none; its picklist values exist."""
    processes = package.names("BusinessProcess")
    for file in package.of("RecordType"):
        process = file.text("businessProcess")
        if file.object == "Case" and not process:
            yield file.finding("a record type of Case needs a business process")
        if file.object != "Case" and process:
            yield file.finding(f"a record type of {file.object} can have no business process")
        if process and f"{file.object}.{process}" not in processes:
            yield file.finding(f"there is no business process {process}")
        for picklist in file.all("picklistValues"):
            yield from _unknown_values(package, file, text(picklist, "picklist"), children(picklist, "values"))
    for file in package.of("BusinessProcess"):
        yield from _unknown_values(package, file, "Status", file.all("values"))


def _unknown_values(
    package: Package, file: SourceFile, picklist: str, values: list[etree._Element]
) -> Iterator[Finding]:
    known = package.picklist_values(file.object, picklist)
    if known is None:
        yield file.finding(f"{file.object} has no picklist {picklist} that the package knows")
        return
    for value in values:
        if text(value, "fullName") not in known:
            yield file.finding(f"{picklist} has no value {text(value, 'fullName')}", value)


RULES = (names, texts, objects, events, relationships, sharing, history, sizes, formulas, record_types)
