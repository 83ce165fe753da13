"""One `.field-meta.xml` per custom field."""

from __future__ import annotations

from functools import singledispatch

from drawbar.connectors.salesforce.fields import (
    Checkbox,
    Email,
    Field,
    Formula,
    LongText,
    Lookup,
    MasterDetail,
    Number,
    Phone,
    Picklist,
    Text,
    Url,
)
from drawbar.connectors.salesforce.metadata.markup import Leaf, Node

Children = list[tuple[str, Leaf | Node]]


def custom_field(field: Field, *, history: bool) -> Node:
    """Describe one custom field; `history` says whether its object tracks changes at all."""
    children: Children = [
        ("fullName", field.api_name),
        ("label", field.label),
        ("description", field.description),
        ("inlineHelpText", field.help),
        *_details(field),
    ]
    if history and not isinstance(field, Formula):
        children.append(("trackHistory", field.tracked))
    return Node("CustomField", children)


@singledispatch
def _details(field: Field) -> Children:
    return [("type", field.type_name), ("required", field.required)]


@_details.register(Text)
def _(field: Text) -> Children:
    children: Children = [
        ("type", field.type_name),
        ("required", field.required),
        ("length", field.length),
        ("externalId", field.external_id),
        ("unique", field.unique),
    ]
    return [*children, ("caseSensitive", field.case_sensitive)] if field.unique else children


@_details.register(Email)
@_details.register(Phone)
@_details.register(Url)
def _(field: Email | Phone | Url) -> Children:
    return [("type", field.type_name), ("required", field.required)]


@_details.register
def _(field: LongText) -> Children:
    return [("type", field.type_name), ("length", field.length), ("visibleLines", field.visible_lines)]


@_details.register
def _(field: Number) -> Children:
    return [
        ("type", field.type_name),
        ("required", field.required),
        ("precision", field.precision),
        ("scale", field.scale),
        *([] if field.default is None else [("defaultValue", str(field.default))]),
    ]


@_details.register
def _(field: Checkbox) -> Children:
    return [("type", field.type_name), ("defaultValue", field.default)]


@_details.register
def _(field: Picklist) -> Children:
    values = [
        ("value", Node("value", [("fullName", value), ("default", value == field.default), ("label", value)]))
        for value in field.values
    ]
    definition = Node("valueSetDefinition", [("sorted", False), *values])
    value_set = Node("valueSet", [("restricted", field.restricted), ("valueSetDefinition", definition)])
    return [("type", field.type_name), ("required", field.required), ("valueSet", value_set)]


@_details.register
def _(field: Lookup) -> Children:
    return [
        ("type", field.type_name),
        ("required", field.required),
        *_relationship(field),
        *([] if field.required else [("deleteConstraint", field.on_delete)]),
    ]


@_details.register
def _(field: MasterDetail) -> Children:
    return [
        ("type", field.type_name),
        *_relationship(field),
        ("relationshipOrder", 0),
        ("reparentableMasterDetail", field.reparentable),
        ("writeRequiresMasterRead", False),
    ]


def _relationship(field: Lookup) -> Children:
    return [
        ("referenceTo", field.to),
        ("relationshipName", field.children),
        ("relationshipLabel", field.children.replace("_", " ")),
    ]


@_details.register
def _(field: Formula) -> Children:
    return [
        ("type", field.result),
        ("formula", field.formula),
        ("formulaTreatBlanksAs", "BlankAsZero" if field.result in ("Checkbox", "Number") else "BlankAsBlank"),
    ]
