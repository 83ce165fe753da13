"""What Salesforce refuses in Lightning pages, apps, compact layouts, list views and web components.

Standard fields are known as far as the record models name them; others are taken on trust.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lxml import etree

from drawbar.connectors.salesforce.metadata.components import (
    COMPONENT_IMPORT,
    COMPONENT_TAG,
    SCHEMA_IMPORT,
    component_of_tag,
    mentions,
)
from drawbar.connectors.salesforce.metadata.rules_queries import queries
from drawbar.connectors.salesforce.metadata.schema import Finding
from drawbar.connectors.salesforce.metadata.source import Package, SourceFile, children, text
from drawbar.connectors.salesforce.records.views import STANDARD_COLUMNS

TABS = frozenset({"standard-home", "standard-Account", "standard-Case", "standard-Contact", "standard-report"})
RECORD_PAGE, HOME_PAGE, APP_PAGE = "lightning__RecordPage", "lightning__HomePage", "lightning__AppPage"
TARGETS = {"RecordPage": RECORD_PAGE, "HomePage": HOME_PAGE, "AppPage": APP_PAGE}
KNOWN_TARGETS = frozenset(TARGETS.values())
OURS = "c:"


def page_fields(package: Package) -> Iterator[Finding]:
    """Fields on a record page are those of its object."""
    for page in package.of("FlexiPage"):
        for item in children(page.root, "flexiPageRegions/itemInstances/fieldInstance"):
            name = text(item, "fieldItem").removeprefix("Record.")
            if not package.has_field(page.text("sobjectType"), name):
                yield page.finding(f"{page.text('sobjectType') or 'the page'} has no field {name}", item)


def page_components(package: Package) -> Iterator[Finding]:
    """Components of the package on a page exist, are exposed, may stand there, and take what they are given."""
    bundles = {file.name: file for file in package.of("LightningComponentBundle")}
    for page in package.of("FlexiPage"):
        for item in children(page.root, "flexiPageRegions/itemInstances/componentInstance"):
            name = text(item, "componentName")
            if name.startswith(OURS):
                reason = _component_refusal(bundles.get(name.removeprefix(OURS)), page, item)
                if reason:
                    yield page.finding(f"{name} {reason}", item)


def _component_refusal(bundle: SourceFile | None, page: SourceFile, item: etree._Element) -> str:
    if bundle is None:
        return "does not exist"
    target = TARGETS.get(page.text("type"), "")
    targets = {each.text for each in children(bundle.root, "targets/target")}
    if bundle.text("isExposed") != "true" or target not in targets:
        return f"is not made for a {page.text('type')}"
    configs = [each for each in children(bundle.root, "targetConfigs/targetConfig") if target in _targets_of(each)]
    objects = {each.text for config in configs for each in children(config, "objects/object")}
    if objects and page.text("sobjectType") not in objects:
        return f"is not made for pages of {page.text('sobjectType')}"
    known = {str(each.get("name")): each for config in configs for each in children(config, "property")}
    given = {text(each, "name"): text(each, "value") for each in children(item, "componentInstanceProperties")}
    unknown = sorted(set(given) - set(known))
    if unknown:
        return f"has no property {unknown[0]}"
    choices = {name: each.get("datasource", "").split(",") for name, each in known.items() if each.get("datasource")}
    wrong = [name for name, value in given.items() if name in choices and value not in choices[name]]
    return f"has no choice {given[wrong[0]]} of {wrong[0]}" if wrong else ""


def _targets_of(config: etree._Element) -> list[str]:
    return [each.strip() for each in str(config.get("targets", "")).split(",")]


def page_structure(package: Package) -> Iterator[Finding]:
    """Facets that a page refers to are there and used once; identifiers are unique."""
    for page in package.of("FlexiPage"):
        facets = [text(each, "name") for each in page.all("flexiPageRegions") if text(each, "type") == "Facet"]
        properties = children(page.root, "flexiPageRegions/itemInstances/componentInstance/componentInstanceProperties")
        used = Counter(text(each, "value") for each in properties if text(each, "name") in ("body", "columns", "tabs"))
        for each in properties:
            if text(each, "name") in ("body", "columns", "tabs") and text(each, "value") not in facets:
                yield page.finding(f"there is no facet {text(each, 'value')}", each)
        for name in facets:
            if used[name] != 1:
                yield page.finding(f"the facet {name} stands in {used[name]} places, not in one")
        items = children(page.root, "flexiPageRegions/itemInstances")
        identifiers = Counter(text(each[0], "identifier") for each in items if len(each))
        for name, count in identifiers.items():
            if count > 1 or not name:
                yield page.finding(f"the identifier {name or '(none)'} stands {count} times")


def related_lists(package: Package) -> Iterator[Finding]:
    """A related list is one of the page's object, and its columns are fields of the children."""
    for page in package.of("FlexiPage"):
        for item in children(page.root, "flexiPageRegions/itemInstances/componentInstance"):
            if text(item, "componentName") != "lst:dynamicRelatedList":
                continue
            given = {text(each, "name"): each for each in children(item, "componentInstanceProperties")}
            parent = page.text("sobjectType")
            wanted = text(given["relatedListApiName"], "value") if "relatedListApiName" in given else ""
            child = package.child_of(parent, wanted.removesuffix("__r"))
            if not child:
                yield page.finding(f"{parent} has no related list {wanted}", item)
                continue
            aliases = children(given["relatedListFieldAliases"], "valueList/valueListItems")
            columns = [text(each, "value") for each in aliases]
            for column in [*columns, text(given["sortFieldAlias"], "value")]:
                if not _has_column(package, child, column):
                    yield page.finding(f"{child} has no column {column}", item)


