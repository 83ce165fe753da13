"""Makes entries of events: pure, by the rules alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from drawbar.middleware.accounting.records import AccountingEvent, Entry, EntryLine
from drawbar.middleware.accounting.rules import AccountingRules, Dimensions, EventRule, LineRule, Side
from drawbar.middleware.errors import NotThere, RecordRejected
from drawbar.middleware.units import whole_cents


def rule_of(rules: AccountingRules, name: str) -> EventRule:
    """Give the rule of an event; NotThere, which lists the others, when there is none."""
    if name not in rules.events:
        raise NotThere(f"there is no rule for the event {name!r}", remedy=f"Events: {', '.join(sorted(rules.events))}.")
    return rules.events[name]


def entry_of(rules: AccountingRules, event: AccountingEvent) -> Entry:
    """Make the entry of an event.

    A line of no amount is left out, one below zero goes to the other side. RecordRejected names what is missing, or
    that the two sides differ; NotThere an event that has no rule.
    """
    rule = rule_of(rules, event.name)
    _check(rule, event)
    place = rules.dimensions(event.company, event.portfolio)
    lines = tuple(_lines(rules, rule, event, place))
    if not lines:
        raise _refused(event, "amounts", "comes to nothing", "Give an amount that is not zero.")
    return Entry(
        event=event.name, document=rule.document, key=event.key, on=event.on, lines=lines, party=event.party,
        party_kind=rule.party, due=event.on + timedelta(days=rule.due_days) if rule.due_days else None,
        memo=event.memo, location=place.location, books=place.books,
    )  # fmt: skip


def _check(rule: EventRule, event: AccountingEvent) -> None:
    if not event.key:
        raise _refused(event, "key", "has no key", "Give the number that identifies it, such as a work order's.")
    missing = [name for name in rule.amounts if name not in event.amounts]
    unknown = sorted(set(event.amounts) - set(rule.amounts))
    if missing or unknown:
        wrong = f"lacks {', '.join(missing)}" if missing else f"has no use for {', '.join(unknown)}"
        raise _refused(event, "amounts", wrong, f"It takes: {', '.join(rule.amounts)}.")
    for name, amount in event.amounts.items():
        try:
            whole_cents(amount)
        except ValueError as error:
            raise _refused(event, name, str(error), "Give US dollars with at most two decimals.") from None
    if rule.party and not event.party:
        raise _refused(event, "party", f"names no {rule.party}", f"Give the {rule.party} as QuickBooks names it.")


def _lines(rules: AccountingRules, rule: EventRule, event: AccountingEvent, place: Dimensions) -> Iterator[EntryLine]:
    for side, line in rule.lines:
        amount = _sum(line, event)
        if amount == 0:
            continue
        if amount < 0 and rule.document != "journal":
            raise _refused(event, line.amount[0], "is below zero", "Post a credit as a journal, or mend the amount.")
        account = place.accounts.get(line.account, rules.accounts[line.account])
        yield EntryLine(
            side=side if amount > 0 else _other(side), account=account,
            amount=abs(amount), memo=line.memo or event.memo, item=line.item,
            class_name=place.class_name or rule.class_name,
        )  # fmt: skip


def _sum(line: LineRule, event: AccountingEvent) -> Decimal:
    total = Decimal("0.00")
    for name in line.amount:
        amount = whole_cents(event.amounts[name.lstrip("-")])
        total += -amount if name.startswith("-") else amount
    return total


def _other(side: Side) -> Side:
    return "credit" if side == "debit" else "debit"


def _refused(event: AccountingEvent, field: str, message: str, remedy: str) -> RecordRejected:
    return RecordRejected(message, record=f"{event.name} {event.key}", field=field, remedy=remedy, code="ACCOUNTING")


def example(rule: EventRule, event: AccountingEvent) -> AccountingEvent:
    """Fill in what an event lacks, so that its entry can be shown: the party, and 100.00 each if it has no amounts."""
    amounts = event.amounts or dict.fromkeys(rule.amounts, Decimal("100.00"))
    return replace(event, amounts=amounts, party=event.party or rule.party)
