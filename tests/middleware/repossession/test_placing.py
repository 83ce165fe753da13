"""Orders on their way through the outbox: whole, or refused by the name of the field."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.records import Scalar
from drawbar.middleware.repossession.agents import AgentSettings
from drawbar.middleware.repossession.masking import masked_order
from drawbar.middleware.repossession.orders import ORDER_TYPES
from drawbar.middleware.repossession.placing import (
    OrderComment,
    PlacedOrder,
    choose_agent,
    comment_record,
    order_comment,
    placed_order,
    placed_record,
)
from drawbar.middleware.sync.codec import columns_of, decode, encode, to_record
from tests.repo_orders import ORDER, placed


@pytest.mark.spec("R23")
@pytest.mark.parametrize("order_type", ORDER_TYPES)
def test_an_order_comes_out_of_the_outbox_as_it_went_in(order_type: str) -> None:
    bare = {"payoff": None, "last_seen_at": None, "order_type": order_type, "voluntary": True}
    for changes in ({}, bare):
        whole = PlacedOrder(replace(ORDER, **changes), "lone_star", "on hold", "paid")  # type: ignore[arg-type]
        record = placed_record(whole)
        stored = to_record(record.object, record.key, "", decode(encode(columns_of(record))))

        assert placed_order(stored) == whole


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("vin", ""), ("lessee_name", None), ("payments_made", "14"), ("past_due", 8412), ("voluntary", 1),
        ("ordered_on", datetime(2026, 3, 1)), ("order_type", "XYZ"), ("standing", "gone"), ("shoe_size", 9),  # noqa: DTZ001
    ],
)  # fmt: skip
def test_what_is_missing_odd_or_unknown_is_refused_by_name(field: str, value: Scalar) -> None:
    record = placed()

    with pytest.raises(RecordRejected) as refused:
        placed_order(replace(record, fields={**record.fields, field: value}))

    assert (refused.value.field, bool(refused.value.remedy)) == (field, True)


def test_a_field_that_is_left_out_is_refused_by_name() -> None:
    record = placed()
    fields = {name: value for name, value in record.fields.items() if name != "gps_status"}

    with pytest.raises(RecordRejected, match="gps_status: is missing"):
        placed_order(replace(record, fields=fields))


def agent(*territories: str) -> AgentSettings:
    return AgentSettings(channel="rdn", id="1", territories=list(territories))


def test_an_order_that_names_no_agent_goes_to_the_only_one_who_works_where_the_vehicle_is() -> None:
    texan, anywhere = {"texan": agent("TX", "OK")}, {"anywhere": agent()}

    assert choose_agent(texan | anywhere, ORDER, "rdn") == "texan"
    assert choose_agent(texan | anywhere, replace(ORDER, last_location="Gary IN 46402"), "rdn") == "anywhere"
    assert choose_agent(texan | anywhere, replace(ORDER, last_location=""), "rdn") == "texan", "by the lessee's address"
    for agents, why in ((texan | {"other": agent("TX")}, "other, texan could"), ({"indy": agent("IN")}, "no agent")):
        with pytest.raises(RecordRejected, match=why):
            choose_agent(agents, ORDER, "rdn")


def test_a_comment_without_words_is_refused() -> None:
    comment = OrderComment("C-1", "RO-1", "lone_star", "Call me.")
    assert order_comment(comment_record(comment)) == comment

    with pytest.raises(RecordRejected, match="text"):
        order_comment(comment_record(replace(comment, text=" ")))


def test_a_masked_order_tells_nobody_and_keeps_what_is_no_secret() -> None:
    shown = repr(masked_order(replace(ORDER, instructions="Call 214-555-0142 or jane@home.example")))

    private = ("Hauler", "214-555", "Mesquite", "1FUJGLDR", "LW0000", "home.example", "I-35")
    assert [each for each in private if each in shown] == []
    assert "Freightliner" in shown
    assert repr(Decimal("8412.50")) in shown


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"channel": "mail"}, "address"), ({"channel": "mail", "address": "no address"}, "address"),
        ({"channel": "rdn"}, "id must be"), ({"channel": "fax", "id": "1"}, "channel"),
        ({"channel": "mbsi", "id": "1", "territories": ["Texas"]}, "two capital letters"),
    ],
)  # fmt: skip
def test_an_agent_that_cannot_be_reached_is_refused(wrong: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        AgentSettings.model_validate(wrong)
