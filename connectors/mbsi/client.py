"""The calls of MBSi's REST interface that we make; each raises what `VendorApi` raises.

Source: MBSi's public help pages on the interface, versions 130 and 150 (read 2026-11), docs/connectors/mbsi.md.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Final

from requests import Response

from drawbar.connectors.mbsi.records import MbsiDocument, MbsiOrder, Recovery, ServiceItem
from drawbar.connectors.mbsi.settings import SYSTEM, MbsiSettings
from drawbar.middleware.observe import Observer
from drawbar.middleware.pace import Pace
from drawbar.middleware.retry import Clocks, RetryPolicy
from drawbar.middleware.vendor import Said, Vendor, VendorBusy
from drawbar.middleware.vendor_answers import Answer, as_list, as_object, understood
from drawbar.middleware.vendor_api import VendorApi
from drawbar.middleware.vendor_login import FixedProof, Proof

NAME: Final = "MBSi"
_OTHER: Final = "other"
"""The type of documents that we upload; MBSi's pages name none."""
_BURST: Final = 10
_LONGEST: Final = 300


class MbsiClient:
    """The interface for one lender; safe for several threads."""

    def __init__(
        self,
        settings: MbsiSettings,
        *,
        policy: RetryPolicy | None = None,
        clocks: Clocks | None = None,
        observer: Observer | None = None,
    ) -> None:
        clocks = clocks or Clocks()
        self._settings = settings
        vendor = Vendor(SYSTEM, NAME, settings.url, settings.http, read_refusal)
        bearer = FixedProof(Proof({"Authorization": f"Bearer {settings.token.get_secret_value()}"}))
        pace = Pace(settings.calls_per_minute, _BURST, clocks)
        self._api = VendorApi(
            vendor, bearer, pace=pace, policy=policy or RetryPolicy(), clocks=clocks, observer=observer
        )

    def orders(self, **filters: str) -> Iterator[Answer]:
        """Stream the orders of the reconciliation feed as they are answered, page by page.

        The last page is one that is not full, or has nothing new; an order that moves between pages comes once.
        """
        size, page = self._settings.page_size, 0
        seen: set[str] = set()
        while True:
            page += 1
            asked = {
                "client_id": self._settings.client_id, **filters, "per_page": str(size), "page": str(page)
            }  # fmt: skip
            found = as_list(as_object(self._api.get("/recon/orders", asked), NAME).get("orders"), NAME)
            fresh = [each for each in found if str(each.get("id")) not in seen]
            seen.update(str(each.get("id")) for each in fresh)
            yield from fresh
            if len(found) < size or not fresh:
                return

    def order_of(self, order_number: str) -> list[MbsiOrder]:
        """List the orders that have our order's number."""
        found = self.orders(other_refno=order_number)
        orders = [understood(MbsiOrder, each, record=f"MBSi order {each.get('id')}", vendor=NAME) for each in found]
        return [each for each in orders if each.other_refno == order_number]

    def held(self, order_id: str) -> Answer:
        """Give what MBSi holds of an order."""
        return as_object(self._api.get(f"/orders/{order_id}"), NAME)

    def create(self, told: Mapping[str, object]) -> str:
        """Create an order and give its id; never repeated by itself, as nobody knows whether it was created."""
        return self._id_of(self._api.post("/orders", told, repeatable=False))

    def update(self, order_id: str, told: Mapping[str, object]) -> None:
        """Change some fields of an order, its status among them."""
        self._api.put(f"/orders/{order_id}", told)

    def recovery(self, order_id: str, recovery_id: str) -> Recovery:
        """Give how a vehicle was recovered."""
        answer = as_object(self._api.get(f"/orders/{order_id}/recoveries/{recovery_id}"), NAME)
        return understood(Recovery, answer, record=f"MBSi order {order_id}", vendor=NAME)

    def documents(self, order_id: str, recovery_id: str) -> list[MbsiDocument]:
        """Give the documents of a recovery."""
        answer = self._api.get(f"/orders/{order_id}/recoveries/{recovery_id}/documents")
        found = as_list(as_object(answer, NAME).get("documents"), NAME)
        return [understood(MbsiDocument, each, record=f"MBSi order {order_id}", vendor=NAME) for each in found]

    def add_document(self, order_id: str, recovery_id: str, file_name: str, title: str, content: bytes) -> None:
        """Upload a PDF to a recovery; never repeated by itself, as nobody knows whether it was taken."""
        told = {
            "file_name": file_name, "document_name": title, "type": _OTHER,
            "data": base64.b64encode(content).decode(),
        }  # fmt: skip
        self._api.post(f"/orders/{order_id}/recoveries/{recovery_id}/documents", told, repeatable=False)

    def invoice(self, order_id: str, invoice_id: str) -> list[ServiceItem]:
        """List the lines of an invoice."""
        answer = self._api.get(f"/orders/{order_id}/invoices/{invoice_id}/service_items")
        found = as_list(as_object(answer, NAME).get("service_items"), NAME)
        return [understood(ServiceItem, each, record=f"MBSi order {order_id}", vendor=NAME) for each in found]

    def _id_of(self, answer: object) -> str:
        found = as_object(answer, NAME).get("id")
        if not isinstance(found, (int, str)) or not str(found):
            raise VendorBusy("MBSi answered the creation without an id", remedy="The next run looks for the order.")
        return str(found)


def read_refusal(response: Response) -> Said:
    """Understand a refusal: `{"message": …, "errors": {field: [words]}}`, as far as there is one."""
    try:
        answer: object = json.loads(response.content)
    except ValueError:
        answer = None
    if not isinstance(answer, Mapping):
        return Said("", f"HTTP {response.status_code}")
    errors = answer.get("errors")
    named = (
        "; ".join(f"{name}: {_words(words)}" for name, words in errors.items()) if isinstance(errors, Mapping) else ""
    )
    words = " ".join(filter(None, (str(answer.get("message") or f"HTTP {response.status_code}"), named)))
    return Said(str(answer.get("code") or ""), words[:_LONGEST])


def _words(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
