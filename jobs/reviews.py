"""Final reviews of accounts: worked out, shown in Salesforce, signed off once, and posted (P23)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from drawbar.jobs.books import Books
from drawbar.jobs.concluding import Concluding
from drawbar.jobs.edited_fields import EditedFields
from drawbar.jobs.edits import EditedRecord
from drawbar.jobs.hub import Hub
from drawbar.jobs.steps import Json
from drawbar.mappings import resale_review
from drawbar.mappings.resale_review import StandingReview
from drawbar.middleware.accounting.posting import entry_of
from drawbar.middleware.accounting.records import AccountingEvent
from drawbar.middleware.accounting.rules import load_rules
from drawbar.middleware.audit import Audit
from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.paper import Paper, render
from drawbar.middleware.resale.orders_book import WorkOrderBook
from drawbar.middleware.resale.review import (
    ENDS,
    AccountReview,
    Entered,
    MadeOf,
    SignOff,
    check_end,
    computation,
    review_account,
    review_lines,
)
from drawbar.middleware.resale.sales import KeptSale
from drawbar.middleware.resale.sales_book import SalesBook, sold
from drawbar.middleware.resale.work_orders import KeptWorkOrder, check_right
from drawbar.middleware.sync.inbox_handling import Effect, Handling
from drawbar.middleware.sync.papers import Papers

REVIEW: Final = "Account_Review__c"
_NOTHING: Final = Decimal("0.00")
_EDITED_BY: Final = "LastModifiedBy.Username"


@dataclass(frozen=True, slots=True)
class ReviewDesk:
    """Works reviews out and takes sign-offs, inside the caller's transaction."""

    hub: Hub
    connection: Connection
    run_id: str
    now: datetime

    @property
    def _book(self) -> SalesBook:
        return SalesBook(self.connection)

    def review(self, account: str) -> AccountReview:
        """Work the review of an account out from what the hub keeps, as it was when it was signed off.

        Raises RecordRejected when nothing of it was sold.
        """
        sales, orders = self._parts(account)
        return review_account(account, [sold(each) for each in sales], orders, self._book.entered(account))

    def _parts(self, account: str) -> tuple[list[KeptSale], list[KeptWorkOrder]]:
        """Give the sales and work orders of a review: all that there are, or those that it was signed off with."""
        sales = self._book.sales(account=account)
        orders = WorkOrderBook(self.connection).listed(account=account)
        signed = self._book.made_of(account)
        if signed is None:
            return sales, orders
        return (
            [each for each in sales if each.sale.number in signed.sales],
            [each for each in orders if each.order.number in signed.orders],
        )

    def show(self, account: str) -> None:
        """Have the review stand in Salesforce as it is now; one that was signed off stays as it was."""
        if self._book.sales(account=account) and self._book.signed(account) is None:
            self._conclude(StandingReview(self.review(account), self._since(account), None))

    def enter(self, account: str, entered: Entered) -> bool:
        """Keep what people entered; says whether that was news. RecordRejected after the review was signed off."""
        if self._book.entered(account) == entered:
            return False
        if self._book.signed(account) is not None:
            raise RecordRejected(
                "the review was signed off, and amounts do not change any more", record=f"account {account}",
                field="Decision__c", remedy="Set the amounts back.", code="SIGNED_OFF",
            )  # fmt: skip
        self._book.enter(account, entered)
        self.show(account)
        return True

    def sign_off(self, account: str, sign_off: SignOff, *, actor: str) -> Json:
        """End a review; gives what follows from it. The same end again changes nothing.

        Raises RecordRejected when the person may not, work orders are still open, the figures do not end so, or the
        review was ended otherwise.
        """
        before = self._book.signed(account)
        if before is not None and before.end == sign_off.end:
            return {"account": account, "end": before.end, "changed": False}
        if before is not None:
            raise RecordRejected(
                f"the review was ended with {before.end} by {before.by}", record=f"account {account}",
                field="Decision__c", remedy="Post what has changed since by hand.", code="SIGNED_OFF",
            )  # fmt: skip
        check_right(sign_off.by, self.hub.resale, f"account {account}")
        review = self.review(account)
        check_end(review, sign_off.end)
        sales, orders = self._parts(account)
        made_of = MadeOf(frozenset(each.sale.number for each in sales), frozenset(each.order.number for each in orders))
        self._book.sign(account, review.entered, sign_off, made_of)
        told: Json = {"account": account, "end": sign_off.end, "changed": True, "posted": self._post(review, sign_off)}
        paper = render(paper_of(review, sign_off))
        Papers(self.connection).keep(f"REVIEW-{account}.pdf", paper, now=self.now)
        shared = review.distribution
        detail = {"end": sign_off.end, "deficiency": str(shared.deficiency), "surplus": str(shared.surplus)}
        Audit(self.connection).note(
            actor=actor, action="sign off review", subject=f"account {account}", detail=detail, now=self.now
        )
        self._conclude(StandingReview(review, sign_off.at, sign_off))
        return told

    def _post(self, review: AccountReview, sign_off: SignOff) -> Json | None:
        """Post the write-off of the debt that is left; expenses that are left were posted as bills already."""
        left = review.distribution.unpaid("debt")
        if sign_off.end != "Write Off" or not left:
            return None
        place = self._book.sales(account=review.account)[0].sale
        event = AccountingEvent(
            "deficiency_write_off", f"WRITE-OFF-{review.account}", sign_off.at.astimezone(self.hub.zone).date(),
            {"balance": left, "recovered": _NOTHING}, company=place.company, portfolio=place.portfolio,
            memo=f"Deficiency of account {review.account}, signed off by {sign_off.by}",
        )  # fmt: skip
        entry = entry_of(load_rules(self.hub.accounting.rules_file), event)
        Books(self.hub, self.connection, self.run_id, self.now).queue([entry])
        return {"event": event.name, "key": event.key, "amount": str(left)}

    def _since(self, account: str) -> datetime:
        """Give when the last thing happened that the review of an account is made of."""
        sales = [each.accepted_at for each in self._book.sales(account=account)]
        orders = WorkOrderBook(self.connection).listed(account=account)
        return max([*sales, *(each.decision.at if each.decision else each.made_at for each in orders)])

    def _conclude(self, standing: StandingReview) -> None:
        concluding = Concluding(self.connection, self.run_id, self.now)
        record = resale_review.to_salesforce(standing, now=self.now)
        why = f"signed off by {standing.sign_off.by}" if standing.sign_off else "the review stands so now"
        concluding.show(record, "review", why, own=True)


