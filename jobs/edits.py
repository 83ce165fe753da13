"""What people change in Salesforce, and the rules that hear of it.

An edit comes by an outbound message or is found by the sweep of the job `edits`. Both put the same message into the
inbox; its handler reads the record anew and gives it to the rules of its object.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol

from drawbar.middleware.ports import FieldValues
from drawbar.middleware.sync.inbox_handling import Effect, Handling

if TYPE_CHECKING:
    from drawbar.jobs.hub import Hub


@dataclass(frozen=True, slots=True)
class EditedRecord:
    """A record of Salesforce as the org says that it is now: it is always read anew, never taken from a message.

    `id` is Salesforce's own, `key` our external id, "" when a person made the record and it has none yet. `fields`
    holds the rule's fields by API name (relations as `Lease_Account__r.LeaseWorks_Id__c`), as REST JSON gives them:
    None for empty, numbers as int or Decimal, dates as text. `modified_at` is SystemModstamp, `modified_by` the name
    of the user who changed the record last, `login` his user name (`casey@lender.example`): what he may do goes by it.
    """

    object: str
    id: str
    key: str
    fields: FieldValues
    modified_at: datetime
    modified_by: str
    login: str


class EditRule(Protocol):
    """What shall happen when people change records of one object; several rules may look at one object.

    `fields` are all that the rule looks at. One that names IsDeleted hears of deleted records too.
    """

    @property
    def object(self) -> str: ...

    @property
    def fields(self) -> tuple[str, ...]: ...

    def effect(self, edited: EditedRecord, handling: Handling) -> Effect | None:
        """Work out what the edit does, outside of any transaction; None when nothing of the rule's concern changed.

        A record may come again although nothing of it changed, so a rule compares with what it knows. Raises
        RecordRejected, with code, field and remedy, for a step that is refused: people see it on the record.
        """
        ...


EDIT_RULES: Final[tuple[str, ...]] = (
    "leaseworks_edits:note_rule",
    "logged_calls:CallRule",
    "leaseworks_edits:promise_rule",
    "leaseworks_edits:vehicle_rule",
    "visits:visit_rule",
    "sync_asks:AccountAsks",
    "repo_dispositions:DispositionRule",
    "repo_edits:CaseRule",
    "repo_edits:HoldRule",
    "work_order_edits:WorkOrderEdits",
    "titles:TitleEdits",
    "remarketing_edits:RemarketingEdits",
    "remarketing_edits:StatusEdits",
    "sales:SaleEdits",
    "reviews:ReviewEdits",
    "message_edits:MessageEdits",
    "auction_invoice_edits:AuctionInvoiceEdits",
    "auction_refunds:RefundEdits",
)
"""Every rule as `module:name` below `jobs`, a function or a class; it is called with the hub and gives the rule, or
None when the hub has no use for it. Rules of one object act in this order, in one transaction.
"""


def edit_rules(hub: Hub) -> tuple[EditRule, ...]:
    """Give the rules that the hub has use for."""
    made = [_made(place, hub) for place in EDIT_RULES]
    return tuple(rule for rule in made if rule is not None)


def _made(place: str, hub: Hub) -> EditRule | None:
    module, _, name = place.partition(":")
    rule: EditRule | None = getattr(import_module(f"drawbar.jobs.{module}"), name)(hub)
    return rule
