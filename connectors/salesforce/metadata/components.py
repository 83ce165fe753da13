"""What the sources of Lightning web components refer to: imports, GraphQL queries, other components.

JavaScript is not parsed; imports and `gql` texts are found by their form, which linters of such sources keep to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SCHEMA_IMPORT = re.compile(r"""from\s+['"]@salesforce/schema/([\w.]+)['"]""")
COMPONENT_IMPORT = re.compile(r"""from\s+['"]c/(\w+)['"]""")
GRAPHQL = re.compile(r"\bgql`([^`]*)`")
COMPONENT_TAG = re.compile(r"<c-([a-z][a-z0-9-]*)")


@dataclass(frozen=True, slots=True)
class Source:
    """One source file of a component: its path in the package, and its text."""

    path: str
    component: str
    text: str

    def line_of(self, position: int) -> int:
        return self.text.count("\n", 0, position) + 1


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that a source names, and where."""

    source: Source
    position: int
    text: str

    @property
    def line(self) -> int:
        return self.source.line_of(self.position)


def read_sources(folder: Path) -> tuple[Source, ...]:
    """Read the scripts and templates of all components below a folder, in order of path."""
    paths = sorted(path for path in folder.rglob("lwc/*/*") if path.suffix in (".js", ".html"))
    return tuple(
        Source(path.relative_to(folder).as_posix(), path.parent.name, path.read_text(encoding="utf-8"))
        for path in paths
    )


def mentions(source: Source, form: re.Pattern[str]) -> Iterator[Mention]:
    """Give what a form finds in a source: the text of its first group."""
    return (Mention(source, found.start(1), found.group(1)) for found in form.finditer(source.text))


def component_of_tag(tag: str) -> str:
    """Give the component that a tag names: `timeline-source` → `timelineSource`."""
    return re.sub("-([a-z0-9])", lambda found: found.group(1).upper(), tag)
