from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

DRAWBAR = Path(sys.executable).parent / "drawbar"


def demo(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [str(DRAWBAR), "demo", "--folder", str(folder), "--accounts", "60", "--leave", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=900, check=False, cwd=folder.parent)


@pytest.mark.spec("P25")
def test_the_demo_ends_on_an_account_after_two_days(tmp_path: Path) -> None:
    done = demo(tmp_path / "demo")

    assert done.returncode == 0, done.stdout + done.stderr
    first, again, second = re.findall(r"^Run accounts-\S+: (\w+)", done.stdout, re.MULTILINE)
    assert {first, again, second} == {"succeeded"}
    assert "Nothing waited." in done.stdout
    assert re.search(r"http://localhost:\d+/account/LW\d{8}", done.stdout)
    assert re.search(r"Days_Past_Due__c: \d+ -> \d+", done.stdout)
    assert re.search(r"Repossession VH\d{8}-R001: Ordered", done.stdout)
    assert re.search(r"^Run agent-mail-\S+: succeeded", done.stdout, re.MULTILINE)
    assert re.search(r"JournalEntry: [1-9]\d* written, 0 refused", done.stdout)


def test_the_demo_removes_nothing_but_an_earlier_demo(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "precious.txt").write_text("mine", encoding="utf-8")

    done = demo(other)

    assert done.returncode == 1
    assert "holds something else" in done.stderr
    assert (other / "precious.txt").read_text(encoding="utf-8") == "mine"