def list_views(package: Package) -> Iterator[Finding]:
    """List views show and filter fields of their object."""
    for view in package.of("ListView"):
        named = [*view.all("columns"), *children(view.root, "filters/field")]
        for element in named:
            column = (element.text or "").strip()
            if not _has_column(package, view.object, column):
                yield view.finding(f"{view.object} has no column {column}", element)


def _has_column(package: Package, object_name: str, column: str) -> bool:
    standard = STANDARD_COLUMNS.get(object_name, {})
    return (column == "NAME" and object_name.endswith("__c")) or column in standard or (
        column.endswith("__c") and package.has_field(object_name, column)
    )  # fmt: skip


def compact_layouts(package: Package) -> Iterator[Finding]:
    """Compact layouts hold at most ten fields of their object, and objects name layouts that exist."""
    names = package.names("CompactLayout")
    for layout in package.of("CompactLayout"):
        fields = layout.all("fields")
        if len(fields) > MOST_COMPACT_FIELDS:
            yield layout.finding(f"has {len(fields)} fields, {MOST_COMPACT_FIELDS} are allowed")
        for element in fields:
            if not package.has_field(layout.object, element.text or ""):
                yield layout.finding(f"{layout.object} has no field {element.text}", element)
    for file in package.of("CustomObject"):
        assigned = file.text("compactLayoutAssignment")
        if assigned not in ("", "SYSTEM") and f"{file.name}.{assigned}" not in names:
            yield file.finding(f"there is no compact layout {assigned}")


MOST_COMPACT_FIELDS = 10


def apps(package: Package) -> Iterator[Finding]:
    """Tabs and pages of an app exist, and a page stands in for its own object."""
    pages = {file.name: file for file in package.of("FlexiPage")}
    tabs = package.names("CustomTab") | TABS
    for app in package.of("CustomApplication"):
        for element in app.all("tabs"):
            if element.text not in tabs:
                yield app.finding(f"there is no tab {element.text}", element)
        for element in app.all("actionOverrides"):
            page = pages.get(text(element, "content"))
            what = text(element, "pageOrSobjectType")
            if page is None:
                yield app.finding(f"there is no page {text(element, 'content')}", element)
            elif page.text("sobjectType") != what and what != "standard-home":
                yield app.finding(f"{page.name} is no page of {what}", element)


def home_lists(package: Package) -> Iterator[Finding]:
    """A list view that a page shows exists."""
    views = package.names("ListView")
    for page in package.of("FlexiPage"):
        for item in children(page.root, "flexiPageRegions/itemInstances/componentInstance"):
            given = {text(each, "name"): text(each, "value") for each in children(item, "componentInstanceProperties")}
            if text(item, "componentName") != "flexipage:filterListCard":
                continue
            name = f"{given.get('entityName')}.{given.get('filterName')}"
            if name not in views:
                yield page.finding(f"there is no list view {name}", item)


def bundles(package: Package) -> Iterator[Finding]:
    """A component has its script, words for people, and targets and objects that exist."""
    scripts = {source.path for source in package.sources}
    for bundle in package.of("LightningComponentBundle"):
        if bundle.path.removesuffix("-meta.xml") not in scripts:
            yield bundle.finding(f"there is no {bundle.name}.js beside it")
        for name in ("masterLabel", "description"):
            if not bundle.text(name):
                yield bundle.finding(f"{name} is missing")
        targets = {(each.text or "").strip() for each in children(bundle.root, "targets/target")}
        for target in sorted(targets - KNOWN_TARGETS):
            yield bundle.finding(f"there is no target {target}")
        yield from _configs(package, bundle, targets)


def _configs(package: Package, bundle: SourceFile, targets: set[str]) -> Iterator[Finding]:
    for config in children(bundle.root, "targetConfigs/targetConfig"):
        for target in _targets_of(config):
            if target not in targets:
                yield bundle.finding(f"the target {target} is configured and not listed", config)
        for element in children(config, "objects/object"):
            if not package.has_object(element.text or ""):
                yield bundle.finding(f"there is no object {element.text}", element)


def component_references(package: Package) -> Iterator[Finding]:
    """Components import and show components that exist, and fields that exist."""
    known = package.names("LightningComponentBundle")
    for source in package.sources:
        for mention in mentions(source, COMPONENT_IMPORT):
            if mention.text not in known:
                yield Finding(source.path, mention.line, f"there is no component {mention.text}")
        for mention in mentions(source, COMPONENT_TAG):
            if component_of_tag(mention.text) not in known:
                yield Finding(source.path, mention.line, f"there is no component {component_of_tag(mention.text)}")
        for mention in mentions(source, SCHEMA_IMPORT):
            object_name, _, field_name = mention.text.partition(".")
            if not package.has_object(object_name):
                yield Finding(source.path, mention.line, f"there is no object {object_name}")
            elif field_name and not package.has_field(object_name, field_name):
                yield Finding(source.path, mention.line, f"{object_name} has no field {field_name}")


RULES = (
    page_fields,
    page_components,
    page_structure,
    related_lists,
    home_lists,
    list_views,
    compact_layouts,
    apps,
    bundles,
    component_references,
    queries,
)
