"""The Lightning pages of an SFDX project: which components and fields stand where, and what heads a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as Place
from typing import TypeAlias

from drawbar.sandbox.metadata import Element, MetadataError, parse_file

HOME = "standard-home"


@dataclass(frozen=True, slots=True)
class FieldItem:
    """A field of the record that stands on a page by itself (dynamic forms)."""

    name: str


@dataclass(frozen=True, slots=True)
class RecordTypeRule:
    """Shown for records of one type alone, or for all others (`but`); the one kind of rule that the pages use."""

    name: str
    but: bool

    def shows(self, record_type: str) -> bool:
        return (record_type == self.name) is not self.but


@dataclass(frozen=True, slots=True)
class Component:
    """A component on a page with its properties; those that are lists are in `lists`.

    `rule` says for which records it is shown, None for all.
    """

    name: str
    properties: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]
    rule: RecordTypeRule | None = None


Item: TypeAlias = FieldItem | Component


@dataclass(frozen=True, slots=True)
class FlexiPage:
    """A Lightning page: its items by the name of their region or facet."""

    name: str
    regions: Mapping[str, tuple[Item, ...]]

    def items(self, region: str) -> tuple[Item, ...]:
        return self.regions.get(region, ())


@dataclass(frozen=True, slots=True)
class Path:
    """The steps of a record as its path shows them: values of a picklist, each with guidance for success."""

    field: str
    steps: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LightningApp:
    """An app: its label, its tabs, the page of each object in it, and the fields that head a record of each.

    `own_pages` are those that have a tab of their own, by the tab's name, with the label of the tab. `paths` are by
    object and record type, "" for records of any type.
    """

    label: str
    tabs: tuple[str, ...]
    pages: Mapping[str, FlexiPage]
    own_pages: Mapping[str, tuple[str, FlexiPage]]
    paths: Mapping[tuple[str, str], Path]
    highlights: Mapping[str, tuple[str, ...]]

    def page_of(self, object_name: str) -> FlexiPage | None:
        return self.pages.get(object_name)

    def path_of(self, object_name: str, record_type: str) -> Path | None:
        return self.paths.get((object_name, record_type)) or self.paths.get((object_name, ""))


def read_app(project: Place, name: str) -> LightningApp:
    """Read an app of a project and all pages that it assigns; MetadataError when one of them is not there."""
    files = {path.name.removesuffix("-meta.xml"): path for path in sorted(project.rglob("*-meta.xml"))}
    app = _file(files, f"{name}.app")
    overrides = [each for each in app.children("actionOverrides") if each.text("type") == "Flexipage"]
    tabs = tuple(each.own_text for each in app.children("tabs"))
    return LightningApp(
        label=app.text("label"),
        tabs=tabs,
        own_pages=_own_pages(files, tabs),
        paths=dict(_paths(files)),
        pages={each.text("pageOrSobjectType"): _page(files, each.text("content")) for each in overrides},
        highlights=_highlights(files),
    )


def _own_pages(files: Mapping[str, Place], tabs: tuple[str, ...]) -> dict[str, tuple[str, FlexiPage]]:
    described = {name: parse_file(files[f"{name}.tab"]) for name in tabs if f"{name}.tab" in files}
    return {
        name: (tab.text("label"), _page(files, tab.text("flexiPage")))
        for name, tab in described.items()
        if tab.text("flexiPage")
    }


def _paths(files: Mapping[str, Place]) -> Iterator[tuple[tuple[str, str], Path]]:
    for name, place in files.items():
        if name.endswith(".pathAssistant"):
            element = parse_file(place)
            steps = element.children("pathAssistantSteps")
            guidance = {each.text("picklistValueName"): each.text("info") for each in steps}
            record_type = element.text("recordTypeName").replace("__MASTER__", "")
            yield (element.text("entityName"), record_type), Path(element.text("fieldName"), guidance)


def _file(files: Mapping[str, Place], name: str) -> Element:
    if name not in files:
        raise MetadataError(f"The project has no {name}-meta.xml.")
    return parse_file(files[name])


def _page(files: Mapping[str, Place], name: str) -> FlexiPage:
    root = _file(files, f"{name}.flexipage")
    regions = {each.text("name"): _items(each) for each in root.children("flexiPageRegions")}
    return FlexiPage(name, regions)


def _items(region: Element) -> tuple[Item, ...]:
    found: list[Item] = []
    for instance in region.children("itemInstances"):
        component = instance.child("componentInstance")
        if component is not None:
            found.append(_component(component))
        elif field := instance.text("fieldInstance/fieldItem"):
            found.append(FieldItem(field.removeprefix("Record.")))
    return tuple(found)


def _component(element: Element) -> Component:
    properties = list(element.children("componentInstanceProperties"))
    listed = {
        each.text("name"): tuple(item.text("value") for item in each.children("valueList/valueListItems"))
        for each in properties
        if each.child("valueList") is not None
    }
    single = {each.text("name"): each.text("value") for each in properties if each.text("name") not in listed}
    return Component(element.text("componentName"), single, listed, _rule(element))


def _rule(element: Element) -> RecordTypeRule | None:
    criteria = element.child("visibilityRule/criteria")
    if criteria is None:
        return None
    left, operator = criteria.text("leftValue"), criteria.text("operator")
    if left != "{!Record.RecordType.DeveloperName}" or operator not in ("EQUAL", "NE"):
        raise MetadataError(f"The sandbox does not play the visibility rule {left} {operator}.")
    return RecordTypeRule(criteria.text("rightValue"), but=operator == "NE")


def _highlights(files: Mapping[str, Place]) -> dict[str, tuple[str, ...]]:
    """Give the fields of each object's compact layout."""
    found = {}
    for key, path in files.items():
        name, _, kind = key.rpartition(".")
        assigned = parse_file(path).text("compactLayoutAssignment") if kind == "object" else ""
        if assigned and f"{assigned}.compactLayout" in files:
            layout = parse_file(files[f"{assigned}.compactLayout"])
            found[name] = tuple(each.own_text for each in layout.children("fields"))
    return found
