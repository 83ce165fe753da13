"""The org as Lightning shows it: the package's own pages and components, with what `make lightning` has built.

A page is arranged as its FlexiPage says. Fields, highlights and related lists are written here; each component of the
package gets a place, into which the script puts the real component. It asks back for records by GraphQL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from drawbar.sandbox.pages.flexipages import HOME, Component, FieldItem, FlexiPage, Item, LightningApp, read_app
from drawbar.sandbox.pages.reading import ListChoice, PageReader, Shown, Table
from drawbar.sandbox.schema import Schema, SObject

BUILT = Path(__file__).parent.parent / "lightning" / "built"
APP = "Drawbar_Collections"
OURS = "c:"
PATH = "runtime_sales_pathassistant:pathAssistant"
NOT_BUILT = (
    "The Lightning pages are not built, so the pages are plain ones. Build them with: make lightning (needs npm)."
)

NAME_ALIASES = {"NAME": "Name", "CASES.CASE_NUMBER": "CaseNumber", "CASES.STATUS": "Status"}
"""What related lists call standard fields → their API names."""

ICONS = {
    "Account": "standard:account",
    "Case": "standard:case",
    "Lease_Account__c": "standard:contract",
    "Vehicle__c": "custom:custom98",
}

MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a component of the package goes: its name and the properties that it is given."""

    component: str
    properties: Mapping[str, str]
    kind: Literal["place"] = "place"


@dataclass(frozen=True, slots=True)
class FieldSection:
    """A section of fields in columns."""

    title: str
    columns: tuple[tuple[Shown, ...], ...]
    kind: Literal["section"] = "section"


@dataclass(frozen=True, slots=True)
class RelatedList:
    """A related list, or a list view on a home page."""

    table: Table
    kind: Literal["list"] = "list"


@dataclass(frozen=True, slots=True)
class Steps:
    """The path of a record: the steps in order, the one where it stands ("" before the first), and what to do there."""

    names: tuple[str, ...]
    current: str
    guidance: str
    kind: Literal["path"] = "path"


Block = Place | FieldSection | RelatedList


@dataclass(frozen=True, slots=True)
class Lightning:
    """What is needed to show Lightning pages: the app with its pages, and the built files by name."""

    app: LightningApp
    files: Mapping[str, Path]


def open_lightning(project: Path, built: Path = BUILT) -> Lightning | None:
    """Read the app and what was built for it; None when nothing was built, or the project has no such app."""
    if not any(project.rglob(f"{APP}.app-meta.xml")):
        return None
    files = {path.name: path for path in sorted(built.glob("*")) if path.suffix in MEDIA_TYPES}
    return Lightning(read_app(project, APP), files) if "main.js" in files else None


@dataclass(frozen=True, slots=True)
class LightningRecord:
    """A record's page: what heads it, and the blocks of its two columns."""

    sobject: SObject
    name: str
    icon: str
    highlights: tuple[Shown, ...]
    steps: Steps | None
    main: tuple[Block, ...]
    sidebar: tuple[Block, ...]


