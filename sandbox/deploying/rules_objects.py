"""What an org refuses in objects and their parts although the form is right."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from drawbar.sandbox.deploying.component import Component, Problem
from drawbar.sandbox.deploying.estate import Estate
from drawbar.sandbox.formula.errors import FormulaError
from drawbar.sandbox.formula.formula import parse_formula
from drawbar.sandbox.metadata import Element
from drawbar.sandbox.source import TYPES

LIMITS: Final = {"label": 40, "pluralLabel": 40, "inlineHelpText": 510, "description": 1_000, "errorMessage": 255}
DEVELOPER_NAME: Final = re.compile(r"[A-Za-z](?:[A-Za-z0-9]|_(?!_))*(?<!_)")
LONGEST_NAME: Final = 40
MOST_TRACKED: Final = 20
MOST_MASTERS: Final = 2
MOST_DIGITS: Final = 18
MOST_COMPACT: Final = 10
LENGTHS: Final = {"Text": (1, 255), "LongTextArea": (256, 131_072), "Html": (256, 131_072)}
NUMBERS: Final = frozenset({"Number", "Currency", "Percent"})
EVENT: Final = "__e"
EVENT_FIELDS: Final = frozenset({"Checkbox", "Date", "DateTime", "LongTextArea", "Number", "Text"})
LOOKUPS: Final = frozenset({"Lookup", "MasterDetail"})


def names(component: Component, _estate: Estate) -> Iterator[Problem]:
    """A name has letters, digits and single underscores, and at most 40 characters."""
    bare = component.own_name.removesuffix("__c").removesuffix(EVENT)
    if not DEVELOPER_NAME.fullmatch(bare):
        yield component.problem(
            f"The object name you provided {component.own_name} is not valid. It can only contain alphanumeric "
            "characters, must begin with a letter, cannot end with an underscore or contain two consecutive underscores"
        )
    if len(bare) > LONGEST_NAME:
        yield component.problem(f"Name: data value too large: {bare} (max length={LONGEST_NAME})")


def texts(component: Component, _estate: Estate) -> Iterator[Problem]:
    """Labels, help and descriptions are not too long."""
    for name, limit in LIMITS.items():
        child = component.element.child(name)
        if child is not None and len(child.own_text) > limit:
            yield component.problem(f"{name}: data value too large: {child.own_text} (max length={limit})", child)


def custom_object(component: Component, estate: Estate) -> Iterator[Problem]:
    """A custom object has label, name field and sharing that fits its masters; a standard one is known."""
    if component.name.endswith(EVENT):
        yield from _event(component, estate)
        return
    if not component.name.endswith("__c"):
        if not estate.is_standard(component.name):
            yield component.problem(f"Entity of type '{component.name}' cannot be found")
        return
    for name in ("label", "pluralLabel", "nameField", "sharingModel"):
        if component.element.child(name) is None:
            yield component.problem(f"Must specify a non-empty {name} for the CustomObject")
    masters = [
        each for each in estate.parts("CustomField", component.name) if each.element.text("type") == "MasterDetail"
    ]
    controlled = component.element.text("sharingModel") == "ControlledByParent"
    if controlled != bool(masters):
        yield component.problem(
            f"Cannot set sharingModel to {component.element.text('sharingModel')} on a CustomObject "
            f"{'without' if controlled else 'with'} a MasterDetail relationship field",
            component.element.child("sharingModel"),
        )
    if len(masters) > MOST_MASTERS:
        yield component.problem(f"You can have at most {MOST_MASTERS} master-detail fields")


def _event(component: Component, estate: Estate) -> Iterator[Problem]:
    """A platform event has labels and a way of publishing; it shares nothing and keeps no relations."""
    for name in ("label", "pluralLabel", "eventType", "publishBehavior"):
        if component.element.child(name) is None:
            yield component.problem(f"Must specify a non-empty {name} for the CustomObject")
    for name in ("nameField", "sharingModel"):
        if (child := component.element.child(name)) is not None:
            yield component.problem(f"{name} is not valid for a platform event", child)
    for field in estate.parts("CustomField", component.name):
        if field.element.text("type") not in EVENT_FIELDS:
            yield component.problem(f"A platform event has no fields of type {field.element.text('type')}")


def history(component: Component, estate: Estate) -> Iterator[Problem]:
    """Fields are tracked only where the object keeps history, and at most 20 of them."""
    fields = estate.parts("CustomField", component.name)
    tracked = sum(each.element.flag("trackHistory") for each in fields)
    if tracked and not component.element.flag("enableHistory"):
        yield component.problem(
            f"Cannot track history of {tracked} fields: history is not enabled for {component.name}"
        )
    if tracked > MOST_TRACKED:
        yield component.problem(f"You can track a maximum of {MOST_TRACKED} fields, not {tracked}")


def compact_assignment(component: Component, estate: Estate) -> Iterator[Problem]:
    """The compact layout that counts exists."""
    child = component.element.child("compactLayoutAssignment")
    if child is None or child.own_text in ("", "SYSTEM"):
        return
    if not estate.has("CompactLayout", f"{component.name}.{child.own_text}"):
        yield component.problem(
            f"In field: compactLayoutAssignment - no CompactLayout named {component.name}.{child.own_text} found", child
        )


def of_an_object(component: Component, estate: Estate) -> Iterator[Problem]:
    """A part belongs to an object that exists."""
    if not estate.has_object(component.owner):
        yield component.problem(f"Entity of type '{component.owner}' cannot be found")


def field_shape(component: Component, _estate: Estate) -> Iterator[Problem]:
    """A field has what its type needs, in sizes that exist."""
    element = component.element
    kind = element.text("type")
    if not kind and component.own_name.endswith("__c"):
        yield component.problem("Must specify type for the CustomField")
    if not element.text("label") and component.own_name.endswith("__c"):
        yield component.problem("Must specify a non-empty label for the CustomField")
    if kind in LENGTHS and not element.text("formula"):
        least, most = LENGTHS[kind]
        if not least <= _whole(element, "length") <= most:
            yield component.problem(f"{kind} fields must have a length from {least} to {most}", element.child("length"))
    if kind in NUMBERS and not element.text("formula"):
        precision, scale = _whole(element, "precision"), _whole(element, "scale")
        if not 1 <= precision <= MOST_DIGITS or scale > precision:
            yield component.problem(
                f"precision must be from 1 to {MOST_DIGITS} and scale at most precision", element.child("precision")
            )
    yield from _needs_of_type(component, kind)


def _needs_of_type(component: Component, kind: str) -> Iterator[Problem]:
    element = component.element
    if kind == "Checkbox" and not element.text("formula") and element.child("defaultValue") is None:
        yield component.problem("Must specify defaultValue for a CustomField of type Checkbox")
    if kind == "Picklist" and element.child("valueSet") is None:
        yield component.problem("Must specify a valueSet for a CustomField of type Picklist")
    values = Counter(each.text("fullName").lower() for each in element.children("valueSet/valueSetDefinition/value"))
    for value, count in values.items():
        if count > 1:
            yield component.problem(f"Duplicate picklist value specified: {value}", element.child("valueSet"))
    if element.flag("required") and kind in {"Checkbox", "LongTextArea", "Html"}:
        yield component.problem(f"A field of type {kind} cannot be required", element.child("required"))


def _whole(element: Element, name: str) -> int:
    """Give a number of a field, 0 when it has none; what is no number at all, the form refuses."""
    written = element.text(name)
    return int(written) if written.isdecimal() else 0


def lookup_target(component: Component, estate: Estate) -> Iterator[Problem]:
    """A lookup leads to an object, and its parent has no other list of the same name."""
    element = component.element
    if element.text("type") not in LOOKUPS:
        return
    parent = element.text("referenceTo")
    if not estate.has_object(parent):
        text = f"referenceTo value of '{parent}' does not resolve to a valid sObject type"
        yield component.problem(text, element.child("referenceTo"))
    name = element.text("relationshipName").lower()
    if not name:
        return
    for other in estate.of("CustomField"):
        same = other.element.text("relationshipName").lower() == name and other.element.text("referenceTo") == parent
        if same and other.name != component.name:
            text = f"A relationship with the name {name} already exists on {parent}: {other.name}"
            yield component.problem(text, element.child("relationshipName"))


def formulas(component: Component, estate: Estate) -> Iterator[Problem]:
    """Formulas can be read, and name fields and permissions that exist."""
    for name in ("formula", "errorConditionFormula"):
        child = component.element.child(name)
        if child is None:
            continue
        try:
            formula = parse_formula(child.own_text)
        except FormulaError as error:
            yield component.problem(f"Error: {error}", child)
            continue
        for path in sorted(formula.fields):
            if not estate.path_exists(component.owner, path):
                yield component.problem(f"Field {path} does not exist. Check spelling.", child)
        for each in sorted(formula.globals):
            permission = each.partition(".")[2]
            if each.lower().startswith("$permission.") and not estate.has("CustomPermission", permission):
                yield component.problem(f"Field {each} does not exist. Check spelling.", child)


def rule_message(component: Component, estate: Estate) -> Iterator[Problem]:
    """The message of a validation rule shows at a field that exists."""
    child = component.element.child("errorDisplayField")
    if child is not None and not estate.has_field(component.owner, child.own_text):
        yield component.problem(f"Field {child.own_text} does not exist. Check spelling.", child)


def record_type(component: Component, estate: Estate) -> Iterator[Problem]:
    """A record type of Case has a business process, and its picklists and their values exist."""
    child = component.element.child("businessProcess")
    if component.owner == "Case" and child is None:
        yield component.problem("Required field is missing: businessProcess")
    if component.owner != "Case" and child is not None:
        yield component.problem(f"A record type of {component.owner} cannot have a business process", child)
    if child is not None and not estate.has("BusinessProcess", f"{component.owner}.{child.own_text}"):
        text = f"In field: businessProcess - no BusinessProcess named {component.owner}.{child.own_text} found"
        yield component.problem(text, child)
    for each in component.element.children("picklistValues"):
        yield from _unknown_values(component, estate, each.text("picklist"), each)


def business_process(component: Component, estate: Estate) -> Iterator[Problem]:
    """The steps of a process are statuses that exist."""
    yield from _unknown_values(component, estate, "Status", component.element)


def _unknown_values(component: Component, estate: Estate, picklist: str, holder: Element) -> Iterator[Problem]:
    known = estate.picklist(component.owner, picklist)
    if known is None:
        yield component.problem(f"Picklist {picklist} of {component.owner} not found", holder)
        return
    for value in holder.children("values"):
        if value.text("fullName") not in known:
            text = f"Picklist value: {value.text('fullName')} in picklist: {picklist} not found"
            yield component.problem(text, value)


def compact_layout(component: Component, estate: Estate) -> Iterator[Problem]:
    """A compact layout has at most ten fields, and they exist."""
    fields = list(component.element.children("fields"))
    if len(fields) > MOST_COMPACT:
        yield component.problem(f"You can select a maximum of {MOST_COMPACT} fields, not {len(fields)}")
    for each in fields:
        if not estate.has_field(component.owner, each.own_text):
            yield component.problem(f"The field {each.own_text} does not exist on {component.owner}", each)


def list_view(component: Component, estate: Estate) -> Iterator[Problem]:
    """A list view shows and filters by columns that exist; those of standard fields are written in capitals."""
    named = [*component.element.children("columns"), *component.element.children("filters/field")]
    for each in named:
        standard = each.own_text.isupper() and not each.own_text.endswith("__C")
        if not standard and not estate.has_field(component.owner, each.own_text):
            yield component.problem(f"Could not resolve list view column: {each.own_text}", each)


def standard_value_set(component: Component, _estate: Estate) -> Iterator[Problem]:
    """Every value stands once."""
    counts = Counter(each.text("fullName").lower() for each in component.element.children("standardValue"))
    for name, count in counts.items():
        if count > 1:
            yield component.problem(f"Duplicate picklist value specified: {name}")


def changed_type(component: Component, before: Component | None) -> Iterator[Problem]:
    """A field keeps its type where the values that it holds could not follow."""
    if before is None:
        return
    old, new = before.element, component.element
    kinds = (old.text("type"), new.text("type"))
    fixed = {"Lookup", "MasterDetail", "AutoNumber", "Checkbox", "Date", "DateTime"}
    if kinds[0] != kinds[1] and (fixed & set(kinds) or TYPES.get(kinds[0]) in {"double", "currency", "percent"}):
        yield component.problem(f"Cannot change type from {kinds[0]} to {kinds[1]}", new.child("type"))
    if bool(old.text("formula")) != bool(new.text("formula")):
        yield component.problem("Cannot update a field from or to a formula", new.child("type"))
