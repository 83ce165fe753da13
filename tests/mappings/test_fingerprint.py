"""A mapping that gives other records has another fingerprint, so that all of its records are sent again."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from drawbar.connectors.salesforce.fields import Field
from drawbar.connectors.salesforce.records import sobject
from drawbar.mappings import fingerprint, leaseworks_lessee, leaseworks_payment, leaseworks_vehicle, words
from drawbar.mappings.fingerprint import mapping_fingerprint


def rewritten(module: ModuleType, folder: Path, old: str, new: str) -> ModuleType:
    source = inspect.getsource(module)
    assert old in source
    path = folder / f"{module.__name__.rpartition('.')[2]}.py"
    path.write_text(source.replace(old, new))
    spec = importlib.util.spec_from_file_location(module.__name__, path)
    assert spec is not None
    assert spec.loader is not None
    changed = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(changed)
    return changed


def test_other_code_gives_another_fingerprint(tmp_path: Path) -> None:
    changed = rewritten(leaseworks_vehicle, tmp_path, "year=str(vehicle.year)", "year=str(vehicle.year)[2:]")

    assert mapping_fingerprint(changed) != mapping_fingerprint(leaseworks_vehicle)


def test_other_comments_and_docstrings_do_not(tmp_path: Path) -> None:
    changed = rewritten(
        leaseworks_vehicle, tmp_path, "    return Vehicle(", "    # the longest part\n\n    return Vehicle("
    )
    reworded = rewritten(leaseworks_vehicle, tmp_path, '"""Map a vehicle;', '"""Map one vehicle;')

    assert mapping_fingerprint(changed) == mapping_fingerprint(leaseworks_vehicle)
    assert mapping_fingerprint(reworded) == mapping_fingerprint(leaseworks_vehicle)


def test_other_code_in_a_module_that_it_uses_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = mapping_fingerprint(leaseworks_lessee)
    changed = rewritten(words, tmp_path, "REPLACEMENT CHARACTER", "QUESTION MARK")
    monkeypatch.setitem(sys.modules, words.__name__, changed)

    assert mapping_fingerprint(leaseworks_lessee) != before


def test_another_limit_in_the_record_model_does_and_other_words_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    before = mapping_fingerprint(leaseworks_payment)

    def model_with(**changes: Any) -> None:
        def fields(record_class: type[sobject.SalesforceRecord]) -> dict[str, Field]:
            found = dict(sobject.record_fields(record_class))
            return found | {"reference": replace(found["reference"], **changes)}

        monkeypatch.setattr(fingerprint, "record_fields", fields)

    model_with(help="Said otherwise.", label="Otherwise")
    assert mapping_fingerprint(leaseworks_payment) == before
    model_with(api_name="Reference_Number__c")
    assert mapping_fingerprint(leaseworks_payment) != before


def test_each_mapping_has_its_own() -> None:
    modules = (leaseworks_lessee, leaseworks_payment, leaseworks_vehicle)

    assert len({mapping_fingerprint(module) for module in modules}) == len(modules)
