"""What each mapping makes of records as they come; the pairs beside this file are to be read."""

from __future__ import annotations

from pathlib import Path

import pytest

import drawbar.mappings
from tests.mappings.golden import MAPPINGS, becomes, expected, pairs


@pytest.mark.spec("P01", "P02", "P03", "P05", "P25", "P26", "P27", "P30")
@pytest.mark.parametrize("pair", list(pairs()), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_source_becomes_what_the_pair_says(pair: Path) -> None:
    assert becomes(pair) == expected(pair)


def test_every_mapping_into_salesforce_has_a_pair() -> None:
    folder = Path(drawbar.mappings.__path__[0])
    into_salesforce = {path.stem for path in folder.glob("*.py") if "def to_salesforce(" in path.read_text()}

    assert into_salesforce == set(MAPPINGS) == {path.parent.name for path in pairs()}


def test_a_pair_that_no_longer_holds_is_noticed(tmp_path: Path) -> None:
    pair = next(pairs())
    folder = tmp_path / pair.parent.name
    folder.mkdir()
    copy = folder / pair.name
    copy.write_text(pair.read_text(encoding="utf-8").replace('"object": "Account"', '"object": "Contact"'))

    assert becomes(copy) != expected(copy)
