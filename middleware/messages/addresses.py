"""Telephone numbers and e-mail addresses of lessees: made alike, compared, and masked."""

from __future__ import annotations

from typing import Final

from drawbar.middleware.mail_settings import check_address
from drawbar.middleware.messages.records import MessageChannel

_SHOWN: Final = 4


def usable(channel: MessageChannel, given: str) -> str:
    """Give an address as its channel takes it, "" for one that cannot be used: a US number becomes +12145550123."""
    return _number(given) if channel is MessageChannel.TEXT else _email(given)


def comparable(address: str) -> str:
    """Give an address in the one way in which choices are kept: large and small letters are the same."""
    return address.strip().lower()


def masked(address: str) -> str:
    """Give an address for people to recognise and nobody to use: `******0123`, `a***@example.com`."""
    name, at, domain = address.rpartition("@")
    if at:
        return f"{name[:1]}***@{domain}"
    return f"{'*' * max(len(address) - _SHOWN, 0)}{address[-_SHOWN:]}"


def _number(given: str) -> str:
    from phonenumbers import (  # noqa: PLC0415  (its tables cost 100 ms, which commands without numbers need not wait)
        NumberParseException,
        PhoneNumberFormat,
        format_number,
        is_valid_number,
        parse,
    )

    try:
        number = parse(given, "US")
    except NumberParseException:
        return ""
    return format_number(number, PhoneNumberFormat.E164) if is_valid_number(number) else ""


def _email(given: str) -> str:
    try:
        return check_address(given.strip())
    except ValueError:
        return ""
