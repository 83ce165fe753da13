"""The target against the simulated company over real HTTP."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from drawbar.connectors.quickbooks_online.records import Line, lines_text
from drawbar.connectors.quickbooks_online.target import QuickBooksTarget, open_target
from drawbar.middleware.records import Reference, Scalar, TargetRecord
from tests.connectors.quickbooks_online.conftest import OpenClient, Served
from tests.contracts.target import CallTargetContract

REPAIR = Line(account="Repair Expense", amount=Decimal("412.50"), memo="brakes", class_name="Repossession")


def bill(
    key: str, *, lines: tuple[Line, ...] = (REPAIR,), vendor: str = "FleetRock Repairs", **fields: Scalar
) -> TargetRecord:
    given: dict[str, Scalar] = {"TxnDate": date(2026, 3, 1), "Lines": lines_text(lines), **fields}
    return TargetRecord("Bill", key, given, {"VendorRef": Reference("Vendor", vendor)})


class TestContract(CallTargetContract[QuickBooksTarget]):
    object_name = "Bill"
    text_field = "PrivateNote"

    @pytest.fixture(autouse=True)
    def _served(self, open_client: OpenClient) -> None:
        self.open_client = open_client

    def open_target(self) -> QuickBooksTarget:
        return open_target(self.open_client())

    def record(self, key: str, text: str | None) -> TargetRecord:
        return bill(key, PrivateNote=text)

    def bad_record(self, key: str) -> TargetRecord:
        return bill(key, lines=(Line(account="No Such Account", amount=Decimal(1)),))


def bills(quickbooks: Served) -> list[dict[str, Any]]:
    return quickbooks.vendor.company.objects("Bill")


@pytest.mark.spec("P21")
@pytest.mark.fault(12)
@pytest.mark.parametrize("kind", ["reset-after", "truncate"])
def test_a_bill_whose_answer_was_lost_after_the_commit_is_there_once(
    target: QuickBooksTarget, quickbooks: Served, kind: str
) -> None:
    quickbooks.arm(kind, "bill")

    outcomes = target.upsert([bill("WO-1")])

    assert [each.status for each in outcomes] == ["created"]
    assert len(bills(quickbooks)) == 1
