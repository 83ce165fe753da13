"""The template of letters: what it may do, and what stops it before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from drawbar.connectors.agent_mail.letter import HEADLINES, Matter, write_letter
from drawbar.connectors.agent_mail.paper import order_pdf
from drawbar.connectors.agent_mail.sample import SAMPLE
from drawbar.connectors.agent_mail.settings import AgentMailSettings
from drawbar.middleware.errors import ConfigError
from tests.repo_orders import ORDER


def letter(tmp_path: Path, template: str) -> str:
    place = tmp_path / "order.txt.j2"
    place.write_text(template, encoding="utf-8")
    return write_letter(Matter(ORDER, "order", "Lone Star"), place).body


def test_an_operator_may_write_another_letter(tmp_path: Path) -> None:
    template = "Subject: {{ order.number }}\n\n{{ agent }}: {{ order.lessee_name }} & Co.\n"

    assert letter(tmp_path, template) == "Lone Star: Jane Q. Hauler & Co.\n"


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("Subject: x\n\n{{ order.color_of_the_truck }}", "color_of_the_truck"),
        ("Subject: x\n\n{{ nothing }}", "nothing"),
        ("Subject: x\n\n{% if %}", "line 3"),
        ("Subject: x\n\n{{ order.__class__.__mro__ }}", "__class__"),
        ("Subject: x\n\n{{ 1 / 0 }}", "ZeroDivisionError"),
        ("Dear agent,", "Subject"),
    ],
)
def test_a_template_that_is_not_usable_stops_everything_with_the_reason(
    tmp_path: Path, template: str, reason: str
) -> None:
    with pytest.raises(ConfigError, match=reason) as stopped:
        letter(tmp_path, template)

    assert "order.txt.j2" in stopped.value.message
    assert "preview" in stopped.value.remedy


def test_a_template_that_is_not_there_stops_everything(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="FileNotFoundError"):
        write_letter(Matter(ORDER, "order", "Lone Star"), tmp_path / "none.j2")


def test_our_template_serves_every_purpose_with_as_little_as_there_may_be() -> None:
    for purpose in HEADLINES:
        written = write_letter(Matter(SAMPLE, purpose, "Agent", text="hello"), None)
        assert "RO-0" in written.subject
        assert "{{" not in written.body


def test_equal_orders_give_equal_papers_and_signs_of_markup_stay_text() -> None:
    odd = {"lessee_name": "O'Brien & <b>Söhne</b>", "instructions": "a < b\n</para>"}
    order = type(ORDER)(**{name: odd.get(name, getattr(ORDER, name)) for name in ORDER.__slots__})

    assert order_pdf(order) == order_pdf(order)
    assert order_pdf(order) != order_pdf(ORDER)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"sender": "Repo <repo@lender.example>"}, "must be an e-mail address"),
        ({"sender": "repo@lender.example\r\nBcc: x@y.z"}, "must be an e-mail address"),
        ({"reply_to": "repo@lender.example"}, "with {order}"),
        ({"smtp": {"host": "smtp.lender.example", "security": "none"}}, "only for a server on this machine"),
        ({"smtp": {"host": "smtp.lender.example", "user": "x"}}, "belong together"),
    ],
)
def test_settings_that_would_not_be_safe_are_refused(wrong: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        AgentMailSettings.model_validate({"sender": "a@b.example", "smtp": {"host": "h"}} | wrong)
