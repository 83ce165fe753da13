"""Journal entries of LeaseWorks' general ledger summary: one per business date, company and portfolio (P24)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from drawbar.middleware.accounting.records import Entry, EntryLine
from drawbar.middleware.accounting.rules import AccountingRules, Dimensions
from drawbar.middleware.errors import RecordRejected

EVENT = "gl_summary"


@dataclass(frozen=True, slots=True)
class GlLine:
    """A line of the summary as the hub keeps it; debit and credit are US dollars, mostly one of them zero."""

    number: str
    on: date
    company: str
    portfolio: str
    account: str
    description: str
    debit: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class GlRefusal:
    """A group of lines that cannot be posted, and why."""

    key: str
    error: RecordRejected


def gl_key(on: date, company: str, portfolio: str) -> str:
    """Name the journal entry of a group: the same group has one entry for ever."""
    return "-".join(filter(None, (f"GL{on:%Y%m%d}", company, portfolio)))


def gl_entries(rules: AccountingRules, lines: Sequence[GlLine]) -> Iterator[Entry | GlRefusal]:
    """Make one entry per date, company and portfolio; a group with something wrong is refused by name, alone."""
    groups: dict[tuple[date, str, str], list[GlLine]] = {}
    for line in lines:
        groups.setdefault((line.on, line.company, line.portfolio), []).append(line)
    for group, members in sorted(groups.items()):
        key = gl_key(*group)
        try:
            entry = _entry(rules, key, members)
        except RecordRejected as error:
            yield GlRefusal(key, error)
        else:
            if entry.lines:
                yield entry


def _entry(rules: AccountingRules, key: str, lines: Sequence[GlLine]) -> Entry:
    first = lines[0]
    place = rules.dimensions(first.company, first.portfolio)
    made = tuple(each for line in lines for each in _lines(rules, place, line))
    return Entry(
        event=EVENT, document="journal", key=key, on=first.on, lines=made, location=place.location, books=place.books,
        memo=f"LeaseWorks general ledger summary of {first.on:%Y-%m-%d}",
    )  # fmt: skip


def _lines(rules: AccountingRules, place: Dimensions, line: GlLine) -> Iterator[EntryLine]:
    if line.account not in rules.gl_accounts:
        raise RecordRejected(
            f"the accounting rules know no LeaseWorks account {line.account}",
            record=f"GL Posting {line.number}", field="gl_account", code="UNKNOWN_GL_ACCOUNT",
            remedy=f"Add {line.account} to gl_accounts in the accounting rules.",
        )  # fmt: skip
    word = rules.gl_accounts[line.account]
    account = place.accounts.get(word, rules.accounts[word])
    class_name = place.class_name or rules.gl_class_name
    if line.debit:
        yield EntryLine("debit", account, line.debit, line.description, class_name=class_name)
    if line.credit:
        yield EntryLine("credit", account, line.credit, line.description, class_name=class_name)