class LightningPages:
    """Arranges records by the pages of the app."""

    def __init__(self, lightning: Lightning, schema: Schema, reader: PageReader) -> None:
        self.lightning = lightning
        self._schema = schema
        self._reader = reader

    def record(self, sobject: SObject, record_id: str) -> LightningRecord | None:
        """Arrange a record's page; None when its object has none in the app, or the record is not there."""
        page = self.lightning.app.page_of(sobject.name)
        shown = self._reader.fields(sobject, record_id) if page else {}
        if page is None or not shown:
            return None
        arranged = _Arranged(page, sobject, record_id, shown, self._related)
        name_field = sobject.name_field
        heads = self.lightning.app.highlights.get(sobject.name, ())
        return LightningRecord(
            sobject=sobject,
            name=self._reader.name_of(sobject, record_id),
            icon=ICONS.get(sobject.name, "standard:default"),
            highlights=tuple(
                shown[each] for each in heads if each in shown and each != (name_field and name_field.name)
            ),
            steps=self._steps(page, sobject, shown),
            main=tuple(arranged.blocks("main")),
            sidebar=tuple(arranged.blocks("sidebar")),
        )

    def _steps(self, page: FlexiPage, sobject: SObject, shown: Mapping[str, Shown]) -> Steps | None:
        items = [each for items in page.regions.values() for each in items if isinstance(each, Component)]
        if all(each.name != PATH for each in items):
            return None
        record_type = shown["RecordTypeId"].text if "RecordTypeId" in shown else ""
        path = self.lightning.app.path_of(sobject.name, record_type)
        if path is None:
            return None
        current = shown[path.field].text
        return Steps(tuple(path.steps), current, path.steps.get(current, ""))

    def home(self) -> Mapping[str, tuple[Place, ...]]:
        """Arrange the app's home page: its blocks by region."""
        page = self.lightning.app.page_of(HOME)
        return _regions(page) if page else {}

    def own_page(self, name: str) -> Mapping[str, tuple[Place, ...]] | None:
        """Arrange a page that has a tab of its own; None when there is no such tab."""
        found = self.lightning.app.own_pages.get(name)
        return _regions(found[1]) if found else None

    def _related(self, sobject: SObject, record_id: str, component: Component) -> Table | None:
        wanted = component.properties.get("relatedListApiName", "").removesuffix("__r").lower()
        names = {each.relationship_name.removesuffix("__r").lower(): each for each in sobject.children}
        child = names.get(wanted)
        if child is None:
            return None
        aliases = component.lists.get("relatedListFieldAliases", ())
        order = component.properties.get("sortFieldAlias", "Id")
        choice = ListChoice(
            title=component.properties.get("relatedListLabel", child.child),
            object_name=child.child,
            by=child.field,
            columns=tuple(NAME_ALIASES.get(each, each) for each in aliases),
            order=NAME_ALIASES.get(order, order),
            most=int(component.properties.get("maxRecordsToDisplay", "10")),
        )
        return self._reader.related(choice, record_id)


def _regions(page: FlexiPage) -> dict[str, tuple[Place, ...]]:
    return {name: tuple(_places(items)) for name, items in page.regions.items()}


def _places(items: tuple[Item, ...]) -> Iterator[Place]:
    for item in items:
        if isinstance(item, Component) and _is_ours(item):
            yield _place(item, {})


def _place(item: Component, about: Mapping[str, str]) -> Place:
    name = _in_markup(item.name.replace(":", "-"))
    return Place(name, {_in_markup(key): each for key, each in {**item.properties, **about}.items()})


def _in_markup(name: str) -> str:
    """Write a name as HTML has it: `recordId` → `record-id`."""
    return re.sub("[A-Z]", lambda found: f"-{found.group().lower()}", name)


def _is_ours(item: Component) -> bool:
    """Components of the package are in the namespace `c`, those of Salesforce in others (`force:…`)."""
    return item.name.startswith(OURS)


@dataclass(frozen=True, slots=True)
class _Arranged:
    page: FlexiPage
    sobject: SObject
    record_id: str
    shown: Mapping[str, Shown]
    related: Callable[[SObject, str, Component], Table | None]

    def blocks(self, region: str) -> Iterator[Block]:
        for item in self.page.items(region):
            block = self._block(item) if isinstance(item, Component) and self._shows(item) else None
            if block is not None:
                yield block

    def _shows(self, item: Component) -> bool:
        record_type = self.shown.get("RecordTypeId")
        return item.rule is None or item.rule.shows(record_type.text if record_type else "")

    def _block(self, item: Component) -> Block | None:
        if item.name == "flexipage:fieldSection":
            return self._section(item)
        if item.name == "lst:dynamicRelatedList":
            table = self.related(self.sobject, self.record_id, item)
            return RelatedList(table) if table else None
        if not _is_ours(item):
            return None
        about = {"recordId": self.record_id, "objectApiName": self.sobject.name}
        return _place(item, about)

    def _section(self, item: Component) -> FieldSection:
        columns = self.page.items(item.properties.get("columns", ""))
        facets = [each.properties.get("body", "") for each in columns if isinstance(each, Component)]
        return FieldSection(item.properties.get("label", ""), tuple(self._fields(each) for each in facets))

    def _fields(self, facet: str) -> tuple[Shown, ...]:
        names = [each.name for each in self.page.items(facet) if isinstance(each, FieldItem)]
        return tuple(self.shown[each] for each in names if each in self.shown)
