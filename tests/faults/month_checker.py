"""Compares all systems after the month, and what commands and pages tell with what stands in the org.

It shares no code with what it checks: simulated systems say what they hold, tables are read by their columns, amounts
are added up here.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from email.message import EmailMessage
from functools import cached_property
from typing import Any, Final

from sqlalchemy import Table, select

from drawbar.middleware.database.engine import reading
from drawbar.middleware.repossession.tables import repo_order
from drawbar.middleware.resale.tables import asset_sale, work_order
from drawbar.middleware.sync.tables import inbox_message
from drawbar.sandbox.leaseworks.delivery import existing_deliveries
from drawbar.sandbox.leaseworks.taking import taken_rows
from tests.faults.checker import Checker
from tests.faults.lender_month import LenderMonth
from tests.jobs.world import Record
from tests.sandbox.org_client import call_app

NOTHING: Final = Decimal("0.00")
DISPOSITIONS: Final = {
    "Requested": "PENDING", "Under Review": "PENDING", "Approved": "PENDING", "Declined": "PENDING",
    "On Hold": "PENDING", "Ordered": "ORDERED", "Accepted": "ORDERED", "Located": "ORDERED",
    "Failed Attempt": "ORDERED", "Another Chance": "ON LEASE", "Cancelled": "ON LEASE",
    "Repossessed": "REPOSSESSED", "In Storage": "IN STORAGE", "In Repair": "IN REPAIR", "Inventory": "INVENTORY",
    "Remarketing": "REMARKETING", "Sold": "SOLD", "Released": "RELEASED",
}  # fmt: skip
"""Where a repossession stands → how its vehicle has to stand in Salesforce and in LeaseWorks."""


@dataclass(frozen=True)
class MonthChecker:
    """Looks at a month when it is over."""

    month: LenderMonth

    def disagreements(self) -> list[str]:
        """Say everything that does not agree; nothing when all is as it should be."""
        return [
            *self._source_and_org(), *self._messages(), *self._orders(), *self._work(), *self._costs(), *self._sales(),
            *self._reviews(), *self._dispositions(), *self._told(),
        ]  # fmt: skip

    @cached_property
    def cases(self) -> dict[str, Record]:
        found = self.month.world.org.records("Case")
        return {key: row for key, row in found.items() if row["Repossession_Stage__c"]}

    @cached_property
    def work_orders(self) -> dict[str, Record]:
        return self.month.world.org.records("Asset_Work_Order__c")

    def _rows(self, table: Table) -> list[Mapping[str, Any]]:
        with reading(self.month.world.hub.engine) as connection:
            return [dict(row) for row in connection.execute(select(table)).mappings()]

    def _source_and_org(self) -> Iterator[str]:
        world = self.month.world
        deliveries = sorted(existing_deliveries(world.files).values(), key=lambda each: each.name)
        yield from Checker(world.hub, world.org, deliveries).disagreements()

    def _messages(self) -> Iterator[str]:
        """Every message came to an end."""
        for row in self._rows(inbox_message):
            if row["state"] not in ("handled", "failed"):
                yield f"message {row['message_id']} of {row['sender']} is {row['state']}"

    def _orders(self) -> Iterator[str]:
        """Every order is with its agent once, and ended there when it was withdrawn."""
        rdn, mbsi = self.month.vendors.rdn.desk, self.month.vendors.mbsi.desk
        held = {
            "rdn": {each.number: (each.fields["client_reference"], each) for each in rdn.cases.values()},
            "mbsi": {each.number: (_refno(each.fields["body"]), each) for each in mbsi.cases.values()},
        }
        there = {name: Counter(number for number, _ in cases.values()) for name, cases in held.items()}
        there["agent_mail"] = Counter(_ordered_by(each) for each in self.month.post.agents.sent if _has_paper(each))
        for row in self._rows(repo_order):
            number = there[row["channel"]].pop(row["number"], 0)
            if number != 1:
                yield f"order {row['number']} is with {row['channel']} {number} times"
        yield from (f"{name} has {each}, which nobody ordered" for name, left in there.items() for each in left)

    def _work(self) -> Iterator[str]:
        """An approved work order is one bill, one paper, one letter; another is none of them."""
        company = self.month.vendors.books.company
        bills: dict[str, list[Decimal]] = {}
        for each in company.objects("Bill"):
            bills.setdefault(each["DocNumber"], []).append(Decimal(each["TotalAmt"]))
        papers = Counter(each["FileName"] for each in company.objects("Attachable"))
        letters = Counter(name for name, _ in {_same(letter) for _, letter in self.month.post.accounting.letters})
        kept = {row["number"]: row for row in self._rows(work_order)}
        yield from _one_each("work order", self.work_orders, kept)
        for key, row in self.work_orders.items():
            amount = _usd(row["Amount__c"])
            if kept[key]["amount"] != amount:
                yield f"work order {key} has {amount} in Salesforce and {kept[key]['amount']} in the hub"
            approved = row["Status__c"] == "Approved"
            if bills.pop(key, []) != ([amount] if approved else []):
                yield f"work order {key} of {amount} is not one bill of that amount"
            for what, number in (
                ("paper", papers.pop(f"{key}.pdf", 0)), ("letter", letters.pop(f"<{key}@lender.example>", 0)),
            ):  # fmt: skip
                if number != int(approved):
                    yield f"work order {key} ({row['Status__c']}) has its {what} {number} times"
        yield from (f"bill {each} is of no work order" for each in bills)
        yield from (f"letter {each} is of no work order" for each in letters)

    def _costs(self) -> Iterator[str]:
        """Repairs cost what the shop says, and agents what their invoices say, on orders, cases and work orders."""
        shop = {each.id: each for each in self.month.vendors.fleetrock.shop.orders().values()}
        for key, row in self.month.world.org.records("Repair_Order__c").items():
            total = Decimal(str(shop[key].answer(self.month.clock.seen())["grand_total"])).quantize(NOTHING)
            work = self.work_orders.get(f"FR-{key}")
            if {_usd(row["Grand_Total__c"]), _usd(work["Amount__c"]) if work else None} != {total}:
                yield f"repair {key} costs {total} at the shop, and something else in Salesforce"
        for key, row in self.cases.items():
            invoices = [each for each in self.work_orders.values() if f" order {key}-O" in str(each["Description__c"])]
            owed = sum((_usd(each["Amount__c"]) for each in invoices), NOTHING)
            if _usd(row["Repossession_Costs__c"]) != owed:
                yield f"case {key} cost {row['Repossession_Costs__c']}, its work orders {owed}"

    def _sales(self) -> Iterator[str]:
        """A sale that counts is one invoice and one row that LeaseWorks took; another is neither."""
        invoices: dict[str, list[Decimal]] = {}
        for each in self.month.vendors.books.company.objects("Invoice"):
            invoices.setdefault(each["DocNumber"], []).append(Decimal(each["TotalAmt"]))
        taken = dict(taken_rows(self.month.world.files)["sales"])
        kept = {row["number"]: row for row in self._rows(asset_sale)}
        for row in self.month.world.org.records("Sale__c").values():
            key, counts = str(row["Name"]), row["Status__c"] == "Accepted"
            price, fee = _usd(row["Price__c"]), _usd(row["Fee__c"])
            if (key in kept) != counts or (counts and (kept[key]["price"], kept[key]["fee"]) != (price, fee)):
                yield f"sale {key} is {row['Status__c']} in Salesforce, and otherwise in the hub"
            if invoices.pop(key, []) != ([price + fee] if counts else []):
                yield f"sale {key} of {price + fee} is not one invoice of that amount"
            told = taken.pop(key, None)
            if (told is None) == counts or (told and (Decimal(told["PRICE"]), Decimal(told["FEE"])) != (price, fee)):
                yield f"sale {key} is otherwise in LeaseWorks: {told}"
        yield from (f"invoice {each} is of no sale" for each in invoices)
        yield from (f"LeaseWorks has sale {each}, which nobody made" for each in taken)

    def _reviews(self) -> Iterator[str]:
        """Proceeds pay expenses, attorneys and debt; what is left over or short stands in the review, and is posted."""
        entries = {
            each["DocNumber"]: sum((Decimal(line["Amount"]) for line in each["Line"]), NOTHING) / 2
            for each in self.month.vendors.books.company.objects("JournalEntry")
        }
        prices, payoffs = self._by_account(asset_sale, "price"), self._by_account(asset_sale, "payoff")
        approved = [row for row in self._rows(work_order) if row["status"] == "Approved"]
        for account, row in self.month.world.org.records("Account_Review__c").items():
            fees = _usd(row["Attorney_Fees__c"] or 0)
            costs = sum((each["amount"] for each in approved if each["account"] == account), NOTHING) + fees
            left = prices[account] - costs - payoffs[account]
            if (_usd(row["Surplus__c"]), _usd(row["Deficiency__c"])) != (max(left, NOTHING), max(-left, NOTHING)):
                yield f"review {account} leaves {row['Surplus__c']} or lacks {row['Deficiency__c']}, not {left}"
            owed = max(NOTHING, payoffs[account] - max(NOTHING, prices[account] - costs))
            posted = entries.pop(f"WRITE-OFF-{account}"[:21], NOTHING)
            if posted != (owed if row["Decision__c"] == "Write Off" else NOTHING):
                yield f"review {account} wrote {posted} off, not {owed}"
        yield from (f"journal entry {each} is of no review" for each in entries)

    def _by_account(self, table: Table, column: str) -> Counter[str]:
        found: Counter[str] = Counter()
        for row in self._rows(table):
            found[row["account"]] += row[column]
        return found

    def _dispositions(self) -> Iterator[str]:
        """A vehicle stands in Salesforce and in LeaseWorks as its latest repossession does."""
        trucks = self.month.world.org.records("Vehicle__c")
        latest = {str(row["Vehicle__c"]): row for _, row in sorted(self.cases.items())}
        taken = taken_rows(self.month.world.files)["vehicles"]
        for asset, row in latest.items():
            wanted = DISPOSITIONS.get(str(row["Repossession_Stage__c"]), trucks[asset]["Disposition__c"])
            found = {trucks[asset]["Disposition__c"], taken[asset]["DISPOSITION"], self.month.book.dispositions[asset]}
            if found != {wanted}:
                yield f"vehicle {asset} is {' and '.join(map(str, found))}; its case is {row['Repossession_Stage__c']}"

    def _told(self) -> Iterator[str]:
        """Commands and pages tell of cases and accounts what stands in the org."""
        for row in self.month.asked("repo", "list"):
            yield from self._case_told(row)
        accounts = self.month.world.org.records("Lease_Account__c")
        for account in [f"LW{number:08d}" for numbers in self.month.parts.values() for number in numbers]:
            record = accounts[account]
            story = self.month.asked("show", "account", account)
            shown = story["salesforce"]["record"]
            for name in ("Past_Due_Amount__c", "Payoff_Amount__c", "Days_Past_Due__c", "Broken_Promises__c"):
                if name in shown and _usd(shown[name]) != _usd(record[name]):
                    yield f"drawbar show account {account} tells {name} {shown[name]}, the org {record[name]}"
        for account, record in self.month.world.org.records("Account_Review__c").items():
            review = self.month.asked("resale", "review", account)
            for told, name in (("deficiency", "Deficiency__c"), ("surplus", "Surplus__c"), ("proceeds", "Proceeds__c")):
                if Decimal(review[told]) != _usd(record[name]):
                    yield f"drawbar resale review {account} tells {told} {review[told]}, the org {record[name]}"

    def _case_told(self, told: Mapping[str, Any]) -> Iterator[str]:
        row = self.cases[told["case"]]
        amounts = (("costs", "Repossession_Costs__c"), ("estimated_recovery", "Estimated_Recovery__c"))
        for name, field in amounts:
            if _usd(told[name]) != _usd(row[field]):
                yield f"drawbar repo list tells {name} {told[name]} of {told['case']}, the org {row[field]}"
        if (told["state"], told["account"]) != (row["Repossession_Stage__c"], row["Lease_Account__c"]):
            yield f"drawbar repo list tells {told['case']} {told['state']}, the org {row['Repossession_Stage__c']}"
        for before, after in zip(told["steps"], told["steps"][1:], strict=False):
            if after["before"] != before["after"]:
                yield f"{told['case']} goes from {before['after']} to {after['before']} without a step"
        page = call_app(self.month.world.org.local.app, "GET", f"/lightning/r/Case/{row['Id']}/view").text
        for text in (told["state"], f"{Decimal(told['costs']):,}", told["account"]):
            if text not in page:
                yield f"the page of {told['case']} does not show {text}"


def _same(letter: EmailMessage) -> tuple[str, bytes]:
    """Give what makes a letter the one that it is; one that was sent again when its worker had died is no other."""
    parts = [part.get_content() for part in letter.walk() if not part.is_multipart()]
    return str(letter["Message-ID"]), b"".join(each if isinstance(each, bytes) else each.encode() for each in parts)


def _usd(value: Any) -> Decimal:
    return Decimal(str(value or 0)).quantize(NOTHING)


def _refno(body: str) -> str:
    return str(json.loads(body)["other_refno"])


def _ordered_by(message: Any) -> str:
    found = re.search(r"VH\d+-R\d+-O\d+", str(message["Subject"]))
    return found[0] if found else ""


def _has_paper(message: Any) -> bool:
    return "pdf" in {part.get_content_subtype() for part in message.walk()}


def _one_each(what: str, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{what} {key} is missing in the hub" for key in wanted.keys() - found.keys())
    yield from (f"{what} {key} is missing in Salesforce" for key in found.keys() - wanted.keys())
