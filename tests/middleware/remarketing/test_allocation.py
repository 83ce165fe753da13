"""Which vendors are offered for a vehicle, and which one is preselected."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from drawbar.middleware.remarketing.allocation import offer
from drawbar.middleware.remarketing.checks import remarketing_checks
from drawbar.middleware.remarketing.requests import Collateral, Storage
from drawbar.middleware.remarketing.settings import RemarketingSettings
from drawbar.middleware.remarketing.statuses import RemarketingStatus

TRUCK = Collateral(asset="VH1", account="LW1", company="01", branch="TUL")


def settings(*criteria: dict[str, Any]) -> RemarketingSettings:
    named = [{"name": f"c{place}", **each} for place, each in enumerate(criteria)]
    vendors: dict[str, Any] = {each["vendor"]: {} for criterion in criteria for each in criterion["vendors"]}
    return RemarketingSettings.model_validate({"vendors": vendors, "criteria": named})


def of(*orders: int) -> list[dict[str, Any]]:
    """Give vendors a, b, c ... in the order of creation, with these sort orders."""
    return [{"vendor": "abcdef"[place], "sort_order": order} for place, order in enumerate(orders)]


@pytest.mark.spec("R02")
@pytest.mark.parametrize(
    ("orders", "listed", "preselected"),
    [
        ((3, 1, 2), "bca", "b"),
        ((2, 1, 2), "bac", "b"),
        ((0, 0, 0), "abc", ""),
        ((5, 1, 1), "abc", ""),
        ((7,), "a", "a"),
        ((), "", ""),
    ],
)
def test_the_lowest_sort_order_is_preselected_unless_it_is_shared(
    orders: tuple[int, ...], listed: str, preselected: str
) -> None:
    offered = offer(TRUCK, Storage(), settings({"vendors": of(*orders)}))

    assert ("".join(offered.vendors), offered.preselected) == (listed, preselected)


@pytest.mark.spec("R01", "R03")
@pytest.mark.parametrize(
    ("criterion", "misfit"),
    [
        ({}, ""),
        ({"company": "01", "branch": "TUL", "country": "US", "states": ["TX", "OK"]}, ""),
        ({"company": "02"}, "company is 01, not 02"),
        ({"branch": "DAL"}, "branch is TUL, not DAL"),
        ({"country": "CA"}, "country is US, not CA"),
        ({"states": ["TX"]}, "it is stored in OK, not in TX"),
    ],
)
def test_a_criterion_fits_by_company_branch_and_where_the_vehicle_stands(
    criterion: dict[str, Any], misfit: str
) -> None:
    offered = offer(TRUCK, Storage(state="OK"), settings(criterion | {"vendors": of(1)}))

    assert [each.misfit for each in offered.judged] == [misfit]
    assert offered.vendors == (() if misfit else ("a",))


@pytest.mark.spec("R01", "R03")
def test_the_first_criterion_that_fits_counts() -> None:
    rules = settings(
        {"states": ["TX"], "vendors": [{"vendor": "texan"}]},
        {"states": ["OK"], "vendors": [{"vendor": "sooner"}]},
        {"vendors": [{"vendor": "anyone"}]},
    )

    assert offer(TRUCK, Storage(state="OK"), rules).vendors == ("sooner",)
    assert offer(TRUCK, Storage(), rules).vendors == ("anyone",)


@pytest.mark.spec("R01")
@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"criteria": [{"name": "x", "vendors": [{"vendor": "nobody"}]}]}, "none of the vendors"),
        ({"vendors": {"a": {}}, "criteria": [{"name": "x", "vendors": [{"vendor": "a"}] * 2}]}, "names a vendor twice"),
        ({"criteria": [{"name": "x", "channel": "RDN"}]}, "GAI"),
        ({"attributes": ["Keys", "Keys"]}, "twice"),
        ({"attributes": ["a: b"]}, "without colons"),
        ({"cycle": {"NEW": ["SOMEWHERE"]}}, "SEND TO AUCTION"),
    ],
)
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        RemarketingSettings.model_validate(wrong)


@pytest.mark.spec("R01", "R08")
def test_doctor_says_who_is_offered_and_which_status_a_cycle_never_reaches() -> None:
    vendors = {"vendors": {"ritchie": {"client": "a"}, "penske": {}}}
    alone = list(remarketing_checks(RemarketingSettings.model_validate(vendors)))
    cut = settings({"vendors": of(1)}).model_copy(update={"cycle": {RemarketingStatus.INVOICING: ()}})

    assert [(each.name, each.ok) for each in alone] == [("vendors", False), ("who is told", True), ("cycle", True)]
    assert "people tell penske" in alone[1].detail
    assert [each.detail for each in remarketing_checks(cut) if not each.ok] == [
        "never reached: INVOICE REJECTED, COMPLETED"
    ]
    assert list(remarketing_checks(RemarketingSettings())) == []
