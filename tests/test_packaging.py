"""The wheel holds the whole package and nothing else, and the linter looks at all of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent
RUFF = Path(sys.executable).with_name("ruff")
MADE_HERE = frozenset({"__pycache__", "built", "node_modules"})
PACKAGES = [path.parent.name for path in ROOT.glob("*/__init__.py")]
MODULES = [path.name for path in ROOT.glob("*.py")]


def files_of(*names: str) -> set[str]:
    """Give files, and those below folders, by their path in the repository, without what was made on this machine."""
    places = [ROOT / name for name in names]
    files = {path for place in places for path in ([place] if place.is_file() else place.rglob("*")) if path.is_file()}
    return {path.relative_to(ROOT).as_posix() for path in files if not MADE_HERE & set(path.parts)}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_every_file_of_the_package_and_no_other(wheel: Path) -> None:
    with ZipFile(wheel) as opened:
        held = {name.removeprefix("drawbar/") for name in opened.namelist() if name.startswith("drawbar/")}

    assert held == files_of(*PACKAGES, *MODULES, "salesforce", "py.typed") - files_of("tests")
    assert {"__init__.py", "sandbox/soql/grammar.lark", "salesforce/sfdx-project.json"} <= held


def test_an_installed_drawbar_finds_what_it_brings_along_and_misses_no_document(wheel: Path, tmp_path: Path) -> None:
    with ZipFile(wheel) as opened:
        opened.extractall(tmp_path / "site")
    check = "from drawbar.commands.salesforce import salesforce; salesforce(['generate', '--check'])"

    done = subprocess.run(
        [sys.executable, "-c", check], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (0, "0 files differ.\n"), done.stderr


def test_the_linter_looks_at_every_python_file() -> None:
    listed = subprocess.run([RUFF, "check", "--show-files"], cwd=ROOT, check=True, capture_output=True, text=True)
    seen = {Path(line).relative_to(ROOT).as_posix() for line in listed.stdout.splitlines()}

    assert {path for path in files_of(*PACKAGES, *MODULES) if path.endswith(".py")} - seen == set()
