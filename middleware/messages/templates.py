"""Templates of messages: files that people edit, filled in from named merge fields; checked when they are read (P04).

A template is a file `NAME.text.txt` or `NAME.email.txt`, in Jinja; one for e-mail begins with `Subject: …` and an
empty line. It is refused by name when it asks for a merge field that there is none of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, meta
from jinja2.sandbox import SandboxedEnvironment

from drawbar.middleware.errors import ConfigError, RecordRejected
from drawbar.middleware.messages.records import LesseeFacts, MessageChannel
from drawbar.middleware.messages.settings import MessageSettings

MERGE_FIELDS: Final[Mapping[str, str]] = {
    "lessee_name": "name of the lessee",
    "vehicle": "year, make and model",
    "days_past_due": "whole days, a number",
    "past_due_amount": "US dollars with cents",
    "account": "the last four characters of the lease account's number",
    "sender_name": "the lender, as the settings name it",
    "call_back": "telephone number to call, as the settings give it",
}
"""What a template may ask for."""

NEEDED_IN_TEXTS: Final = ("lessee_name", "vehicle", "days_past_due")
"""What every text message carries (P04)."""

LONGEST_TEXT: Final = 1600
"""Characters that a text message may have at Twilio (twilio.com/docs/messaging/api/message-resource, read 2026-11)."""

_SUBJECT: Final = "Subject:"
_ENDING: Final = ".txt"


@dataclass(frozen=True, slots=True)
class Template:
    """A template as it was read; `source` is its text, `place` where it stands."""

    name: str
    channel: MessageChannel
    source: str
    place: str


@dataclass(frozen=True, slots=True)
class Written:
    """A message in words; a text message has no subject."""

    subject: str
    text: str


def read_templates(settings: MessageSettings) -> dict[tuple[str, MessageChannel], Template]:
    """Read all templates by name and channel; raises ConfigError, naming file and fault, when one cannot be used."""
    folder: Path | Traversable = settings.templates or files(__package__) / "templates"
    if not folder.is_dir():
        raise ConfigError(f"there is no folder {folder}", remedy="Make it, or correct messages.templates.")
    there = sorted(folder.iterdir(), key=lambda file: file.name)
    found = [_read(each) for each in there if each.name.endswith(_ENDING)]
    return {(each.name, each.channel): each for each in found}


def choose(settings: MessageSettings, name: str, channel: MessageChannel, *, record: str) -> Template:
    """Give a template; raises RecordRejected for one that there is none of, ConfigError as `read_templates` does."""
    templates = read_templates(settings)
    if (name, channel) not in templates:
        known = ", ".join(sorted(each for each, way in templates if way is channel)) or "none"
        raise RecordRejected(
            f"{name!r} is no template for {channel}", record=record, field="template", code="TEMPLATE",
            remedy=f"Choose one of: {known}.",
        )  # fmt: skip
    return templates[name, channel]


def write(template: Template, facts: LesseeFacts, settings: MessageSettings) -> Written:
    """Fill a template in; raises RecordRejected when the result is too long for a text message."""
    values = {
        "lessee_name": facts.lessee, "vehicle": facts.vehicle, "days_past_due": facts.days_past_due,
        "past_due_amount": facts.past_due_amount, "account": facts.account[-4:],
        "sender_name": settings.sender_name, "call_back": settings.call_back,
    }  # fmt: skip
    try:
        text = _environment().from_string(template.source).render(values)
    except (TemplateError, ArithmeticError, TypeError, ValueError) as error:
        raise _unusable(template.place, f"{type(error).__name__}: {error}") from None
    if template.channel is MessageChannel.EMAIL:
        first, _, rest = text.partition("\n")
        return Written(" ".join(first.removeprefix(_SUBJECT).split()), rest.strip() + "\n")
    if len(text.strip()) > LONGEST_TEXT:
        raise RecordRejected(
            f"it has {len(text.strip())} characters, {LONGEST_TEXT} fit", record=f"template {template.name}",
            field="text", code="TOO_LONG", remedy="Shorten the template.",
        )  # fmt: skip
    return Written("", text.strip())


def _read(file: Path | Traversable) -> Template:
    place = str(file)
    name, _, word = file.name.removesuffix(_ENDING).rpartition(".")
    if not name or word not in tuple(MessageChannel):
        raise _unusable(place, "its name is neither NAME.text.txt nor NAME.email.txt")
    try:
        source = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(place, f"it cannot be read ({type(error).__name__})") from None
    template = Template(name, MessageChannel(word), source, place)
    for fault in _faults(template):
        raise _unusable(place, fault)
    return template


def _faults(template: Template) -> Iterator[str]:
    try:
        asked = meta.find_undeclared_variables(_environment().parse(template.source))
    except TemplateSyntaxError as error:
        yield f"line {error.lineno}: {error.message}"
        return
    for name in sorted(asked - MERGE_FIELDS.keys()):
        yield f"there is no merge field {name}; there are {', '.join(MERGE_FIELDS)}"
    if template.channel is MessageChannel.TEXT:
        for name in NEEDED_IN_TEXTS:
            if name not in asked:
                yield f"a text message has to carry {name}"
    elif not template.source.startswith(_SUBJECT):
        yield f"it does not begin with a line {_SUBJECT} …"


@cache
def _environment() -> SandboxedEnvironment:
    return SandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)


def _unusable(place: str, fault: str) -> ConfigError:
    return ConfigError(f"{place}: {fault}", remedy="Correct the template: drawbar message templates shows all.")
