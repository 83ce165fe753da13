"""Checks a package without an org: each file against the schema, then every reference between files."""

from __future__ import annotations

from pathlib import Path

from drawbar.connectors.salesforce.metadata import (
    rules_actions,
    rules_objects,
    rules_pages,
    rules_paths,
    rules_security,
)
from drawbar.connectors.salesforce.metadata.schema import Finding, schema_findings
from drawbar.connectors.salesforce.metadata.source import metadata_paths, read_package


def lint(folder: Path) -> list[Finding]:
    """Give everything that Salesforce would refuse in a package, by file and line; an empty list is a clean one."""
    against_schema = [
        finding
        for path in metadata_paths(folder)
        for finding in schema_findings(path, path.relative_to(folder).as_posix())
    ]
    package = read_package(folder)
    rules = (
        *rules_objects.RULES, *rules_security.RULES, *rules_pages.RULES, *rules_paths.RULES, *rules_actions.RULES,
    )  # fmt: skip
    against_rules = [finding for rule in rules for finding in rule(package)]
    return sorted({*against_schema, *against_rules}, key=lambda each: (each.path, each.line, each.message))
