"""What the lint finds without an org, an org refuses too: every defect of the lint's tests, deployed to the sandbox."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import pytest

import drawbar
from drawbar.connectors.salesforce.metadata.archive import SourceText, pack, read_sources
from drawbar.sandbox.deploying.estate import Estate, read_estate
from drawbar.sandbox.deploying.judging import judge
from drawbar.sandbox.deploying.upload import read_upload
from drawbar.sandbox.source import standard_objects
from tests.connectors.salesforce.test_lint import RULE_DEFECTS, SCHEMA_DEFECTS
from tests.connectors.salesforce.test_lint_actions import DEFECTS as ACTION_DEFECTS
from tests.connectors.salesforce.test_lint_pages import DEFECTS as PAGE_DEFECTS

PACKAGE = Path(drawbar.__path__[0]).resolve() / "salesforce"

OURS_ALONE = {
    "a field without help": "an org takes it; that every field explains itself is a rule of this house",
    "a component without words for people": "an org takes it, and shows the component's name",
    "an action that fills a picklist with a word that it lacks": "an org says so when the action is used",
    "a rule that asks for a value that does not exist": "an org takes it, and the rule is never broken",
    "a stage of which a path says nothing": "an org takes it, and shows no guidance there",
    "a path on a page of an object that has none": "an org takes it, and shows an empty place",
    "a column that a list view cannot show": "the sandbox takes columns of standard fields on trust",
    **dict.fromkeys(
        (name for name in PAGE_DEFECTS if "quer" in name or "order by" in name),
        "an org reads queries when a page is shown, not when it is deployed",
    ),
}
"""Defects that no deployment shows, and why; each of them is a reason to have the lint."""

DEFECTS = {
    name: (path, old, new)
    for name, (path, old, new, _) in {**SCHEMA_DEFECTS, **RULE_DEFECTS, **PAGE_DEFECTS, **ACTION_DEFECTS}.items()
    if name not in OURS_ALONE
}


@pytest.fixture(scope="module")
def sources() -> list[SourceText]:
    return read_sources(PACKAGE)


@pytest.fixture(scope="module")
def estate() -> Estate:
    """An org that has the package."""
    return read_estate([PACKAGE], standard_objects())


def refusals(sources: Iterable[SourceText], estate: Estate) -> list[str]:
    """Give what the org says of a deployment of just these sources."""
    (archive,) = pack(sources, "67.0")
    upload = read_upload(archive.content)
    return [each.text for each in (*upload.problems, *judge(upload.components, estate))]


def unit_of(path: str) -> tuple[str, ...]:
    """Give the beginnings of the paths that travel together with a file: an object, a component and all pages."""
    parts = PurePosixPath(path).parts
    for folder in ("objects", "lwc"):
        if folder in parts:
            whole = "/".join(parts[: parts.index(folder) + 2]) + "/"
            return (whole, "force-app/main/default/flexipages/") if folder == "lwc" else (whole,)
    return (path,)


def planted(sources: list[SourceText], path: str, old: str, new: str) -> list[SourceText]:
    """Give the unit of a file with one piece of the file replaced."""
    unit = [each for each in sources if each.path.startswith(unit_of(path))]
    (file,) = [each for each in unit if each.path == path]
    assert old in file.content.decode()
    changed = SourceText(path, file.content.decode().replace(old, new, 1).encode())
    return [changed if each is file else each for each in unit]


@pytest.mark.parametrize("defect", DEFECTS)
def test_what_the_lint_finds_an_org_refuses(defect: str, sources: list[SourceText], estate: Estate) -> None:
    path, old, new = DEFECTS[defect]

    assert refusals(planted(sources, path, old, new), estate)


@pytest.mark.parametrize("defect", sorted(OURS_ALONE))
def test_what_only_the_lint_finds_an_org_takes(defect: str, sources: list[SourceText], estate: Estate) -> None:
    path, old, new, _ = {**RULE_DEFECTS, **PAGE_DEFECTS, **ACTION_DEFECTS}[defect]

    assert refusals(planted(sources, path, old, new), estate) == []


def test_the_package_without_a_defect_is_taken(sources: list[SourceText]) -> None:
    assert refusals(sources, Estate([], standard_objects())) == []
