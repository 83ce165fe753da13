from __future__ import annotations

import io
import json
import logging

import pytest
import structlog

from drawbar.middleware.log import mask


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


def test_only_allowed_fields_reach_the_log(log: io.StringIO) -> None:
    structlog.get_logger("drawbar.test").info("sent", rows=3, lessee_name="Joe Doe", phone="503 555 0142")

    line = json.loads(log.getvalue())
    assert (line["event"], line["rows"], line["withheld"]) == ("sent", 3, ["lessee_name", "phone"])
    assert "Joe" not in log.getvalue()
    assert "555 0142" not in log.getvalue()


def test_the_text_of_an_exception_is_masked(log: io.StringIO) -> None:
    try:
        int("no such lessee: joe.doe@example.com, 078-05-1120")
    except ValueError:
        structlog.get_logger("drawbar.test").exception("failed")

    assert "[email], [ssn]" in log.getvalue()
    assert "joe.doe" not in log.getvalue()


def test_libraries_are_heard_from_warnings_on_and_masked(log: io.StringIO) -> None:
    logging.getLogger("asyncssh").info("connected")
    logging.getLogger("asyncssh").warning("lost joe.doe@example.com")

    (line,) = log.getvalue().splitlines()
    assert json.loads(line)["event"] == "lost [email]"
