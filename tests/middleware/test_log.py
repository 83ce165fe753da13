from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from drawbar.middleware.log import configure_logging, mask
from drawbar.middleware.settings import LogSettings


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    configure_logging(LogSettings(level="DEBUG", format="json"))
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("call (503) 555-0142 now", "call [phone] now"),
        ("call +1 503-555-0142", "call [phone]"),
        ("write to joe.doe@example.com", "write to [email]"),
        ("SSN 078-05-1120", "SSN [ssn]"),
        ("account LW00001234 of LS00000412", "account LW****1234 of LS****0412"),
        ("Authorization: Bearer 00Dxx!AQEAQ.abc", "Authorization: Bearer [secret]"),
        ("run accounts-20260302T060000-1f3a took 12 calls", "run accounts-20260302T060000-1f3a took 12 calls"),
    ],
)
def test_what_is_private_is_blotted_out(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_only_allowed_fields_reach_the_log(lines: io.StringIO) -> None:
    structlog.get_logger("drawbar.test").info("sent", rows=3, lessee_name="Joe Doe", phone="503 555 0142")

    line = json.loads(lines.getvalue())
    assert (line["event"], line["rows"], line["withheld"]) == ("sent", 3, ["lessee_name", "phone"])
    assert "Joe" not in lines.getvalue()
    assert "555 0142" not in lines.getvalue()


def test_the_text_of_an_exception_is_masked(lines: io.StringIO) -> None:
    try:
        int("no such lessee: joe.doe@example.com, 078-05-1120")
    except ValueError:
        structlog.get_logger("drawbar.test").exception("failed")

    assert "[email], [ssn]" in lines.getvalue()
    assert "joe.doe" not in lines.getvalue()


def test_libraries_are_heard_from_warnings_on_and_masked(lines: io.StringIO) -> None:
    logging.getLogger("asyncssh").info("connected")
    logging.getLogger("asyncssh").warning("lost joe.doe@example.com")

    (line,) = lines.getvalue().splitlines()
    assert json.loads(line)["event"] == "lost [email]"
