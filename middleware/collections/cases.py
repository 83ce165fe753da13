"""Decides what becomes of an account's delinquency case: one open case per delinquent account, never two (P02)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum

from drawbar.middleware.collections.delinquency import Delinquency, DelinquencyRules
from drawbar.middleware.collections.records import AccountStanding, CaseStatus, DelinquencyCase
from drawbar.middleware.units import Days

Cases = tuple[DelinquencyCase, ...]
"""All cases of one account, oldest first."""


class LastCase(StrEnum):
    """Where the account's newest case stands."""

    NONE = "none yet"
    OPEN = "open"
    CLOSED_LATELY = "closed, reopening days not over"
    CLOSED_LONG_AGO = "closed, reopening days over"


class AccountIs(StrEnum):
    """What the account is today."""

    DELINQUENT = "delinquent"
    NOT_DELINQUENT = "not delinquent"
    LEFT = "no longer on the book"


class CaseAction(StrEnum):
    """What is done."""

    NOTHING = "nothing"
    OPEN = "open a new case"
    UPDATE = "keep it open, with today's figures"
    CLOSE = "close it"
    REOPEN = "reopen it"


DECISIONS = {
    (LastCase.NONE, AccountIs.DELINQUENT): CaseAction.OPEN,
    (LastCase.NONE, AccountIs.NOT_DELINQUENT): CaseAction.NOTHING,
    (LastCase.NONE, AccountIs.LEFT): CaseAction.NOTHING,
    (LastCase.OPEN, AccountIs.DELINQUENT): CaseAction.UPDATE,
    (LastCase.OPEN, AccountIs.NOT_DELINQUENT): CaseAction.CLOSE,
    (LastCase.OPEN, AccountIs.LEFT): CaseAction.CLOSE,
    (LastCase.CLOSED_LATELY, AccountIs.DELINQUENT): CaseAction.REOPEN,
    (LastCase.CLOSED_LATELY, AccountIs.NOT_DELINQUENT): CaseAction.NOTHING,
    (LastCase.CLOSED_LATELY, AccountIs.LEFT): CaseAction.NOTHING,
    (LastCase.CLOSED_LONG_AGO, AccountIs.DELINQUENT): CaseAction.OPEN,
    (LastCase.CLOSED_LONG_AGO, AccountIs.NOT_DELINQUENT): CaseAction.NOTHING,
    (LastCase.CLOSED_LONG_AGO, AccountIs.LEFT): CaseAction.NOTHING,
}
"""The whole of the rule: where the newest case stands, and what the account is today, give what is done."""


def decide(cases: Sequence[DelinquencyCase], account_is: AccountIs, as_of: date, reopen_days: Days) -> CaseAction:
    """Look the action up; with 30 reopening days a case closed on 1 March is reopened through 31 March."""
    return DECISIONS[_last_case(cases, as_of, reopen_days), account_is]


def apply(action: CaseAction, cases: Cases, account_number: str, as_of: date, reason: str) -> Cases:
    """Give the account's cases after the action; only the newest can change, or one be added.

    `reason` is what a case that is closed now is closed for.
    """
    match action:
        case CaseAction.OPEN:
            return (*cases, _new_case(account_number, len(cases) + 1, as_of))
        case CaseAction.CLOSE:
            closed = replace(cases[-1], status=CaseStatus.CLOSED, closed_on=as_of, close_reason=reason)
            return (*cases[:-1], closed)
        case CaseAction.REOPEN:
            return (*cases[:-1], _reopened(cases[-1], as_of))
        case CaseAction.UPDATE | CaseAction.NOTHING:
            return cases


def account_is(standing: AccountStanding, late: Delinquency) -> AccountIs:
    """Name what the account is today."""
    if not standing.serviced:
        return AccountIs.LEFT
    return AccountIs.DELINQUENT if late.is_delinquent else AccountIs.NOT_DELINQUENT


def close_reason(standing: AccountStanding, late: Delinquency, rules: DelinquencyRules) -> str:
    """Say in two or three words why a case is closed: `Cured`, `Within Grace`, `Below Minimum`, or how it left."""
    if not standing.serviced:
        return standing.left_as or "Left the Book"
    if late.days_past_due == 0:
        return "Cured"
    return "Within Grace" if late.days_past_due <= rules.grace_days else "Below Minimum"


def _last_case(cases: Sequence[DelinquencyCase], as_of: date, reopen_days: Days) -> LastCase:
    if not cases:
        return LastCase.NONE
    if cases[-1].closed_on is None:
        return LastCase.OPEN
    lately = (as_of - cases[-1].closed_on).days <= reopen_days
    return LastCase.CLOSED_LATELY if lately else LastCase.CLOSED_LONG_AGO


def _new_case(account_number: str, sequence: int, as_of: date) -> DelinquencyCase:
    return DelinquencyCase(
        key=f"{account_number}-D{sequence:03d}",
        account_number=account_number,
        sequence=sequence,
        status=CaseStatus.OPEN,
        opened_on=as_of,
        closed_on=None,
        close_reason="",
        reopened_on=None,
        times_reopened=0,
    )


def _reopened(case: DelinquencyCase, as_of: date) -> DelinquencyCase:
    return replace(
        case,
        status=CaseStatus.OPEN,
        closed_on=None,
        close_reason="",
        reopened_on=as_of,
        times_reopened=case.times_reopened + 1,
    )
