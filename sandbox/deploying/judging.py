"""Judges the components of a deployment against each other and against what the org has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from drawbar.sandbox.deploying import rules_objects, rules_pages, rules_security
from drawbar.sandbox.deploying.component import Component, Problem
from drawbar.sandbox.deploying.estate import Estate
from drawbar.sandbox.deploying.wsdl import grammar

Rule = Callable[[Component, Estate], Iterator[Problem]]

NAMED = (rules_objects.names, rules_objects.texts)

RULES: Mapping[str, tuple[Rule, ...]] = {
    "BusinessProcess": (*NAMED, rules_objects.of_an_object, rules_objects.business_process),
    "CompactLayout": (*NAMED, rules_objects.of_an_object, rules_objects.compact_layout),
    "CustomApplication": (*NAMED, rules_pages.app),
    "CustomField": (
        *NAMED,
        rules_objects.of_an_object,
        rules_objects.field_shape,
        rules_objects.lookup_target,
        rules_objects.formulas,
    ),
    "CustomObject": (
        *NAMED,
        rules_objects.custom_object,
        rules_objects.history,
        rules_objects.compact_assignment,
    ),
    "CustomPermission": NAMED,
    "CustomTab": (rules_pages.tab,),
    "FlexiPage": (
        *NAMED,
        rules_pages.page_fields,
        rules_pages.page_components,
        rules_pages.page_structure,
        rules_pages.page_lists,
    ),
    "Flow": (rules_pages.flow,),
    "Layout": (rules_pages.layout,),
    "LightningComponentBundle": (rules_pages.bundle, rules_pages.bundle_sources),
    "ListView": (*NAMED, rules_objects.of_an_object, rules_objects.list_view),
    "PathAssistant": (rules_pages.path,),
    "PermissionSet": (
        *NAMED,
        rules_security.field_permissions,
        rules_security.object_permissions,
        rules_security.grants,
    ),
    "PermissionSetGroup": (*NAMED, rules_security.group),
    "QuickAction": (rules_pages.quick_action,),
    "RecordType": (*NAMED, rules_objects.of_an_object, rules_objects.record_type),
    "Report": (rules_pages.report,),
    "ReportFolder": (rules_pages.report_folder,),
    "StandardValueSet": (rules_objects.standard_value_set,),
    "ValidationRule": (
        *NAMED,
        rules_objects.of_an_object,
        rules_objects.formulas,
        rules_objects.rule_message,
    ),
    "WorkflowOutboundMessage": (rules_objects.of_an_object, rules_pages.outbound_message),
}
"""What is asked of each type beyond its form."""


def judge(incoming: Iterable[Component], present: Estate) -> list[Problem]:
    """Give everything for which an org refuses components, by file and line; an empty list lets them in."""
    components = list(incoming)
    estate = present.with_these(components)
    found = {problem for each in components for problem in _about(each, estate, present.get(each.kind, each.name))}
    return sorted(found, key=lambda each: (each.file, each.spot, each.text))


def _about(component: Component, estate: Estate, before: Component | None) -> Iterator[Problem]:
    misshapen = list(grammar().problems(component))
    yield from misshapen
    if misshapen:
        return
    for rule in RULES.get(component.kind, ()):
        yield from rule(component, estate)
    if component.kind == "CustomField":
        yield from rules_objects.changed_type(component, before)
