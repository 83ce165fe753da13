"""The calls of RDN that we make; each raises what `VendorApi` raises, and RecordRejected for what is not understood."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from drawbar.connectors.rdn.records import CaseUpdate, InvoiceItem, ListedCase, Repossession
from drawbar.connectors.rdn.settings import SYSTEM, RdnSettings
from drawbar.connectors.rdn.soap import ABOUT_RECORDS, Reply, read_refusal, read_reply, write_call
from drawbar.middleware.observe import Observer
from drawbar.middleware.pace import Pace
from drawbar.middleware.retry import Clocks, RetryPolicy
from drawbar.middleware.vendor import Vendor, VendorBusy
from drawbar.middleware.vendor_answers import Answer, as_list, as_object, understood
from drawbar.middleware.vendor_api import VendorApi
from drawbar.middleware.vendor_login import FixedProof

NAME: Final = "RDN"
_BURST: Final = 10


class RdnClient:
    """The interface for one lender; safe for several threads."""

    def __init__(
        self,
        settings: RdnSettings,
        *,
        policy: RetryPolicy | None = None,
        clocks: Clocks | None = None,
        observer: Observer | None = None,
    ) -> None:
        clocks = clocks or Clocks()
        self._settings = settings
        vendor = Vendor(SYSTEM, NAME, settings.url, settings.http, read_refusal, ABOUT_RECORDS)
        pace = Pace(settings.calls_per_minute, _BURST, clocks)
        self._api = VendorApi(
            vendor, FixedProof(), pace=pace, policy=policy or RetryPolicy(), clocks=clocks, observer=observer
        )

    def last_event_id(self) -> int:
        """Give the highest number of an event."""
        text = str(self._ask("getLastEventId", {}))
        if not text.isdigit():
            raise VendorBusy("RDN answered getLastEventId without a number", remedy="Check url; try again later.")
        return int(text)

    def fire_hose(self, after: int) -> Iterator[Answer]:
        """Stream the events with higher numbers as they are answered, page by page."""
        return self._pages("getFireHose", {"last_event_id": str(after), "show_vendor_events": "0"})

    def case(self, case_id: str) -> Answer:
        """Give all that RDN holds of a case; raises CallRefused for one that is restricted or not there."""
        return as_object(self._ask("getRdnCaseInfo", {"case": case_id}), NAME)

    def cases(self, since: date, until: date) -> Iterator[ListedCase]:
        """Stream the cases of all states, each once, also one that changes its state meanwhile."""
        ends = {"start_date": since.isoformat(), "end_date": until.isoformat()}
        span: Mapping[str, object] = {"array": {"start": since.isoformat(), "end": until.isoformat()}}
        lists: Sequence[tuple[str, Mapping[str, object]]] = (
            ("getPendingCases", {"pending_order_status": "pending"}), ("getOpenCases", span), ("getOnHoldCases", ends),
            ("getClosedCasesRange", ends), ("getRepossessedCasesRange", ends),
        )  # fmt: skip
        seen: set[str] = set()
        for operation, values in lists:
            for answer in self._pages(operation, values):
                found = understood(ListedCase, answer, record=f"case {answer.get('case_id')}", vendor=NAME)
                if found.case_id not in seen:
                    seen.add(found.case_id)
                    yield found

    def updates(self, case_id: str) -> list[CaseUpdate]:
        """List the comments on a case."""
        found = self._pages("getCaseUpdates", {"case": case_id})
        return [understood(CaseUpdate, each, record=f"case {case_id}", vendor=NAME) for each in found]

    def repossession(self, case_id: str) -> Repossession:
        """Give how a truck was repossessed."""
        answer = as_object(self._ask("getRepossessionDetails", {"case": case_id}), NAME)
        return understood(Repossession, answer, record=f"case {case_id}", vendor=NAME)

    def invoice(self, case_id: str) -> list[InvoiceItem]:
        """List the lines of a case's invoices."""
        found = as_list(_items(self._ask("getCaseInvoiceData", {"case": case_id})), NAME)
        return [understood(InvoiceItem, each, record=f"case {case_id}", vendor=NAME) for each in found]

    def add_case(self, told: Mapping[str, str]) -> str:
        """Create a case and give its number; never repeated by itself, as nobody knows whether it was created."""
        return str(self._ask("addCase", {"case_info": told}, repeatable=False))

    def change_case(self, operation: str, case_id: str, **values: object) -> None:
        """Make one of the calls that change a case: updates, hold, reopening, closing, another agent."""
        self._ask(operation, {"case": case_id, **values}, repeatable=operation != "addCaseUpdate")

    def _ask(self, operation: str, values: Mapping[str, object], *, repeatable: bool = True) -> object:
        return self._call(operation, values, None, repeatable=repeatable).value

    def _pages(self, operation: str, values: Mapping[str, object]) -> Iterator[Answer]:
        page, pages = 1, 1
        while page <= pages:
            asked = {"page": page, "per_page": self._settings.page_size}
            reply = self._call(operation, values, asked, repeatable=True)
            yield from as_list(_items(reply.value), NAME)
            page, pages = page + 1, reply.pages

    def _call(
        self, operation: str, values: Mapping[str, object], page: Mapping[str, int] | None, *, repeatable: bool
    ) -> Reply:
        content = write_call(operation, self._settings.api_key.get_secret_value(), values, page)
        reply = self._api.post_xml("", content, lambda answer: read_reply(operation, answer), repeatable=repeatable)
        if not isinstance(reply, Reply):
            raise TypeError(f"{operation} was not read")
        return reply


def _items(value: object) -> object:
    """Give the items of an answer: none and a single one are no list everywhere."""
    if isinstance(value, Mapping) and set(value) <= {"item", "meta_data", "_raw_elements"}:
        return _items(value.get("item", value.get("meta_data")))
    if value is None:
        return []
    return [value] if isinstance(value, Mapping) else value
