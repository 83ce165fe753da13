"""What all ways to repo agents have alike, as targets of the outbox, and the refusals that they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.one_by_one import Lasting, OneByOne, refused
from drawbar.middleware.records import Outcome, TargetRecord
from drawbar.middleware.repossession.placing import OrderComment, PlacedOrder


class Channel(OneByOne):
    """The half of `RecordTarget` that is the same for every channel; the other half says how it sends and reads.

    An order is closed, not deleted: what an agent was told cannot be untold.
    """

    __slots__ = ()
    lasting: ClassVar[Lasting] = Lasting("NOT_DELETED", "Drawbar deletes no order", "Close the order instead.")

    def settled(self, records: Sequence[TargetRecord], act: Callable[[TargetRecord], Outcome]) -> list[Outcome]:
        """Do what each record asks for; what is refused keeps no other back. Raises ValueError for too many at once."""
        self.must_fit(records)
        return [_settled(each, act) for each in records]


def _settled(record: TargetRecord, act: Callable[[TargetRecord], Outcome]) -> Outcome:
    try:
        return act(record)
    except RecordRejected as error:
        return refused(record, error, remedy="Mend the order, then replay it.")


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
