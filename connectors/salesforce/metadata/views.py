"""Compact layouts, which head a record's page, and list views."""

from __future__ import annotations

from collections.abc import Iterator

from drawbar.connectors.salesforce.metadata.fields import Children
from drawbar.connectors.salesforce.metadata.markup import Node
from drawbar.connectors.salesforce.records.sobject import SObject
from drawbar.connectors.salesforce.records.views import COMPACT_FIELDS, LIST_VIEWS, ListView


def compact_name(sobject: SObject) -> str:
    """Give the name of an object's compact layout."""
    return f"{sobject.api_name.removesuffix('__c')}_Compact"


def compact_assignment(sobject: SObject) -> Children:
    """Make the object's own compact layout the one that counts."""
    return [("compactLayoutAssignment", compact_name(sobject))] if sobject.api_name in COMPACT_FIELDS else []


def view_files(sobject: SObject, folder: str) -> Iterator[tuple[str, Node]]:
    """Give the compact layout and the list views of an object by their paths."""
    fields = COMPACT_FIELDS.get(sobject.api_name)
    if fields:
        name = compact_name(sobject)
        children: Children = [("fullName", name), *(("fields", each) for each in fields), ("label", sobject.label)]
        yield f"{folder}/compactLayouts/{name}.compactLayout-meta.xml", Node("CompactLayout", children)
    for view in LIST_VIEWS.get(sobject.api_name, ()):
        yield f"{folder}/listViews/{view.name}.listView-meta.xml", _list_view(view)


def _list_view(view: ListView) -> Node:
    filters: Children = []
    for each in view.filters:
        wanted: Children = [("field", each.field), ("operation", each.operation)]
        if each.value:
            wanted.append(("value", each.value))
        filters.append(("filters", Node("filters", wanted)))
    return Node(
        "ListView",
        [
            ("fullName", view.name),
            *(("columns", each) for each in view.columns),
            ("filterScope", "Everything"),
            *filters,
            ("label", view.label),
        ],
    )
