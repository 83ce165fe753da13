from __future__ import annotations

import re
from pathlib import Path

import pytest

from drawbar.middleware.collections.cases import DECISIONS
from drawbar.middleware.collections.settings import CollectionSettings

PAGE = (Path(__file__).parents[3] / "docs" / "collections.md").read_text(encoding="utf-8")


@pytest.mark.spec("P02")
def test_the_page_shows_the_decision_table_as_it_is() -> None:
    shown = PAGE.split("<!-- decisions: begin -->\n")[1].split("<!-- decisions: end -->")[0]
    rows = [f"| {last} | {state} | {action} |" for (last, state), action in DECISIONS.items()]
    assert shown.splitlines() == ["| Newest case | Account today | What is done |", "|---|---|---|", *rows]


def test_the_page_names_every_setting_with_its_default() -> None:
    shown = dict(re.findall(r"^\| `(\w+)` \| `?([\w.]+)`? \|", PAGE, re.MULTILINE))
    assert re.search(r"^\| `visit_dispositions` \| those of the picklist \|", PAGE, re.MULTILINE)
    defaults = CollectionSettings().model_dump(mode="json", exclude={"portfolio", "visit_dispositions"})
    assert shown == {name: str(default) for name, default in defaults.items()}
