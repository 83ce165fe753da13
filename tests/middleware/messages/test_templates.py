"""Templates: files of the lender, checked by name when they are read (P04)."""

from __future__ import annotations

from pathlib import Path

import pytest

from drawbar.middleware.errors import ConfigError, RecordRejected
from drawbar.middleware.messages.records import LesseeFacts, MessageChannel
from drawbar.middleware.messages.settings import MessageSettings
from drawbar.middleware.messages.templates import choose, read_templates, write

TEXT = "{{ lessee_name }} {{ vehicle }} {{ days_past_due }}"
FACTS = LesseeFacts("LW00000001", "Acme", "OTR", "2021 Mack", 34, "1,200.00", "", "", "OK")


@pytest.mark.spec("P04")
@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("a.text.txt", TEXT + "{{ balance }}", "there is no merge field balance"),
        ("a.text.txt", "{{ lessee_name }} {{ vehicle }}", "a text message has to carry days_past_due"),
        ("a.email.txt", "Dear {{ lessee_name }}", "does not begin with a line Subject:"),
        ("a.text.txt", TEXT + "{% if %}", "line 1"),
        ("a.txt", TEXT, "neither NAME.text.txt nor NAME.email.txt"),
        ("a.fax.txt", TEXT, "neither NAME.text.txt nor NAME.email.txt"),
    ],
)
def test_a_template_that_cannot_be_used_is_refused_by_file_and_fault(
    tmp_path: Path, name: str, text: str, fault: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=f"{name}: .*{fault}"):
        read_templates(MessageSettings(templates=tmp_path))


def test_a_template_cannot_reach_beyond_its_merge_fields(tmp_path: Path) -> None:
    (tmp_path / "a.text.txt").write_text(TEXT + "{{ vehicle.__class__.__mro__ }}", encoding="utf-8")
    settings = MessageSettings(templates=tmp_path)
    with pytest.raises(ConfigError, match="SecurityError"):
        write(choose(settings, "a", MessageChannel.TEXT, record="message K1"), FACTS, settings)


def test_a_text_that_is_too_long_for_a_telephone_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.text.txt").write_text(TEXT + "x" * 1_600, encoding="utf-8")
    settings = MessageSettings(templates=tmp_path)
    with pytest.raises(RecordRejected, match="1600 fit"):
        write(choose(settings, "a", MessageChannel.TEXT, record="message K1"), FACTS, settings)


def test_every_template_that_drawbar_brings_can_be_filled_in() -> None:
    settings = MessageSettings(sender_name="Drawbar Leasing")
    for template in read_templates(settings).values():
        written = write(template, FACTS, settings)
        assert "34" in written.text
        assert "STOP" in written.text
        assert (written.subject != "") == (template.channel is MessageChannel.EMAIL)
