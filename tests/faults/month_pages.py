"""Looks at record pages of the month in a browser, as Lightning shows them: they tell what commands tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from playwright.sync_api import Page
from starlette.applications import Starlette

from drawbar.sandbox.connections import Connections
from drawbar.sandbox.pages.lightning import open_lightning
from drawbar.sandbox.pages.routes import page_routes
from drawbar.sandbox.source import SALESFORCE
from tests.faults.lender_month import LenderMonth
from tests.lightning.browsing import browser, new_page, open_at
from tests.sandbox.local_server import serve


@dataclass(frozen=True)
class MonthPages:
    """The org's pages of a month that is over; `complaints` are those of the browser's console."""

    month: LenderMonth
    address: str
    page: Page
    complaints: list[str] = field(default_factory=list)

    def told_otherwise(self, part: str) -> Iterator[str]:
        """Say what the pages of a repossession, its vehicle, account, sale and review do not tell as commands do."""
        for number in self.month.parts[part]:
            account = f"LW{number:08d}"
            case, review = self.month.asked("repo", "show", account)[-1], self.month.asked("resale", "review", account)
            sold = self.month.id_of("Sale__c", Vehicle__c=self.month.vehicle(number))
            reviewed = self.month.id_of("Account_Review__c", Review_Key__c=account)
            yield from self._missing("Case", self.month.case(number), self._case(account, case))
            yield from self._missing("Vehicle__c", self.month.vehicle(number), ["Disposition SOLD"])
            yield from self._missing("Lease_Account__c", self.month.account(number), self._account(account))
            yield from self._missing("Sale__c", sold, ["Status Accepted", f"Price {_usd(review['proceeds'])}"])
            yield from self._missing("Account_Review__c", reviewed, self._review(review))
        yield from self.complaints

    def _case(self, account: str, told: Mapping[str, Any]) -> Iterator[str]:
        facts, estimate = told["facts"], told["estimated_recovery"]
        shown = self.month.typed("repo", "show", account).stdout.splitlines()
        yield from (line for line in shown if " -> " in line)
        yield f"There is nothing to decide: the repossession stands at {told['state']}."
        yield f"GPS verdict {facts['gps_verdict'] or 'no verdict'}"
        yield f"Estimated recovery {'not known' if estimate is None else _usd(estimate)}"
        yield f"Condition {facts['condition']}"
        yield f"Payments made {facts['payments_made']}"
        yield f"Failed attempts {told['failed_attempts']}"
        yield f"Repossession costs {_usd(told['costs'])}"

    def _account(self, account: str) -> Iterator[str]:
        record = self.month.asked("show", "account", account)["salesforce"]["record"]
        yield f"Days past due {record['Days_Past_Due__c']}"
        yield f"Payoff {_usd(record['Payoff_Amount__c'])}"
        yield f"Past due {_usd(record['Past_Due_Amount__c'])}"

    def _review(self, told: Mapping[str, Any]) -> Iterator[str]:
        yield f"Deficiency {_usd(told['deficiency'])}"
        yield f"Surplus {_usd(told['surplus'])}"
        yield f"Proceeds {_usd(told['proceeds'])}"

    def _missing(self, object_name: str, record_id: str, texts: Iterable[str]) -> Iterator[str]:
        place = f"/lightning/r/{object_name}/{record_id}/view"
        open_at(self.page, self.address + place)
        shown = _words(self.page.locator("main").inner_text())
        yield from (f"{place} does not show {each!r}" for each in texts if _words(each) not in shown)


@contextmanager
def open_pages(month: LenderMonth) -> Iterator[MonthPages]:
    """Serve the org's pages with what `make lightning` built, and open a browser, until the block ends."""
    lightning = open_lightning(SALESFORCE)
    assert lightning is not None, "build the pages first: make lightning"
    connections = Connections()
    app = Starlette(routes=page_routes(month.world.org.local.org, lightning))
    with serve(app, connections) as port, browser() as started:
        page = new_page(started)
        page.clock.set_fixed_time(month.clock.seen())
        pages = MonthPages(month, f"http://127.0.0.1:{port}", page)
        page.on(
            "console", lambda told: pages.complaints.append(told.text) if told.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: pages.complaints.append(str(error)))
        yield pages
        page.close()


def _usd(amount: object) -> str:
    return f"${Decimal(str(amount or 0)):,.2f}"


def _words(text: str) -> str:
    """Give a text as one line, in small letters: what a style sheet shows in capitals is the same word."""
    return " ".join(text.split()).lower()
