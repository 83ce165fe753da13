"""What all ways to repo agents have alike, as targets of the outbox, and the refusals that they share."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Sequence

from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.ports import UNKNOWN_BUDGET, ApiBudget
from drawbar.middleware.records import Outcome, TargetRecord
from drawbar.middleware.repossession.placing import OrderComment, PlacedOrder


class Channel(ABC):
    """The half of `RecordTarget` that is the same for every channel; the other half says how it sends and reads."""

    __slots__ = ()
    chunk_size: int

    @property
    def budget(self) -> ApiBudget:
        return UNKNOWN_BUDGET

    def delete(self, object_name: str, keys: Sequence[str]) -> list[Outcome]:
        """Refuse: an order is closed, and what an agent was told cannot be untold."""
        self._must_fit(keys)
        return [
            Outcome(
                object_name, key, "refused", code="NOT_DELETED", message="Drawbar deletes no order",
                remedy="Close the order instead.",
            )
            for key in keys
        ]  # fmt: skip

    def settled(self, records: Sequence[TargetRecord], act: Callable[[TargetRecord], Outcome]) -> list[Outcome]:
        """Do what each record asks for; what is refused keeps no other back. Raises ValueError for too many at once."""
        self._must_fit(records)
        return [_settled(each, act) for each in records]

    def _must_fit(self, records: Sequence[object]) -> None:
        if len(records) > self.chunk_size:
            raise ValueError(f"{len(records)} records do not fit into one call of {self.chunk_size}")


def _settled(record: TargetRecord, act: Callable[[TargetRecord], Outcome]) -> Outcome:
    try:
        return act(record)
    except RecordRejected as error:
        told = (error.field,) if error.field else ()
        return Outcome(
            record.object, record.key, "refused", code=error.code, message=error.message, fields=told,
            remedy=error.remedy or "Mend the order, then replay it.",
        )  # fmt: skip


def at_most_one(ids: Sequence[str], order_number: str, *, system: str, called: str) -> None:
    """Raise RecordRejected when a system has an order of ours more than once; `called` is its word for orders."""
    if len(ids) > 1:
        raise RecordRejected(
            f"{system} has {len(ids)} {called} of it: {', '.join(ids)}", code="TWICE", record=f"order {order_number}",
            remedy=f"Close all but one at {system} and take our number out of them.",
        )  # fmt: skip


def too_late_to_hold(placed: PlacedOrder, stands: str, theirs: str) -> RecordRejected:
    """Say that an order cannot be put on hold any more; `theirs` names it as its system does."""
    return RecordRejected(
        f"the order is {stands} and cannot be put on hold", record=f"order {placed.order.number}", field="standing",
        code="TOO_LATE", remedy=f"Ask the agent about {theirs}.",
    )  # fmt: skip


def comment_on_nothing(comment: OrderComment, why: str) -> RecordRejected:
    """Say that a comment is on an order that its channel does not have."""
    return RecordRejected(
        why, record=f"comment {comment.id}", field="order_number", code="NO_SUCH_ORDER",
        remedy="Send the order first, then replay the comment.",
    )  # fmt: skip
