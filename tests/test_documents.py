"""README, documents and code say the same: commands, options, settings, files, links."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
import typing
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import Any

import click
import pytest
from pydantic import BaseModel

from drawbar.cli import EXIT_CODES, drawbar
from drawbar.commands.run import _EXIT_CODES as STATE_CODES
from drawbar.jobs.wiring import Settings
from drawbar.middleware.log import ALLOWED
from drawbar.middleware.sync.runs import RunState
from tests.markdown import ROOT, Document, documents

README, GUIDE, INDEX = Document("README.md"), Document("docs/guide.md"), Document("docs/README.md")
COMMAND_LINE = re.compile(r"(?:^\s*(?:\$ )?|/bin/|Run: )drawbar (.+)$")
PLACEHOLDER = re.compile(r"[A-Z][A-Z_]*|.*(?:…|\.\.\.|<).*")
SHELL_SIGNS = frozenset({"|", "&&", ";", ">", "2>", "\\"})
HOSTS = frozenset(
    {
        "127.0.0.1", "localhost", "hub.example.com", "keepachangelog.com", "semver.org", "example.my.salesforce.com",
        "login.salesforce.com", "test.salesforce.com", "www.fleetrock.com",
        "sandbox-quickbooks.api.intuit.com",
    }
)  # fmt: skip
STANDARD_FOLDERS = frozenset({"bin", "dev", "etc", "lib", "opt", "run", "sbin", "srv", "usr", "var"})

every_document = pytest.mark.parametrize("document", documents(), ids=lambda document: document.path)


def is_placeholder(token: str) -> bool:
    return PLACEHOLDER.fullmatch(token) is not None


def command_lines(document: Document) -> Iterator[tuple[str, bool]]:
    """Give what stands behind `drawbar` wherever it is called, and whether that is a whole call (in a block)."""
    for block in document.blocks("sh", "text", "ini", "console", ""):
        found = (COMMAND_LINE.search(line) for line in block.splitlines())
        yield from ((each[1], True) for each in found if each)
    yield from ((span.removeprefix("drawbar "), False) for span in document.spans() if span.startswith("drawbar "))


def problems(line: str, *, whole: bool) -> list[str]:
    """Follow a command line through the tree of commands; say what is not there."""
    tokens = list(takewhile(lambda token: token not in SHELL_SIGNS, shlex.split(line, comments=True)))
    command: click.Command = drawbar
    arguments: list[str] = []
    while tokens:
        token = tokens.pop(0)
        if token.startswith("-"):
            wrong = _option_problem(command, token, tokens)
            if wrong:
                return [wrong]
        elif isinstance(command, click.Group) and not is_placeholder(token):
            inner = command.get_command(click.Context(command), token)
            if inner is None:
                return [f"{command.name} has no command {token}"]
            command = inner
        else:
            arguments.append(token)
    return [] if isinstance(command, click.Group) else _argument_problems(command, arguments, whole=whole)


def _option_problem(command: click.Command, token: str, tokens: list[str]) -> str:
    name, equals, value = token.partition("=")
    option = next((each for each in command.params if name in (*each.opts, *each.secondary_opts)), None)
    if name in ("-h", "--help"):
        return ""
    if not isinstance(option, click.Option):
        return f"{command.name} has no option {name}"
    if option.is_flag or option.count:
        return ""
    if not equals and not tokens:
        return f"{name} of {command.name} has no value"
    return _value_problem(option, value if equals else tokens.pop(0))


def _argument_problems(command: click.Command, given: Sequence[str], *, whole: bool) -> list[str]:
    wanted = [each for each in command.params if isinstance(each, click.Argument)]
    least = sum(max(each.nargs, 1) for each in wanted if each.required)
    most = 1_000 if any(each.nargs < 0 for each in wanted) else sum(each.nargs for each in wanted)
    if len(given) > most or (whole and len(given) < least):
        return [f"{command.name} takes {least} to {most} arguments, not {len(given)}"]
    told = (_value_problem(argument, value) for argument, value in zip(wanted, given, strict=False))
    return [wrong for wrong in told if wrong]


def _value_problem(parameter: click.Parameter, value: str) -> str:
    if isinstance(parameter.type, click.Path) or is_placeholder(value):
        return ""
    try:
        parameter.type.convert(value, parameter, click.Context(drawbar))
    except click.BadParameter as error:
        return error.message
    return ""


@every_document
def test_every_command_line_in_a_document_exists(document: Document) -> None:
    wrong = {line: problems(line, whole=whole) for line, whole in command_lines(document)}
    assert {line: said for line, said in wrong.items() if said} == {}


@pytest.mark.parametrize(
    "line",
    [
        "walk",
        "run nothing",
        "run accounts --quickly",
        "runs --limit many",
        "sandbox fault",
        "failures show 1 2",
        "init --sandbox",
    ],
)
def test_a_command_line_that_does_not_exist_is_noticed(line: str) -> None:
    assert problems(line, whole=True)


def test_every_command_says_what_it_does() -> None:
    def tree(command: click.Command) -> Iterator[click.Command]:
        yield command
        if isinstance(command, click.Group):
            for name in command.list_commands(click.Context(command)):
                inner = command.get_command(click.Context(command), name)
                assert inner is not None
                yield from tree(inner)

    assert [command.name for command in tree(drawbar) if not command.help] == []


def setting_exists(path: Sequence[str]) -> bool:
    """Follow a dotted name through the settings; names of one's own (a portfolio, a column) are free."""
    model: type[BaseModel] | None = Settings
    rest, free = list(path), False
    while rest and model is not None and not is_placeholder(rest[0]):
        field = model.model_fields.get(rest.pop(0))
        if field is None:
            return False
        free = "dict[" in str(field.annotation)
        rest = rest[1:] if free else rest
        model = _section(field.annotation)
    return model is not None or free or not rest


