"""The target against the simulated company over real HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from drawbar.connectors.quickbooks_online.errors import QuickBooksRefused
from drawbar.connectors.quickbooks_online.records import PAPER, Line, lines_text
from drawbar.connectors.quickbooks_online.target import QuickBooksTarget, open_target
from drawbar.middleware.records import Reference, Scalar, TargetRecord
from drawbar.middleware.vendor import VendorBusy
from drawbar.sandbox.quickbooks.company import Company
from tests.connectors.quickbooks_online.conftest import PAPERS, OpenClient, Served
from tests.contracts.target import MakingTargetContract

REPAIR = Line(account="Repair Expense", amount=Decimal("412.50"), memo="brakes", class_name="Repossession")


def bill(
    key: str, *, lines: tuple[Line, ...] = (REPAIR,), vendor: str = "FleetRock Repairs", **fields: Scalar
) -> TargetRecord:
    given: dict[str, Scalar] = {"TxnDate": date(2026, 3, 1), "Lines": lines_text(lines), **fields}
    return TargetRecord("Bill", key, given, {"VendorRef": Reference("Vendor", vendor)})


class TestContract(MakingTargetContract):
    object_name = "Bill"
    text_field = "PrivateNote"

    @pytest.fixture(autouse=True)
    def _served(self, open_client: OpenClient) -> None:
        self.open_client = open_client

    def open_target(self) -> QuickBooksTarget:
        return open_target(self.open_client(), PAPERS.__getitem__)

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


@pytest.mark.spec("P21")
@pytest.mark.fault(12)
def test_a_bill_whose_every_answer_was_lost_is_found_by_the_next_process(
    open_client: OpenClient, quickbooks: Served
) -> None:
    quickbooks.arm("reset-after", "bill", times=5)

    with pytest.raises(VendorBusy, match="did not answer POST /bill"):
        open_target(open_client(), PAPERS.__getitem__).upsert([bill("WO-1")])
    outcomes = open_target(open_client(), PAPERS.__getitem__).upsert([bill("WO-1")])

    assert [each.status for each in outcomes] == ["updated"]
    assert len(bills(quickbooks)) == 1


def test_a_bill_that_changed_before_it_could_be_repeated_is_one_bill_with_the_newer_amount(
    open_client: OpenClient, quickbooks: Served
) -> None:
    open_target(open_client(), PAPERS.__getitem__).upsert([bill("WO-1")])
    quickbooks.vendor.company.query = lambda statement: (  # type: ignore[method-assign]  # an index that lags
        {"QueryResponse": {}} if "FROM Bill" in statement else Company.query(quickbooks.vendor.company, statement)
    )

    newer = bill("WO-1", lines=(REPAIR.model_copy(update={"amount": Decimal("500.00")}),))
    outcomes = open_target(open_client(), PAPERS.__getitem__).upsert([newer])

    assert [each.status for each in outcomes] == ["created"]
    assert [each["TotalAmt"] for each in bills(quickbooks)] == [Decimal("500.00")]


def test_many_at_once_from_two_processes_are_there_once(open_client: OpenClient, quickbooks: Served) -> None:
    records = [bill(f"WO-{number}") for number in range(8)]
    targets = [open_target(open_client(), PAPERS.__getitem__) for _ in range(2)]

    with ThreadPoolExecutor(2) as pool:
        for _ in pool.map(lambda target: target.upsert(records), targets):
            pass

    assert sorted(each["DocNumber"] for each in bills(quickbooks)) == [f"WO-{number}" for number in range(8)]


def test_a_change_by_somebody_else_in_between_is_read_again_and_kept(
    target: QuickBooksTarget, quickbooks: Served
) -> None:
    target.upsert([bill("WO-1")])
    company = quickbooks.vendor.company
    meanwhile = iter(["2026-05-05"])

    def batch(items: Sequence[dict[str, Any]]) -> dict[str, Any]:
        for due in meanwhile:
            company.write("Bill", {**bills(quickbooks)[0], "DueDate": due})
        return Company.batch(company, items)

    company.batch = batch  # type: ignore[method-assign]

    outcomes = target.upsert([bill("WO-1", PrivateNote="brakes and lights")])

    assert [each.status for each in outcomes] == ["updated"]
    assert [(each["DueDate"], each["PrivateNote"]) for each in bills(quickbooks)] == [
        ("2026-05-05", "brakes and lights\n[Drawbar WO-1]")
    ]


def test_a_document_of_somebody_else_with_our_number_is_left_alone(
    target: QuickBooksTarget, quickbooks: Served
) -> None:
    company = quickbooks.vendor.company
    vendor = company.objects("Vendor")[0]["Id"]
    company.write("Bill", {"DocNumber": "WO-1", "VendorRef": {"value": vendor}, "Line": [{"Amount": 1}]})

    outcomes = target.upsert([bill("WO-1"), bill("WO-2")])

    assert [(each.status, each.code) for each in outcomes] == [("refused", "NOT_OURS"), ("created", "")]
    assert "put the mark back" in outcomes[0].remedy


def test_a_document_that_was_deleted_can_be_posted_again_under_its_key(
    target: QuickBooksTarget, quickbooks: Served
) -> None:
    first = target.upsert([bill("WO-1")])
    target.delete("Bill", ["WO-1"])
    quickbooks.time.seconds += 3_000

    second = target.upsert([bill("WO-1")])

    assert [each.status for each in (*first, *second)] == ["created", "created"]
    assert [each["Id"] for each in bills(quickbooks)] == [second[0].target_id] != [first[0].target_id]


def test_what_stands_there_already_costs_only_the_look(target: QuickBooksTarget, quickbooks: Served) -> None:
    target.upsert([bill("WO-1")])
    before = quickbooks.calls
    target.upsert([bill("WO-1")])
    assert quickbooks.calls - before == 1, "the look"


def test_thirty_changes_travel_in_one_batch(target: QuickBooksTarget, quickbooks: Served) -> None:
    target.upsert([bill(f"WO-{number}") for number in range(30)])
    before = quickbooks.calls
    outcomes = target.upsert([bill(f"WO-{number}", PrivateNote="x") for number in range(30)])
    assert {each.status for each in outcomes} == {"updated"}
    assert quickbooks.calls - before == 2, "the look and the batch"


@pytest.mark.parametrize(
    ("record", "says"),
    [
        (bill("WO-1", vendor="Nobody"), "no active vendor 'Nobody'"),
        (bill("WO-1", lines=(Line(account="Repairz", amount=Decimal(1)),)), "no active account 'Repairz'"),
        (bill("WO-1", Lines="[{}]"), "lines cannot be read"),
        (bill("WO-1", Colour="red"), "takes no such value in Colour"),
        (TargetRecord("Vendor", "V", {"Iban": "x"}), "takes no such value in Iban"),
    ],
)
def test_what_cannot_be_written_is_refused_by_name(target: QuickBooksTarget, record: TargetRecord, says: str) -> None:
    outcome = target.upsert([record])[0]
    assert outcome.status == "refused"
    assert says in outcome.message
    assert outcome.remedy


def test_an_account_that_was_added_after_it_was_missed_is_found(target: QuickBooksTarget, quickbooks: Served) -> None:
    record = bill("WO-1", lines=(Line(account="Towing", amount=Decimal(1)),))
    assert target.upsert([record])[0].status == "refused"
    quickbooks.vendor.company.write("Account", {"Name": "Towing", "FullyQualifiedName": "Towing"})
    assert target.upsert([record])[0].status == "created"


@pytest.mark.spec("P24")
def test_every_kind_of_document_is_written_as_the_company_takes_it(
    target: QuickBooksTarget, quickbooks: Served
) -> None:
    buyer = {"CustomerRef": Reference("Customer", "Auction Buyer")}
    sold = lines_text([Line(item="Vehicle sale", amount=Decimal("41500.00"), class_name="Remarketing")])
    dime = Line(account="Lease Receivables", amount=Decimal("0.10"), location="Main", side="credit")
    journal = lines_text([dime.model_copy(update={"account": "Deficiency Losses", "side": "debit"}), dime])
    day: dict[str, Scalar] = {"TxnDate": date(2026, 3, 1)}
    banked = lines_text([Line(account="Unapplied Cash", amount=Decimal("5.00"))])
    records = [
        TargetRecord("Vendor", "New Shop", {"CompanyName": "New Shop LLC"}),
        TargetRecord("Customer", "New Buyer", {}),
        TargetRecord("Invoice", "INV-1", {**day, "Lines": sold}, buyer),
        TargetRecord("Payment", "PAY-1", {**day, "TotalAmt": Decimal("41500.00"), "Account": "Operating Cash"}, buyer),
        TargetRecord("Deposit", "DEP-1", {**day, "Account": "1010", "Lines": banked, "Location": "Main"}),
        TargetRecord("JournalEntry", "JE-1", {**day, "Lines": journal}),
    ]

    for record in records:
        assert [each.status for each in target.upsert([record])] == ["created"], record.object
        assert [each.status for each in target.upsert([record])] == ["updated"], record.object
        assert record.key in target.read(record.object, [record.key], [])

    entry = quickbooks.vendor.company.objects("JournalEntry")[0]
    assert [line["Amount"] for line in entry["Line"]] == [Decimal("0.10"), Decimal("0.10")]
    assert [line["JournalEntryLineDetail"]["PostingType"] for line in entry["Line"]] == ["Debit", "Credit"]


def test_a_deposit_is_changed_as_a_whole(target: QuickBooksTarget, quickbooks: Served) -> None:
    lines = lines_text([Line(account="Unapplied Cash", amount=Decimal("5.00"))])
    target.upsert([TargetRecord("Deposit", "DEP-1", {"Account": "Operating Cash", "Lines": lines})])
    target.upsert([TargetRecord("Deposit", "DEP-1", {"PrivateNote": "from the auction"})])

    (changed,) = quickbooks.vendor.company.objects("Deposit")
    assert (changed["PrivateNote"], changed["TotalAmt"]) == ("from the auction\n[Drawbar DEP-1]", Decimal("5.00"))
    assert "sparse" not in changed


def test_an_unbalanced_entry_is_refused_with_what_quickbooks_says(target: QuickBooksTarget) -> None:
    lines = lines_text([Line(account="Lease Receivables", amount=Decimal("1.00"))])
    outcome = target.upsert([TargetRecord("JournalEntry", "JE-1", {"Lines": lines})])[0]
    assert (outcome.status, outcome.code) == ("refused", "6000")
    assert "debits must equal the credits" in outcome.message


@pytest.mark.spec("P21")
@pytest.mark.fault(12)
def test_a_paper_is_attached_once_to_its_bill_and_waits_for_a_bill_that_is_not_there(
    target: QuickBooksTarget, quickbooks: Served
) -> None:
    paper = TargetRecord("Attachable", "WO-1.pdf", {PAPER: "WO-1.pdf"}, {"Document": Reference("Bill", "WO-1")})
    (early,) = target.upsert([paper])
    target.upsert([bill("WO-1")])
    quickbooks.arm("reset-after", "upload", times=2)
    outcomes = [target.upsert([paper])[0].status for _ in range(2)]
    (lost,) = target.upsert([replace(paper, fields={PAPER: "WO-1.pdf"}, references={"Document": None})])

    assert (early.status, early.code, outcomes) == ("refused", "NO_DOCUMENT", ["created", "created"])
    assert lost.code == "ATTACHMENT"
    (attached,) = quickbooks.vendor.company.objects("Attachable")
    assert quickbooks.vendor.company.attachments[attached["Id"]] == PAPERS["WO-1.pdf"]
    for wrong in (target.read, target.delete):
        with pytest.raises(QuickBooksRefused, match="neither read nor deleted"):
            wrong("Attachable", ["WO-1.pdf"], *([["Paper"]] if wrong == target.read else []))