def paper_of(review: AccountReview, sign_off: SignOff | None) -> Paper:
    """Give the review as a paper."""
    shared = review.distribution
    facts = [("Lease account", review.account), ("Payoff before the first sale", f"{review.payoff:,}")]
    facts += [(f"Sold {each.sold_on}", f"{each.vehicle} by {each.sale} for {each.price:,}") for each in review.sales]
    if sign_off is not None:
        facts += [("Signed off", f"{sign_off.end}, by {sign_off.by} at {sign_off.at:%Y-%m-%d %H:%M} UTC")]
    table = [("Claim, in the order of the law", "Claimed", "Paid")]
    table += [(each.name, f"{each.claimed:,}", f"{each.paid:,}") for each in review_lines(review)]
    ends = [("Surplus to the debtor", "", f"{shared.surplus:,}"), ("Proceeds", "", f"{shared.proceeds:,}")]
    text = f"The debtor still owes a deficiency of {shared.deficiency:,} US dollars." if shared.deficiency else ""
    return Paper(title=f"Final review of account {review.account}", facts=facts, table=[*table, *ends], text=text)


def told(review: AccountReview, sign_off: SignOff | None) -> Json:
    """Give a review for machines: all figures as text, in US dollars."""
    shared = review.distribution
    return {
        "account": review.account, "payoff": str(review.payoff), "refunds": str(review.entered.refunds),
        "proceeds": str(shared.proceeds),
        "sales": [
            {"sale": each.sale, "vehicle": each.vehicle, "sold_on": str(each.sold_on), "price": str(each.price)}
            for each in review.sales
        ],
        "claims": [
            {"rank": each.claim.rank, "name": each.claim.name, "claimed": str(each.claim.amount),
             "paid": str(each.paid), "unpaid": str(each.unpaid)}
            for each in shared.shares
        ],
        "deficiency": str(shared.deficiency), "surplus": str(shared.surplus), "open_work_orders": review.open_orders,
        "may_end_with": review.ends, "computation": computation(review),
        "signed_off": None if sign_off is None else {"end": sign_off.end, "by": sign_off.by, "at": sign_off.at},
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReviewEdits:
    """Implements `EditRule` for reviews: amounts that people enter, and their sign-off."""

    hub: Hub
    object: str = REVIEW
    fields: tuple[str, ...] = ("Attorney_Fees__c", "Junior_Liens__c", "Refunds__c", "Decision__c", _EDITED_BY)

    def effect(self, edited: EditedRecord, handling: Handling) -> Effect | None:
        """Keep the amounts, and end the review; a record that the hub did not make is not its concern."""
        if not edited.key:
            return None
        account, sign_off = edited.key, _sign_off(edited)
        fields = EditedFields(f"account {account}", edited.fields)
        names = ("Attorney_Fees__c", "Junior_Liens__c", "Refunds__c")
        entered = Entered(*(fields.money(name) or _NOTHING for name in names))

        def act(connection: Connection) -> Json:
            desk = ReviewDesk(self.hub, connection, handling.run_id, handling.now)
            changed = desk.enter(account, entered)
            if sign_off is None:
                return {"account": account, "changed": changed}
            return desk.sign_off(account, sign_off, actor=f"{sign_off.by} (Salesforce)")

        return act


def _sign_off(edited: EditedRecord) -> SignOff | None:
    fields = EditedFields(f"account {edited.key}", edited.fields)
    decision = fields.text("Decision__c")
    if not decision:
        return None
    for end in ENDS:
        if end == decision:
            return SignOff(end, fields.text(_EDITED_BY) or edited.modified_by, edited.modified_at)
    raise RecordRejected(
        f"{decision!r} is no way to end a review", record=f"account {edited.key}", field="Decision__c",
        remedy=f"Choose one of {', '.join(ENDS)}.", code="DECISION",
    )  # fmt: skip
