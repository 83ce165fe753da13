"""Progress of long work: a moving line on a terminal, a line per phase elsewhere, nothing beside JSON."""

from __future__ import annotations

import io
import sys

import pytest

from drawbar.commands.progress import follow


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def work(*, quiet: bool = False) -> None:
    with follow(quiet=quiet) as report:
        for phase, done in (("taking accounts", 500), ("taking accounts", 1_000), ("delivering Case", 1)):
            report(phase, done, 1_000)


def test_elsewhere_each_phase_is_one_plain_line(capsys: pytest.CaptureFixture[str]) -> None:
    work()
    assert capsys.readouterr().err == "taking accounts ...\ndelivering Case ...\n"


def test_on_a_terminal_one_line_moves_and_is_gone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    work()
    shown = terminal.getvalue()
    assert "delivering Case" in shown
    assert "1/1000" in shown
    assert "\x1b[2K" in shown.rpartition("delivering Case")[2]


@pytest.mark.parametrize("screen", [io.StringIO, Terminal])
def test_nothing_moves_beside_json(monkeypatch: pytest.MonkeyPatch, screen: type[io.StringIO]) -> None:
    terminal = screen()
    monkeypatch.setattr(sys, "stderr", terminal)
    work(quiet=True)
    assert terminal.getvalue() == ""
