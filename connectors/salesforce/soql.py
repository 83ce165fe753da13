"""Queries for records by key or condition: names are checked, keys are quoted, and a query fits into a URL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote_plus

from drawbar.middleware.ports import Condition, OneOf

KEYS_PER_QUERY: Final = 200

_LONGEST_KEYS: Final = 12_000
"""Bytes of keys in a URL, escapes included: Salesforce takes 16,384 bytes of URL and headers."""

_NAME: Final = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)*", re.ASCII)


def plain_name(name: str) -> str:
    """Give the name of an object or field (dotted for a parent's) if it is one; anything else raises ValueError."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of an object or field")
    return name


def select(fields: Sequence[str], object_name: str, key_field: str, keys: Sequence[str]) -> str:
    """Build the query for records by key."""
    return _worded(
        "SELECT {:literal} FROM {:literal} WHERE {:literal} IN {}",
        ", ".join(map(plain_name, fields)),
        plain_name(object_name),
        plain_name(key_field),
        list(keys),
    )


def select_all(fields: Sequence[str], object_name: str, key_field: str, where: Sequence[Condition] = ()) -> str:
    """Build the query for all records that have a key and fulfil every condition."""
    query = _worded(
        "SELECT {:literal} FROM {:literal} WHERE {:literal} != null",
        ", ".join(map(plain_name, fields)),
        plain_name(object_name),
        plain_name(key_field),
    )
    return " AND ".join([query, *map(_condition, where)])


def select_changed(
    fields: Sequence[str], object_name: str, since: datetime, after: tuple[datetime, str] | None, limit: int
) -> str:
    """Build the query for a page of what changed at a time or later, by SystemModstamp and Id.

    `after` is the place of the last record of the page before: SystemModstamp is not unique, so that a page goes on
    within an instant.
    """
    names = ", ".join(map(plain_name, fields))
    if after is None:
        where = _worded("SystemModstamp >= {}", since)
    else:
        where = _worded("(SystemModstamp > {0} OR (SystemModstamp = {0} AND Id > {1}))", after[0], after[1])
    query = _worded("SELECT {:literal} FROM {:literal} WHERE ", names, plain_name(object_name))
    return f"{query}{where} ORDER BY SystemModstamp, Id LIMIT {limit:d}"


def _condition(wanted: Condition) -> str:
    name = plain_name(wanted.field)
    if isinstance(wanted, OneOf):
        return _worded("{:literal} IN {}", name, list(wanted.values))
    return _worded("{0:literal} >= {1} AND {0:literal} < {2}", name, wanted.first, wanted.before)


def key_chunks(keys: Iterable[str]) -> Iterator[list[str]]:
    """Divide keys, each once, into as many as one query takes."""
    chunk: list[str] = []
    size = 0
    for key in dict.fromkeys(keys):
        length = len(quote_plus(_quoted(key))) + len("%2C")
        if chunk and (len(chunk) == KEYS_PER_QUERY or size + length > _LONGEST_KEYS):
            yield chunk
            chunk, size = [], 0
        chunk.append(key)
        size += length
    if chunk:
        yield chunk


def _worded(query: str, *values: object) -> str:
    from simple_salesforce.format import format_soql  # noqa: PLC0415  (see SalesforceClient.salesforce)

    return str(format_soql(query, *values))


def _quoted(value: str) -> str:
    from simple_salesforce.format import quote_soql_value  # noqa: PLC0415

    return str(quote_soql_value(value))
