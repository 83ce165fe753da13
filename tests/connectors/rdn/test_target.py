"""RDN as a target, over SOAP against the simulated one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from drawbar.connectors.rdn.connector import Rdn
from drawbar.connectors.rdn.target import RdnTarget
from drawbar.middleware.errors import RetryLater
from drawbar.middleware.records import Outcome, TargetRecord
from drawbar.middleware.repossession.orders import order_record, withdrawal_record
from drawbar.middleware.repossession.placing import ORDER, OrderComment, comment_record
from drawbar.sandbox.rdn.vendor import RESTRICTED, RdnVendor
from tests.connectors.rdn.conftest import AGENTS
from tests.contracts.served_vendor import ServedVendor, half_an_answer, let_through
from tests.contracts.target import RecordTargetContract
from tests.moment import Moment
from tests.repo_orders import ORDER as ORDER_OF_TESTS
from tests.repo_orders import placed


@pytest.fixture
def send(rdn: Rdn) -> Callable[[TargetRecord], Outcome]:
    return lambda record: rdn.target.upsert([record])[0]


class TestContract(RecordTargetContract):
    object_name = ORDER
    text_field = "instructions"

    @pytest.fixture(autouse=True)
    def _known(self, rdn: Rdn) -> None:
        self.rdn = rdn

    def open_target(self) -> RdnTarget:
        return self.rdn.target

    def record(self, key: str, text: str | None) -> TargetRecord:
        record = placed(key)
        return replace(record, fields={**record.fields, "instructions": text})

    def bad_record(self, key: str) -> TargetRecord:
        return placed(key, vin="TOO-SHORT")


@pytest.mark.spec("P14", "R23")
def test_a_case_holds_all_that_an_agent_needs(send: Callable[[TargetRecord], Outcome], simulated: RdnVendor) -> None:
    outcome = send(placed())

    (case,) = simulated.desk.cases.values()
    assert (outcome.status, outcome.target_id) == ("created", str(case.number))
    assert case.fields == {
        "client_reference": "RO-1001", "vendor_id": "4711", "account_number": "LW00001234", "order_type": "IRP",
        "order_date": "2026-03-01", "payments_made": "14", "days_past_due": "73", "past_due_amount": "8412.50",
        "payoff_amount": "61200.00", "instructions": "Call before entering the yard.", "reply_to": "",
        "debtor_name": "Jane Q. Hauler", "debtor_phone": "214-555-0142",
        "debtor_address": "77 Mesquite Lane, Dallas TX 75201", "vin": "1FUJGLDR0CSBB1234", "year": "2021",
        "make": "Freightliner", "model": "Cascadia", "color": "white", "plate": "R12 3456", "unit_number": "U-17",
        "gps_status": "reporting", "last_location": "I-35 exit 428, Dallas TX", "last_seen": "2026-03-01 22:15:00",
    }  # fmt: skip


@pytest.mark.spec("R24")
def test_each_difference_is_one_call_and_what_is_so_already_is_none(
    send: Callable[[TargetRecord], Outcome], simulated: RdnVendor, moment: Moment
) -> None:
    def calls(record: TargetRecord) -> list[str]:
        simulated.called.clear()
        send(record)
        moment.passes(seconds=1)
        return [each for each in simulated.called if not each.startswith("get")]

    assert calls(placed()) == ["addCase"]
    assert calls(placed()) == []
    assert calls(placed(lessee_phone="214-555-0199")) == ["updateCaseDebtor"]
    assert calls(placed(lessee_phone="214-555-0199", agent="other")) == ["reassignCase"]
    held = placed(lessee_phone="214-555-0199", agent="other", standing="on hold", reason="paid")
    assert [calls(held), calls(held)] == [["holdCase"], []]
    assert calls(placed(lessee_phone="214-555-0199", agent="other")) == ["reopenCase"]
    closed = placed(lessee_phone="214-555-0199", agent="other", standing="closed")
    assert [calls(closed), calls(closed)] == [["closeCase"], []]


@pytest.mark.spec("R24")
def test_an_order_that_is_withdrawn_is_closed_once_and_one_that_names_no_agent_goes_to_whom_works_there(
    rdn: Rdn, simulated: RdnVendor
) -> None:
    near = {"lone_star": AGENTS["lone_star"].model_copy(update={"territories": ["TX"]}), "other": AGENTS["other"]}
    target = replace(rdn, agents=near).target
    target.upsert([order_record(ORDER_OF_TESTS)])
    withdrawal = withdrawal_record("RO-1001", "redeemed")

    outcomes = [target.upsert([each])[0] for each in (withdrawal, withdrawal, withdrawal_record("RO-9", ""))]

    assert [each.fields["vendor_id"] for each in simulated.desk.cases.values()] == ["4711"]
    assert [(each.status, each.code) for each in outcomes] == [
        ("updated", ""), ("updated", ""), ("refused", "NO_SUCH_ORDER"),
    ]  # fmt: skip
    assert simulated.called.count("closeCase") == 1


@pytest.mark.fault(12)
def test_a_case_whose_creation_was_not_answered_is_found_and_not_created_again(
    rdn: Rdn, vendor: ServedVendor, simulated: RdnVendor
) -> None:
    simulated.called.clear()
    lists = 5
    vendor.weather.comes(*[let_through] * lists, half_an_answer())
    with pytest.raises(RetryLater):
        rdn.target.upsert([placed()])
    assert simulated.called.count("addCase") == 1

    (outcome,) = rdn.target.upsert([placed()])

    assert (outcome.status, simulated.called.count("addCase"), len(simulated.desk.cases)) == ("updated", 1, 1)


@pytest.mark.spec("R24")
def test_a_comment_is_written_once(send: Callable[[TargetRecord], Outcome], simulated: RdnVendor) -> None:
    send(placed())
    comment = comment_record(OrderComment("C-1", "RO-1001", "lone_star", "The truck is in Waco."))

    assert [send(comment).status, send(comment).status] == ["created", "updated"]
    assert simulated.called.count("addCaseUpdate") == 1
    orphan = comment_record(OrderComment("C-2", "RO-9", "lone_star", "Where?"))
    assert send(orphan).code == "NO_SUCH_ORDER"


def test_a_case_that_the_lender_restricts_refuses_that_order_alone(rdn: Rdn, simulated: RdnVendor) -> None:
    simulated.desk.place({"client_reference": f"{RESTRICTED}-1", "vin": "1FUJGLDR0CSBB1234"})

    outcomes = rdn.target.upsert([placed(f"{RESTRICTED}-1"), placed("RO-2")])

    assert [(each.status, each.code) for each in outcomes] == [("refused", "RESTRICTED"), ("created", "")]
    assert simulated.called.count("getRdnCaseInfo") == 1, "a restricted case is not asked for again and again"


def test_a_repossessed_truck_cannot_be_put_on_hold(send: Callable[[TargetRecord], Outcome], moment: Moment) -> None:
    send(placed())
    moment.passes(minutes=5)

    assert send(placed(standing="on hold")).code == "TOO_LATE"


def test_two_cases_of_one_order_are_refused_by_name(rdn: Rdn, simulated: RdnVendor) -> None:
    for _ in range(2):
        simulated.desk.place({"client_reference": "RO-1001", "vin": "1FUJGLDR0CSBB1234"})

    (outcome,) = rdn.target.upsert([placed()])

    assert (outcome.code, "5001, 5002" in outcome.message) == ("TWICE", True)
