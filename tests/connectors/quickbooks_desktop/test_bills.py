"""What each answer of QuickBooks leads to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree
from pydantic import SecretStr

from drawbar.connectors.quickbooks_desktop import qbxml
from drawbar.connectors.quickbooks_desktop.bills import Again, Decision, GoOn, Refused, Step, decide
from drawbar.connectors.quickbooks_desktop.qbxml import Answer
from drawbar.connectors.quickbooks_desktop.records import BillLine, VendorBill
from drawbar.connectors.quickbooks_desktop.settings import CompanySettings
from drawbar.middleware.errors import RetryLater

COMPANY = CompanySettings(user="north", password=SecretStr("north password"))
BILL = VendorBill(
    key="WO-1", vendor="Ace Diesel", number="77", dated=date(2026, 3, 1),
    lines=(BillLine(account="Repairs", amount=Decimal("10.00"), memo="Brakes", accounting_class="Trucks"),),
)  # fmt: skip
DOCUMENTED = Path(__file__).parent / "documented"


def decided(step: Step, code: int, memory: dict[str, str] | None = None) -> Decision:
    return decide(BILL, step, memory or {}, Answer("1", code, "words of QuickBooks", ()), COMPANY)


@pytest.mark.parametrize("code", [1000, 1010, 3170, 3175, 3176, 3180])
@pytest.mark.parametrize("step", list(Step))
def test_while_quickbooks_is_busy_each_step_waits(step: Step, code: int) -> None:
    decision = decided(step, code)

    assert isinstance(decision, Again)
    assert decision.wait.total_seconds() == 30


@pytest.mark.parametrize("code", [3120, 3200])
def test_what_moved_meanwhile_begins_anew(code: int) -> None:
    assert isinstance(decided(Step.CHANGE_BILL, code), Again)
    assert decided(Step.LOOK_BY_ID, 3120) == GoOn(Step.LOOK_FOR_BILL)


@pytest.mark.parametrize("code", [0, 1, 500])
def test_nothing_found_leads_to_adding(code: int) -> None:
    assert decided(Step.LOOK_FOR_BILL, code) == GoOn(Step.ADD_BILL)
    assert decided(Step.LOOK_FOR_VENDOR, code) == GoOn(Step.ADD_VENDOR)
    assert decided(Step.LOOK_BY_ID, code) == GoOn(Step.LOOK_FOR_BILL)


def test_a_name_in_use_is_looked_for_once_more_and_then_refused() -> None:
    again = decided(Step.ADD_VENDOR, 3100)

    assert again == GoOn(Step.LOOK_FOR_VENDOR, {"name_in_use": "yes"})
    refused = decided(Step.LOOK_FOR_VENDOR, 500, {"name_in_use": "yes"})
    assert isinstance(refused, Refused)
    assert refused.error.code == "NAME_IN_USE"


@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("code", [3000, 3140, 3260, 9999])
def test_what_is_not_known_is_refused_with_quickbooks_own_code_and_words(step: Step, code: int) -> None:
    decision = decided(step, code)

    assert isinstance(decision, Refused)
    assert (decision.error.code, bool(decision.error.remedy)) == (str(code), True)
    assert "words of QuickBooks" in decision.error.message


def test_a_bill_that_was_written_and_not_named_is_looked_for() -> None:
    assert isinstance(decided(Step.ADD_BILL, 0), Again)


def test_a_bill_is_written_in_the_order_of_intuits_schema() -> None:
    added = qbxml.bill_add(BILL, "Accounts Payable")
    changed = qbxml.bill_mod(BILL, "", "1-1", "9")

    assert [str(each.tag) for each in added[0]] == [
        "VendorRef", "APAccountRef", "TxnDate", "RefNumber", "Memo", "ExpenseLineAdd"
    ]  # fmt: skip
    assert [str(each.tag) for each in added[0][-1]] == ["AccountRef", "Amount", "Memo", "ClassRef"]
    assert [str(each.tag) for each in changed[0]][:3] == ["TxnID", "EditSequence", "VendorRef"]
    assert changed.findtext(".//TxnLineID") == "-1"
    assert qbxml.message(added, "7-1", "13.0").startswith(
        '<?xml version="1.0" encoding="utf-8"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">'
        '<BillAddRq requestID="7-1">'
    )


def test_the_recorded_answer_is_read() -> None:
    recorded = (DOCUMENTED / "05_receiveResponseXML_request_CAPTURED_3100.xml").read_bytes()
    response = etree.fromstring(recorded).findtext(".//{*}response") or ""

    (answer,) = qbxml.read_answers(response)

    assert (answer.code, answer.request_id) == (3100, "SXRlbVNlcnZpY2VBZGR8c2hpcHBpbmc=")
    assert "already in use" in answer.message


@pytest.mark.parametrize(
    "text",
    [
        "", "<QBXML>", "<Other/>", "<QBXML/>", '<!DOCTYPE a><QBXML/>',
        '<QBXML><QBXMLMsgsRs><BillQueryRs statusCode="x"/></QBXMLMsgsRs></QBXML>',
    ],
)  # fmt: skip
def test_what_is_no_answer_is_asked_for_again(text: str) -> None:
    with pytest.raises(RetryLater):
        qbxml.read_answers(text)
    assert qbxml.read_answers('<?xml version="1.0" encoding="utf-16"?><QBXML><QBXMLMsgsRs/></QBXML>') == []


def test_an_amount_that_is_none_is_asked_for_again() -> None:
    (answer,) = qbxml.read_answers(
        '<QBXML><QBXMLMsgsRs><BillQueryRs statusCode="0"><BillRet><AmountDue>much</AmountDue></BillRet></BillQueryRs>'
        "</QBXMLMsgsRs></QBXML>"
    )

    with pytest.raises(RetryLater, match="amount"):
        list(qbxml.found_bills(answer))
