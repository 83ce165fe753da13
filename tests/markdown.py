"""Takes Markdown apart as far as the checks of the documents need it: fenced blocks, code spans, links, headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
GENERATED = (
    "docs/commands.md", "docs/fields.md", "docs/metrics.md", "docs/spec-coverage.md", "docs/benchmarks.md",
    "docs/reliability.md",
)  # fmt: skip

_FENCE = re.compile(r"^ *```(\w*)[^\n]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Document:
    """A document by its path in the repository."""

    path: str

    @property
    def text(self) -> str:
        return (ROOT / self.path).read_text(encoding="utf-8")

    @property
    def prose(self) -> str:
        """The text without its fenced blocks."""
        return _FENCE.sub("", self.text)

    def blocks(self, *languages: str) -> Iterator[str]:
        """Give the fenced blocks of these languages ("" for those without one)."""
        return (content for language, content in _FENCE.findall(self.text) if language in languages)

    def spans(self) -> Iterator[str]:
        """Give the code spans of the prose, each on one line."""
        return (" ".join(span.split()) for span in _SPAN.findall(self.prose))

    def links(self) -> Iterator[str]:
        return iter(_LINK.findall(self.prose))

    def anchors(self) -> set[str]:
        """Give what links may name behind a `#`."""
        return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(self.prose)}

    def tables(self) -> Iterator[list[str]]:
        """Give the cells of every row of every table."""
        rows = (line.strip() for line in self.prose.splitlines() if line.lstrip().startswith("|"))
        return ([cell.strip() for cell in row.strip("|").split("|")] for row in rows)


def documents(*, generated: bool = False) -> list[Document]:
    """Give all documents that people write, with `generated` the others too."""
    paths = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    names = sorted(path.relative_to(ROOT).as_posix() for path in paths)
    return [Document(name) for name in names if generated or name not in GENERATED]
