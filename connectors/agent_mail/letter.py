"""The text of a message to an agent: a Jinja2 template that operators may replace, in a sandbox; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from drawbar.middleware.errors import ConfigError
from drawbar.middleware.repossession.orders import ORDER_TYPES, RepoOrder

Purpose = Literal["order", "update", "reopen", "hold", "close", "comment"]

HEADLINES: Final[Mapping[Purpose, str]] = {
    "order": "Repossession order", "update": "Changed repossession order", "reopen": "Reopened repossession order",
    "hold": "HOLD repossession order", "close": "CLOSED repossession order", "comment": "About repossession order",
}  # fmt: skip
_SUBJECT: Final = "Subject:"


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in words."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Matter:
    """What a message is about: the order, why we write, and to whom; `text` is that of a comment."""

    order: RepoOrder
    purpose: Purpose
    agent: str
    reason: str = ""
    text: str = ""


def write_letter(matter: Matter, template: Path | None) -> Letter:
    """Fill the template in; raises ConfigError when it is not usable.

    Its first line is `Subject: …`, then comes an empty line, then the message.
    """
    place = str(template) if template else "the template that Drawbar brings"
    try:
        written = _environment().from_string(_source(template)).render(
            order=matter.order, order_type=ORDER_TYPES[matter.order.order_type], purpose=matter.purpose,
            headline=HEADLINES[matter.purpose], agent=matter.agent, reason=matter.reason, text=matter.text,
        )  # fmt: skip
    except TemplateSyntaxError as error:
        raise _unusable(f"{place}, line {error.lineno}: {error.message}") from None
    except (TemplateError, ArithmeticError, TypeError, ValueError) as error:
        raise _unusable(f"{place}: {type(error).__name__}: {error}") from None
    first, _, rest = written.partition("\n")
    if not first.startswith(_SUBJECT):
        raise _unusable(f"{place} does not begin with a line {_SUBJECT} …")
    return Letter(" ".join(first.removeprefix(_SUBJECT).split()), rest.strip() + "\n")


def _source(template: Path | None) -> str:
    if template is None:
        return (files(__package__) / "templates" / "message.txt.j2").read_text(encoding="utf-8")
    try:
        return template.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(f"{template} cannot be read ({type(error).__name__})") from None


@cache
def _environment() -> SandboxedEnvironment:
    return SandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)


def _unusable(what: str) -> ConfigError:
    return ConfigError(what, remedy="Mend agent_mail.template, and try it with: drawbar agents preview ORDER")
