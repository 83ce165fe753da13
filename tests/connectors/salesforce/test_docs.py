from __future__ import annotations

from pathlib import Path

from drawbar.connectors.salesforce.errors import RULINGS
from drawbar.connectors.salesforce.settings import SalesforceSettings

PAGE = (Path(__file__).parents[3] / "docs" / "connectors" / "salesforce.md").read_text(encoding="utf-8")
NEXT = {"record": "dead letter", "retry": "tried again", "stop": "run stops"}


def test_the_error_table_of_the_guide_is_the_one_that_the_client_uses() -> None:
    rows = [f"| `{code}` | {NEXT[each.kind]} | {each.remedy} |" for code, each in sorted(RULINGS.items())]
    assert "\n".join(rows) in PAGE


def test_the_guide_names_every_setting() -> None:
    rows = [f"| `{name}` | {field.description} |" for name, field in SalesforceSettings.model_fields.items()]
    assert "\n".join(rows) in PAGE
