"""Where everything about a request is asked for, whoever asks: staff, the auction, or the hub itself (R04 to R13)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from drawbar.middleware.audit import Audit
from drawbar.middleware.errors import NotThere, RecordRejected
from drawbar.middleware.remarketing.allocation import chosen, offer
from drawbar.middleware.remarketing.asked import (
    Act,
    Asset,
    AuctionNews,
    Moved,
    NewRequest,
    known_priority,
    refuse_too_long,
    refuse_unless_repossessed,
    stored_at,
)
from drawbar.middleware.remarketing.book import RemarketingBook
from drawbar.middleware.remarketing.history import StatusChange
from drawbar.middleware.remarketing.notifications import Notifications, Told
from drawbar.middleware.remarketing.requests import (
    AuctionOrder,
    OrderStatus,
    RemarketingRequest,
    numbered,
)
from drawbar.middleware.remarketing.settings import RemarketingSettings
from drawbar.middleware.remarketing.statuses import (
    MANUAL,
    SET_BY,
    WITH_NO_AUCTION,
    RemarketingStatus,
    SetBy,
    check_setter,
    check_step,
)
from drawbar.middleware.sync.inbox import Conflict

_S = RemarketingStatus
TO_AUCTION: Final = frozenset({_S.SEND_TO_AUCTION, _S.UPDATE_TO_AUCTION})
_ENDS: Final[Mapping[RemarketingStatus, OrderStatus]] = {
    _S.VOID_ACCEPTED: "CLOSED", _S.REDEEM_ACCEPTED: "CLOSED", _S.COMPLETED: "COMPLETED",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RemarketingDesk:
    """Makes and moves requests, inside the caller's transaction; `now` is the hub's time."""

    connection: Connection
    settings: RemarketingSettings
    now: datetime

    @property
    def book(self) -> RemarketingBook:
        return RemarketingBook(self.connection)

    @property
    def notifications(self) -> Notifications:
        return Notifications(self.connection)

    def request(self, asset: Asset, asked: NewRequest, act: Act) -> Moved:
        """Make the vehicle's current request, with its work order; the one before is not current any more (R04, R06).

        Raises RecordRejected for a vehicle that is not repossessed or is sold, and for a vendor that may not be had.
        """
        if known := self._known(act):
            return Moved(known, new=False)
        record = f"vehicle {asset.collateral.asset}"
        refuse_unless_repossessed(asset, record)
        said = {"collector": asked.collector, "override reason": asked.override_reason, "comment": asked.comment}
        refuse_too_long(said, record)
        storage = stored_at(asset.storage, asked.storage, record)
        offered = offer(asset.collateral, storage, self.settings)
        vendor = chosen(offered, asked.vendor, asked.override_reason, self.settings, record=record)
        before = self._displaced(asset.collateral.asset)
        sequence = self.book.next_sequence(asset.collateral.asset)
        number, order_number = numbered(asset.collateral.asset, sequence)
        made = RemarketingRequest(
            number=number, sequence=sequence, collateral=asset.collateral, storage=storage,
            order=AuctionOrder(
                number=order_number, vendor=vendor, collector=asked.collector,
                override_reason=asked.override_reason if vendor not in offered.vendors else "",
            ),
            requested_at=self.now, requested_by=act.who, status=_S.NEW, status_at=self.now, updated_at=self.now,
            priority=known_priority(asked.priority, record), comment=asked.comment,
        )  # fmt: skip
        self.book.add(made)
        self.book.note_act(act.source, act.act_id, number, act.asked_as, self.now)
        self.book.note_change(number, StatusChange(1, None, _S.NEW, act.who, act.source, self.now, asked.comment))
        self._tell(made)
        self._note(made, act, "request", {"vendor": vendor, "priority": made.priority})
        return Moved(made, before=before)

    def step(
        self, number: str, status: RemarketingStatus, act: Act, *, comment: str = "", reference: str = "",
        asset: Callable[[RemarketingRequest], Asset],
    ) -> Moved:  # fmt: skip
        """Set a status as staff do; `asset` says how the vehicle stands, and is asked before it goes to an auction.

        What an auction answers by telephone, staff set for a vendor that has no client; `reference` is its number then.
        Setting the status that a request has already, where that is no step of its own, keeps the comment alone.
        """
        if known := self._known(act):
            return Moved(known, new=False)
        request = self.book.get(number)
        if self._answered_to_staff(request, status):
            request = self._with_reference(request, AuctionNews(status=status, external_reference=reference))
            self.notifications.note_told(request, self.now)
        else:
            check_setter(status, SetBy.STAFF, record=request.record)
        if self._leads_nowhere(request, status):
            return self._commented(request, comment, act)
        check_step(self.settings.whole_cycle, request.status, status, record=request.record)
        if status in TO_AUCTION:
            self._refuse_to_send(request, status, asset(request))
        return self._moved(request, status, act, comment)

    def comment(self, number: str, comment: str, act: Act) -> Moved:
        """Keep a comment, "" to have none; without another status it writes no history (R09)."""
        if known := self._known(act):
            return Moved(known, new=False)
        request = self.book.get(number)
        refuse_too_long({"comment": comment}, request.record)
        changed = self._changed(replace(request, comment=comment), act)
        self._note(changed, act, "comment", {"comment": comment})
        return Moved(changed)

    def told(self, request: RemarketingRequest, news: AuctionNews, act: Act) -> Moved:
        """Take what the auction tells of a request of its own: acknowledgement, status, reference, updates (R11, R12).

        Raises RecordRejected, with nothing kept, for a status that is not the auction's or not a next step.
        """
        if known := self._known(act):
            return Moved(known, new=False)
        if news.status is not None:
            check_setter(news.status, SetBy.AUCTION, record=request.record)
        if news.ack is not None:
            self.notifications.acknowledge(request, news.ack, self.now)
        if self._set_attributes(request, news.attributes):
            self._note(request, act, "track", {"attributes": ", ".join(sorted(news.attributes))})
        referenced = self._with_reference(request, news)
        if news.status is None or self._leads_nowhere(referenced, news.status):
            return self._commented(referenced, news.comment, act)
        check_step(self.settings.whole_cycle, request.status, news.status, record=request.record)
        return self._moved(referenced, news.status, act, news.comment)

    def follow(self, number: str, status: RemarketingStatus, act: Act, *, comment: str = "") -> Moved:
        """Set a status that follows from the auction's invoice: INVOICING, INVOICE REJECTED, COMPLETED."""
        if known := self._known(act):
            return Moved(known, new=False)
        request = self.book.get(number)
        check_setter(status, SetBy.HUB, record=request.record)
        if self._leads_nowhere(request, status):
            return Moved(request, new=False)
        check_step(self.settings.whole_cycle, request.status, status, record=request.record)
        return self._moved(request, status, act, comment)

    def assign(self, number: str, vendor: str, reason: str, act: Act) -> Moved:
        """Give the work order to another vendor; a reason is needed unless it had none and this one is offered (R06).

        Raises RecordRejected while an auction has the vehicle.
        """
        if known := self._known(act):
            return Moved(known, new=False)
        request = self.book.get(number)
        if vendor == request.order.vendor:
            return Moved(request, new=False)
        if request.status not in WITH_NO_AUCTION or request.order.status != "OPEN":
            raise RecordRejected(
                f"{request.order.vendor or 'nobody'} has it as {request.status}", record=request.order.record,
                field="vendor", remedy="Void it first, and make a new request.", code="WITH_AUCTION",
            )  # fmt: skip
        if not vendor or (request.order.vendor and not reason.strip()):
            missing, remedy = ("vendor", "Name the vendor.") if not vendor else ("override reason", "Say why.")
            raise RecordRejected(
                f"it is {request.order.vendor}'s, and the {missing} is missing", record=request.order.record,
                field=missing, remedy=remedy, code="MISSING",
            )  # fmt: skip
        refuse_too_long({"override reason": reason}, request.order.record)
        offered = offer(request.collateral, request.storage, self.settings)
        name = chosen(offered, vendor, reason, self.settings, record=request.order.record)
        order = replace(request.order, vendor=name, override_reason=reason)
        self.notifications.withdraw(request)
        changed = self._changed(replace(request, order=order, external_reference=""), act)
        if changed.status in MANUAL:
            self._tell(changed)
        self._note(changed, act, "vendor", {"before": request.order.vendor, "vendor": name, "reason": reason})
        return Moved(changed)

    def edit(self, number: str, act: Act, **values: str) -> Moved:
        """Change priority, collector, or what is known of the storage place; raises RecordRejected for a wrong value.

        The auction hears of it with the next status, such as UPDATE TO AUCTION.
        """
        if known := self._known(act):
            return Moved(known, new=False)
        request = self.book.get(number)
        refuse_too_long({"collector": values.get("collector", "")}, request.record)
        kept = {name: value for name, value in values.items() if name not in {"priority", "collector"}}
        edited = replace(
            request, storage=stored_at(request.storage, kept, request.record),
            priority=known_priority(values.get("priority", request.priority), request.record),
            order=replace(request.order, collector=values.get("collector", request.order.collector)),
        )  # fmt: skip
        if edited == request:
            return Moved(request, new=False)
        changed = self._changed(edited, act)
        self._note(changed, act, "edit", {"fields": ", ".join(sorted(values))})
        return Moved(changed)

    def track(self, number: str, values: Mapping[str, str], act: Act) -> Moved:
        """Set tracking attributes; the auction hears of them with the next status (R13)."""
        if known := self._known(act):
            return Moved(known, new=False)
        request = self.book.get(number)
        if not self._set_attributes(request, values):
            return Moved(request, new=False)
        changed = self._changed(request, act)
        self._note(changed, act, "track", {"attributes": ", ".join(sorted(values))})
        return Moved(changed)

    def attributes(self, number: str) -> dict[str, str]:
        """Give the configured set of tracking attributes with the values of a request, "" for one that has none."""
        values = self.book.attributes(number)
        return {name: values.get(name, "") for name in dict.fromkeys((*self.settings.attributes, *values))}

    def of_auction(self, vendors: Collection[str], *, name: str) -> RemarketingRequest:
        """Give a request by its number or by the auction's; raises NotThere when it is not one of these vendors'."""
        found = self.book.of_vendors(name, vendors)
        others = (self.book.of_reference(name, each) for each in sorted(vendors))
        found = found or next(filter(None, others), None)
        if found is None:
            raise NotThere(f"there is no remarketing request {name}", remedy="Ask for those that there are.")
        return found

    def _known(self, act: Act) -> RemarketingRequest | None:
        """Give the request of an act that was done before; raises Conflict when another was asked for so."""
        known = self.book.act(act.source, act.act_id)
        if known is None:
            return None
        number, asked_as = known
        if asked_as != act.asked_as:
            raise Conflict(
                "another request came under this id", record=f"request of {act.who}", field="Idempotency-Key",
                remedy="Give each request an id of its own.", code="KEY_USED",
            )  # fmt: skip
        return self.book.get(number)

    def _displaced(self, asset: str) -> RemarketingRequest | None:
        """Make the vehicle's current request an earlier one, whose work order pays nobody any more."""
        before = self.book.current_of(asset)
        if before is None:
            return None
        status: OrderStatus = "CLOSED" if before.order.status == "OPEN" else before.order.status
        order = replace(before.order, status=status)
        return self.book.change(replace(before, current=False, order=order, updated_at=self.now))

    def _answered_to_staff(self, request: RemarketingRequest, status: RemarketingStatus) -> bool:
        """Say whether a status is the answer of an auction that speaks to people alone."""
        vendor = self.settings.vendors.get(request.order.vendor)
        return SET_BY[status] is SetBy.AUCTION and (vendor is None or not vendor.client)

    def _leads_nowhere(self, request: RemarketingRequest, status: RemarketingStatus) -> bool:
        return status is request.status and status not in self.settings.whole_cycle.get(status, ())

    def _refuse_to_send(self, request: RemarketingRequest, status: RemarketingStatus, asset: Asset) -> None:
        refuse_unless_repossessed(asset, request.record)
        for wrong, why, name, remedy, code in (
            (not request.current, "a later request has taken its place", "status", "Go on with that one.",
             "NOT_CURRENT"),
            (not request.order.vendor, "no vendor has its work order", "vendor",
             "Choose one; see drawbar auctions vendors VEHICLE.", "NO_VENDOR"),
            (asset.hold, asset.hold, "hold", "Nothing is sold while that is so. See: drawbar hold list",
             "NO_SALE_HOLD"),
        ):  # fmt: skip
            if wrong:
                raise RecordRejected(
                    f"cannot become {status}: {why}", record=request.record, field=name, remedy=remedy, code=code
                )

    def _with_reference(self, request: RemarketingRequest, news: AuctionNews) -> RemarketingRequest:
        """Give the request with the auction's number, which stays once it is there (R11).

        It comes with the acceptance; an auction whose acceptance was overtaken by another step tells it with the next.
        """
        reference = news.external_reference
        if not reference and news.status is _S.AUCTION_ACCEPTED and not request.external_reference:
            raise RecordRejected(
                "it is accepted without the auction's number for it", record=request.record, code="MISSING",
                field="external_reference", remedy="Send the number with AUCTION ACCEPTED.",
            )  # fmt: skip
        if reference in ("", request.external_reference):
            return request
        if request.status is _S.NEW or request.external_reference:
            raise RecordRejected(
                f"it has {request.external_reference or 'not been sent to the auction yet'}", record=request.record,
                field="external_reference", remedy="A number comes with AUCTION ACCEPTED, and stays.", code="REFERENCE",
            )  # fmt: skip
        other = self.book.of_reference(reference, request.order.vendor)
        if other is not None:
            raise RecordRejected(
                f"{reference} is the number of {other.number}", record=request.record, field="external_reference",
                remedy="Give each request a number of its own.", code="DUPLICATE_REFERENCE",
            )  # fmt: skip
        return replace(request, external_reference=reference)

    def _set_attributes(self, request: RemarketingRequest, values: Mapping[str, str]) -> bool:
        """Keep attributes, and say whether anything is new; raises RecordRejected for one that is not configured."""
        known = self.attributes(request.number)
        if unknown := sorted(set(values) - set(self.settings.attributes)):
            raise RecordRejected(
                f"{', '.join(unknown)} is not tracked", record=request.record, field="attributes",
                remedy=f"Tracked are: {', '.join(self.settings.attributes) or 'none'} ([remarketing] attributes).",
                code="UNKNOWN_ATTRIBUTE",
            )  # fmt: skip
        refuse_too_long(values, request.record)
        new = {name: value for name, value in values.items() if known[name] != value}
        self.book.set_attributes(request.number, new)
        return bool(new)

    def _moved(self, request: RemarketingRequest, status: RemarketingStatus, act: Act, comment: str) -> Moved:
        refuse_too_long({"comment": comment}, request.record)
        number = len(self.book.history(request.number)) + 1
        change = StatusChange(number, request.status, status, act.who, act.source, self.now, comment)
        order = replace(request.order, status=_ENDS.get(status, request.order.status))
        moved = replace(request, status=status, status_at=self.now, order=order, comment=comment or request.comment)
        changed = self._changed(moved, act)
        self.book.note_change(request.number, change)
        if status in MANUAL:
            self._tell(changed)
        self._note(changed, act, status.value, {"before": request.status.value, "comment": comment})
        return Moved(changed)

    def _commented(self, request: RemarketingRequest, comment: str, act: Act) -> Moved:
        """Keep what came beside a status that is no new one."""
        refuse_too_long({"comment": comment}, request.record)
        changed = self._changed(replace(request, comment=comment or request.comment), act)
        if comment:
            self._note(changed, act, "comment", {"comment": comment})
        return Moved(changed)

    def _changed(self, request: RemarketingRequest, act: Act) -> RemarketingRequest:
        self.book.note_act(act.source, act.act_id, request.number, act.asked_as, self.now)
        return self.book.change(replace(request, updated_at=self.now))

    def _tell(self, request: RemarketingRequest) -> None:
        self.notifications.add(Told(request, self.attributes(request.number)), self.now)

    def _note(self, request: RemarketingRequest, act: Act, what: str, detail: Mapping[str, str]) -> None:
        told = {"request": request.number, "source": act.source, **detail}
        Audit(self.connection).note(
            actor=act.who, action=f"remarketing {what}", subject=f"vehicle {request.collateral.asset}", detail=told,
            now=self.now,
        )  # fmt: skip
