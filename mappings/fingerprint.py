"""A mapping's version, taken from what it does, so that nobody has to remember to raise it."""

from __future__ import annotations

import ast
import hashlib
import inspect
import sys
import threading
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from functools import cache
from types import ModuleType, UnionType
from typing import get_args, get_type_hints

from drawbar.connectors.salesforce.records.sobject import SalesforceRecord, record_fields

_PACKAGE = __name__.rpartition(".")[0]
_ONE_AT_A_TIME = threading.Lock()
"""Python 3.11 counts the depth of all trees that are parsed at once together, and gives up with a SystemError."""

_WORDS_ONLY = frozenset({"help", "label", "source", "unit", "tracked"})


def mapping_fingerprint(module: ModuleType) -> str:
    """Give 16 hex digits that change when the mapping would give other records, and then all of them are sent again.

    What counts is the code of the module and of the mapping modules that it uses, and the record model that it
    gives: names, types, limits. Comments, docstrings, layout, labels and help texts do not count.
    """
    digest = hashlib.sha256()
    for each in sorted(_with_used(module), key=lambda used: used.__name__):
        digest.update(_read(inspect.getsource(each)).code.encode())
    for record_class in _record_classes(module):
        digest.update(_model(record_class).encode())
    return digest.hexdigest()[:16]


def _with_used(module: ModuleType) -> set[ModuleType]:
    """Give the module and all mapping modules that its code imports from, however far."""
    found: set[ModuleType] = set()
    waiting = [module]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += [sys.modules[name] for name in _read(inspect.getsource(each)).imported]
    return found


@dataclass(frozen=True, slots=True)
class _Read:
    """What counts of a module's source: its code alone, and the mapping modules that it imports from."""

    code: str
    imported: tuple[str, ...]


@cache
def _read(source: str) -> _Read:
    """Read a source once: a run asks for each mapping many times."""
    with _ONE_AT_A_TIME:
        tree = ast.parse(source)
    imported = tuple(
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(f"{_PACKAGE}.")
    )
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef):
            node.body = [each for each in node.body if not _is_text(each)] or [ast.Pass()]
    return _Read(ast.unparse(tree), imported)


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _record_classes(module: ModuleType) -> list[type[SalesforceRecord]]:
    given = get_type_hints(module.to_salesforce)["return"]
    return list(get_args(given)) if isinstance(given, UnionType) else [given]


def _model(record_class: type[SalesforceRecord]) -> str:
    lines = [record_class.sobject.api_name, record_class.sobject.key]
    for name, field in record_fields(record_class).items():
        facts = {
            each.name: getattr(field, each.name) for each in dataclass_fields(field) if each.name not in _WORDS_ONLY
        }
        lines.append(f"{name} {type(field).__name__} {sorted(facts.items())}")
    return "\n".join(lines)
