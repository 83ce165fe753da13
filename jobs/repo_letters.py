"""The e-mail that tells the lender's people of a requested repossession (P11)."""

from __future__ import annotations

from collections.abc import Sequence

from drawbar.connectors.mail.target import SUBJECT, TEXT, TO
from drawbar.connectors.salesforce.records.case import CASE
from drawbar.middleware.records import TargetRecord
from drawbar.middleware.repossession.cases import RepoCase
from drawbar.middleware.repossession.events import CaseEvent


def request_letter(case: RepoCase, request: CaseEvent, to: Sequence[str]) -> TargetRecord:
    """Give the letter of a case, under the case's key: each request is told once."""
    facts = case.facts
    subject = f"Repossession requested: {facts.vehicle or 'vehicle'} {case.asset} of account {case.account}"
    lines = [
        ("Case", case.key), ("Lease account", case.account), ("Vehicle", f"{case.asset} {facts.vehicle}".strip()),
        ("VIN", facts.vin), ("Requested by", request.who), ("Reason", request.reason),
        ("Days past due", str(facts.days_past_due)), ("Past due", f"{facts.past_due:,} US dollars"),
        ("Payments made", str(facts.payments_made)), ("Last payment", str(facts.last_payment_on or "")),
        ("Recovery", ": ".join(filter(None, (facts.gps_verdict, facts.gps_reasons.partition("\n")[0])))),
        ("Last location", facts.last_location),
    ]  # fmt: skip
    told = "\n".join(f"{name}: {value}" for name, value in lines if value)
    text = f"A repossession was requested. It waits for a decision in Salesforce.\n\n{told}\n"
    return TargetRecord(CASE.api_name, case.key, {TO: "\n".join(to), SUBJECT: subject, TEXT: text})