def _section(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_section, typing.get_args(annotation))), None)


def settings_named(document: Document) -> Iterator[tuple[str, ...]]:
    for block in document.blocks("toml"):
        yield from _paths(tomllib.loads(block))
    for span in document.spans():
        name = span.partition(" = ")[0]
        table = re.fullmatch(r"\[([\w.…<>]+)\]", name)
        dotted = re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", name)
        if table or (dotted and name.split(".")[0] in Settings.model_fields and not name.endswith((".md", ".toml"))):
            yield tuple((table[1] if table else name).split("."))
    for name in re.findall(r"\bDRAWBAR_(?!SANDBOX|SETTINGS\b|COMPLETE\b)([A-Z0-9_]+)", document.text):
        yield tuple(name.lower().split("__"))


def _paths(table: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in table.items():
        yield (*above, name)
        if isinstance(value, Mapping):
            yield from _paths(value, (*above, name))


@every_document
def test_every_setting_in_a_document_exists(document: Document) -> None:
    assert [".".join(path) for path in settings_named(document) if not setting_exists(path)] == []


def test_a_setting_that_does_not_exist_is_noticed() -> None:
    for wrong in ("sync.max_shrink", "synk.sample", "salesforce.client_id.name", "leaseworks.sftp.path"):
        assert not setting_exists(wrong.split("."))
    for right in ("sync.sample", "collections.portfolio.NAME", "leaseworks.layout.accounts.columns.status"):
        assert setting_exists(right.split("."))


def test_the_guide_names_defaults_as_they_are() -> None:
    told = {cells[0].strip("`"): cells[1].strip("`") for cells in GUIDE.tables() if "." in cells[0]}
    defaults = {name: _default(name.split(".")) for name in told if setting_exists(name.split("."))}
    assert len(defaults) >= 10
    assert {name: told[name] for name in defaults} == defaults


def _default(path: Sequence[str]) -> str:
    model: type[BaseModel] | None = Settings
    for name in path[:-1]:
        assert model is not None
        model = _section(model.model_fields[name].annotation)
    assert model is not None
    value = model.model_fields[path[-1]].default
    return "empty" if value == "" else f"{value:g}" if isinstance(value, float) else str(value)


@every_document
def test_variables_of_the_sandbox_exist(document: Document) -> None:
    sources = [*(ROOT / "commands").glob("*.py"), *(ROOT / "sandbox").rglob("*.py")]
    known = set(re.findall(r"DRAWBAR_SANDBOX_\w+", "".join(path.read_text(encoding="utf-8") for path in sources)))
    assert set(re.findall(r"DRAWBAR_SANDBOX_\w+", document.text)) <= known


@every_document
def test_every_link_leads_somewhere(document: Document) -> None:
    for link in document.links():
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / document.path).parent / path if path else ROOT / document.path
        assert target.exists(), link
        assert not anchor or anchor in Document(target.resolve().relative_to(ROOT).as_posix()).anchors(), link


