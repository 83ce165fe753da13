"""Record ids: three characters of the object, twelve of the record, three that tell the case of the others."""

from __future__ import annotations

import re
import zlib

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHECKSUM_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
POD = "Dr0"
SHORT_LENGTH = 15
ID_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")


def base62(number: int, width: int) -> str:
    """Write a number in base 62, padded with zeros; texts sort as their numbers do."""
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))


def checksum(short_id: str) -> str:
    """Give the three characters that turn a 15-character id into its 18-character form."""
    suffix = ""
    for start in (0, 5, 10):
        chunk = short_id[start : start + 5]
        suffix += CHECKSUM_ALPHABET[sum(1 << place for place, letter in enumerate(chunk) if "A" <= letter <= "Z")]
    return suffix


def new_id(key_prefix: str, number: int) -> str:
    """Make the 18-character id of an object's record `number` (1, 2, 3 …)."""
    short_id = f"{key_prefix}{POD}{base62(number, 9)}"
    return short_id + checksum(short_id)


def full_id(text: str) -> str | None:
    """Give the 18-character form of an id of 15 or 18 characters; None when the text is no id.

    The letters of an 18-character id may have lost their case; the checksum restores it, as Salesforce does.
    """
    if not ID_SHAPE.fullmatch(text):
        return None
    if len(text) == SHORT_LENGTH:
        return text + checksum(text)
    if checksum(text[:15]) == text[15:]:
        return text
    return _restored(text)


def _restored(text: str) -> str | None:
    letters = []
    for position, letter in enumerate(text[:15]):
        bits = CHECKSUM_ALPHABET.find(text[15 + position // 5].upper())
        if bits < 0:
            return None
        upper = bits >> (position % 5) & 1
        if upper and not letter.isalpha():
            return None
        letters.append(letter.upper() if upper else letter.lower())
    return "".join(letters) + text[15:].upper()


def custom_prefix(object_name: str, taken: set[str]) -> str:
    """Give the key prefix (`a0X`) of a custom object; it depends on the name, so that it stays when others come."""
    number = zlib.crc32(object_name.encode()) % (62 * 62)
    while (prefix := "a" + base62(number, 2)) in taken:
        number = (number + 1) % (62 * 62)
    taken.add(prefix)
    return prefix


def metadata_id(key_prefix: str, full_name: str) -> str:
    """Give the id of a metadata component (a record type, a permission set); the same name has the same id."""
    return new_id(key_prefix, 62**8 + zlib.crc32(full_name.encode()))
