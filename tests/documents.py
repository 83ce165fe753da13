"""Writes the generated documents, or checks that they are current: `python -m tests.documents [--check]`."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from drawbar.cli import COMMANDS, LazyGroup, drawbar
from drawbar.connectors.orion.reference import data_set_reference
from drawbar.middleware.accounting.rules import load_rules
from drawbar.middleware.remarketing.reference import remarketing_reference
from drawbar.middleware.repossession.reference import repossession_reference
from tests.faults.catalogue import FAULTS, RELIABILITY
from tests.monitoring.tables import metrics_reference
from tests.spec_catalogue import SPEC

ROOT = Path(__file__).parent.parent


def spec_coverage() -> str:
    """Give the table of requirements and the tests that prove them, from the marks in the tests."""
    proofs = _proofs("spec")
    unknown = sorted(set(proofs) - set(SPEC))
    if unknown:
        raise SystemExit(f"tests name requirements that do not exist: {', '.join(unknown)}")
    lines = [
        "# Requirements and the tests that prove them",
        "",
        "Generated from the `spec` marks of the tests (`make docs`). "
        f"{len(proofs)} of {len(SPEC)} requirements have a test.",
        "",
        "| Id | What | Tests |",
        "|---|---|---|",
    ]
    lines += [f"| {number} | {text} | {_cell(proofs.get(number, []))} |" for number, text in SPEC.items()]
    return "\n".join(lines) + "\n"


def _cell(names: list[str]) -> str:
    shown = "<br>".join(f"`{name}`" for name in names[:6])
    return f"{shown}<br>and {len(names) - 6} more" if len(names) > 6 else shown


def _proofs(mark: str) -> dict[str, list[str]]:
    proofs: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        if "node_modules" in path.parts:
            continue
        for name, number in _marked(ast.parse(path.read_text(encoding="utf-8")), mark):
            proofs.setdefault(number, []).append(f"{path.relative_to(ROOT / 'tests')}::{name}")
    return proofs


def _marked(tree: ast.AST, name: str) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == f"pytest.mark.{name}":
                    yield from ((node.name, str(ast.literal_eval(argument))) for argument in mark.args)


def command_reference() -> str:
    """Give every command with its help, as `--help` prints it."""
    lines = ["# Commands", "", "Generated from `--help` (`make docs`).", "", *_help(drawbar, ["drawbar"])]
    assert isinstance(drawbar, LazyGroup)
    for name in COMMANDS:
        command = drawbar.get_command(click.Context(drawbar), name)
        assert command is not None
        lines += _tree(command, ["drawbar", name])
    lines += [
        "## Shell completion",
        "",
        'bash: `eval "$(_DRAWBAR_COMPLETE=bash_source drawbar)"` in `~/.bashrc`; for zsh and fish replace `bash` by '
        "the shell's name.",
    ]
    return "\n".join(lines) + "\n"


def _tree(command: click.Command, names: list[str]) -> Iterator[str]:
    yield from _help(command, names)
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            inner = command.get_command(click.Context(command), name)
            assert inner is not None
            yield from _tree(inner, [*names, name])


def _help(command: click.Command, names: list[str]) -> Iterator[str]:
    context = click.Context(
        command, info_name=" ".join(names), terminal_width=100, max_content_width=100,
        **drawbar.context_settings,
    )  # fmt: skip
    text = command.get_help(context)
    yield from (f"## {' '.join(names)}", "", "```text", *(line.rstrip() for line in text.splitlines()), "```", "")


def reliability() -> str:
    """Give the table of faults: what is done about each, the tests that show it, and what was seen."""
    proofs = _proofs("fault")
    unknown = sorted(set(proofs) - set(map(str, FAULTS)))
    if unknown:
        raise SystemExit(f"tests name faults that do not exist: {', '.join(unknown)}")
    lines = [
        "# What Drawbar outlives",
        "",
        "Generated from `tests/faults/catalogue.py` and the `fault` marks of the tests (`make docs`).",
        "",
        *RELIABILITY,
        "",
        "| No. | Fault | What is done | Tests | Seen |",
        "|---|---|---|---|---|",
    ]
    for number, entry in FAULTS.items():
        tests = _cell([*proofs.get(str(number), []), *map(_existing, entry.also)])
        lines.append(f"| {number} | {entry.fault} | {entry.answer} | {tests} | {entry.seen} |")
    return "\n".join(lines) + "\n"


def _existing(test: str) -> str:
    """Give a test's name when it is there; exit when it is not."""
    path, _, name = test.partition("::")
    if f"def {name}(" not in (ROOT / "tests" / path).read_text(encoding="utf-8"):
        raise SystemExit(f"there is no test {test}")
    return test


def accounting_rules() -> str:
    """Give the default accounting rules as tables."""
    rules = load_rules(None)
    lines = [
        "# Default accounting rules",
        "",
        "Generated from `middleware/accounting/default_rules.toml` (`make docs`).",
        "",
    ]
    lines += ["| Event | Document | With | Due | Class | Debit | Credit |", "|---|---|---|---|---|---|---|"]
    for name, rule in rules.events.items():
        sides = [
            "<br>".join(f"{rules.accounts[line.account]}: {' + '.join(line.amount)}" for line in side)
            for side in (rule.debits, rule.credits)
        ]
        due = f"{rule.due_days} days" if rule.due_days else ""
        lines.append(
            f"| `{name}` | {rule.document} | {rule.party} | {due} | {rule.class_name} | {' | '.join(sides)} |".replace(
                "+ -", "- "
            )
        )
    lines += ["", *(f"- `{name}`: {rule.purpose}" for name, rule in rules.events.items())]
    lines += ["", "## LeaseWorks' general ledger codes", "", "| Code | Account |", "|---|---|"]
    lines += [f"| {code} | {rules.accounts[word]} |" for code, word in rules.gl_accounts.items()]
    return "\n".join(lines) + "\n"


DOCUMENTS = {
    "docs/spec-coverage.md": spec_coverage,
    "docs/accounting-rules.md": accounting_rules,
    "docs/commands.md": command_reference,
    "docs/data-sets.md": data_set_reference,
    "docs/metrics.md": metrics_reference,
    "docs/reliability.md": reliability,
    "docs/remarketing-statuses.md": remarketing_reference,
    "docs/repossession-states.md": repossession_reference,
}


def main() -> None:
    """Write or check all documents; exit with 1 when one is not current."""
    stale = []
    for name, write in DOCUMENTS.items():
        path, text = ROOT / name, write()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(text, encoding="utf-8")
    for name in stale:
        click.echo(f"{'not current' if '--check' in sys.argv else 'written'}: {name}")
    if stale and "--check" in sys.argv:
        click.echo("Run: make docs")
        raise SystemExit(1)


if __name__ == "__main__":
    main()