@every_document
def test_every_file_in_a_document_exists(document: Document) -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"drawbar-data"}
    named = {span for span in document.spans() if re.fullmatch(r"[\w.-]+(/[\w.-]+)+/?", span)}
    ours = {name for name in named if PurePosixPath(name).parts[0] in folders}
    assert {name for name in ours if not (ROOT / name).exists()} == set()


@pytest.mark.parametrize("document", documents(generated=True), ids=lambda document: document.path)
def test_a_document_names_no_other_host_and_no_folder_of_one_machine(document: Document) -> None:
    assert set(re.findall(r"https?://([\w.-]+)", document.text)) <= HOSTS
    absolute = set(re.findall(r"(?<![\w.~/*…>)}-])/([a-z]\w*)/", document.text)) - STANDARD_FOLDERS
    assert {name for name in absolute if Path("/", name).is_dir()} == set()


def test_generated_documents_are_current() -> None:
    """In a process of its own, because click remembers the help option of a command that another test has called."""
    check = [sys.executable, "-m", "tests.documents", "--check"]
    done = subprocess.run(check, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_readme_names_the_product_and_the_symlinks_at_once() -> None:
    first = README.text.partition("\n")[0]
    assert first.startswith("# Drawbar")
    assert "symlinks" in first


def test_readme_tells_the_exit_codes() -> None:
    wanted = [line.split(maxsplit=1) for line in EXIT_CODES.splitlines() if re.match(r" +\d  ", line)]
    told = [cells for cells in README.tables() if re.fullmatch(r"\d", cells[0])]
    assert told == wanted


def test_guide_tells_every_state_of_a_run_with_its_exit_code() -> None:
    told = {cells[0].strip("`"): cells[1] for cells in GUIDE.tables()}
    for state in typing.get_args(RunState):
        assert told[state] == str(STATE_CODES.get(state, "")), state


def test_guide_tells_what_may_stand_in_a_log() -> None:
    told = GUIDE.text.partition("stands under `withheld`: ")[2].partition(". ")[0]
    assert set(re.findall(r"`(\w+)`", told)) == set(ALLOWED)


def test_readme_tells_what_make_does_and_installs() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE)) - {"help", "test-deps"}
    named = {
        target
        for document in documents()
        for target in re.findall(r"\bmake ([a-z-]+)\b(?=`| PY|\s*#|\n)", document.text)
    }
    assert named == targets
    debian = re.search(r"^DEBIAN := (.+)$", makefile, re.MULTILINE)
    assert debian is not None
    assert all(f"`{package}`" in README.text for package in debian[1].split())


def test_the_index_lists_every_document() -> None:
    listed = {(ROOT / "docs" / link).resolve() for link in INDEX.links() if "://" not in link}
    assert {path for path in (ROOT / "docs").rglob("*.md") if path not in listed} == {ROOT / "docs" / "README.md"}


def test_decisions_have_one_shape_and_fit_on_a_page() -> None:
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04d}" for number in range(1, len(pages) + 1)]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert re.search(r"^Status: ", text, re.MULTILINE), page.name
        assert re.findall(r"^## (Context|Decision|Consequences)$", text, re.MULTILINE) == [
            "Context", "Decision", "Consequences"
        ]  # fmt: skip
        assert len(text.splitlines()) <= 60, page.name


def test_the_change_log_names_vendors_in_bold() -> None:
    for entry in re.split(r"^- ", Document("CHANGELOG.md").text, flags=re.MULTILINE)[1:]:
        for vendor in (
            "LeaseWorks",
            "FleetRock",
            "MBSi",
            "PassTime",
            "QuickBooks Online",
            "RDN",
            "Salesforce",
            "Spireon",
        ):
            assert vendor not in entry or f"**{vendor}**" in entry, entry
