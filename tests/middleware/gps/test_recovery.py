"""The verdict on recovery and its reasons (P08); how often devices are read (P10); the page that tells of both."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from drawbar.mappings.gps_alert import KIND
from drawbar.middleware.gps.accounts import AccountSituation
from drawbar.middleware.gps.explained import alert_rules, tier_lines
from drawbar.middleware.gps.feasibility import RecoveryFacts, Verdict, assess
from drawbar.middleware.gps.readings import in_order, of_position
from drawbar.middleware.gps.recovery import NOTHING_KNOWN, Vehicle, facts_of, newest_of_each
from drawbar.middleware.gps.settings import GpsSettings
from drawbar.middleware.gps.signals import Standing
from drawbar.middleware.gps.tiers import Tier
from drawbar.middleware.gps.tracks import Track
from tests.middleware.gps.samples import ACCOUNT, DEVICE, HOME, HOUSTON, LAREDO, LATE, TULSA, at, hours, scene

PAGE = (Path(__file__).parents[3] / "docs" / "gps.md").read_text(encoding="utf-8")
RULES = GpsSettings()
AT_REST = RecoveryFacts(
    ACCOUNT, days_past_due=45, last_report_at=hours(0), standing=Standing(29.9, -95.6, hours(-48), hours(0)),
    region="TX", home_states=frozenset({"TX"}), has_home=True, at_home=True, places=("Lessee's lot",), volts=12.6,
)  # fmt: skip


def verdict(facts: RecoveryFacts, hour: float = 1) -> tuple[Verdict, str]:
    judged = assess(facts, hours(hour), RULES)
    return judged.verdict, judged.reasons[0].text


@pytest.mark.spec("P08")
def test_a_truck_that_rests_at_home_and_reports_can_be_recovered() -> None:
    judged = assess(AT_REST, hours(1), RULES)

    assert judged.verdict is Verdict.GOOD
    assert [each.text for each in judged.reasons] == [
        "Reported within the last 48 hours.",
        "Stands at one place since 2026-02-28.",
        "In Lessee's lot.",
        "In its home state TX.",
    ]


@pytest.mark.spec("P08")
@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"device_active": False}, "The maker calls the device inactive."),
        ({"moving": True}, "On the move: not seen at one place for 12 hours."),
        ({"at_home": False}, "Not at home."),
        ({"region": "OK"}, "In OK, not in TX."),
        ({"border": "MEX"}, "Within 25 miles of the border MEX."),
        ({"volts": 11.2}, "The power of the device is low."),
        ({"power_low": True}, "The power of the device is low."),
        ({"volts": 3.0}, "The device has lost its power and may fall silent at any moment."),
        ({"days_past_due": 120}, "120 days past due or more: the lessee expects an agent."),
    ],
)
def test_one_doubt_makes_recovery_doubtful(changed: dict[str, Any], reason: str) -> None:
    assert verdict(replace(AT_REST, **changed)) == (Verdict.DOUBTFUL, reason)


@pytest.mark.spec("P08")
def test_recovery_is_poor_for_one_grave_reason_or_many_doubts() -> None:
    assert verdict(AT_REST, hour=60)[0] is Verdict.DOUBTFUL
    assert verdict(AT_REST, hour=24 * 7) == (Verdict.POOR, "Last report on 2026-03-02, 7 days ago or more.")
    assert verdict(replace(AT_REST, region="MEX")) == (Verdict.POOR, "Not in the United States, but in MEX.")
    assert verdict(replace(AT_REST, region="")) == (Verdict.POOR, "Not in the United States.")
    three = replace(AT_REST, moving=True, border="MEX", volts=11.0)
    assert verdict(three)[0] is Verdict.DOUBTFUL
    assert verdict(replace(three, at_home=False))[0] is Verdict.POOR
    nothing = facts_of(NOTHING_KNOWN, AccountSituation(ACCOUNT), scene(), RULES)
    assert verdict(nothing) == (Verdict.POOR, "No GPS device of the account has ever reported.")


@pytest.mark.spec("P08")
def test_a_verdict_does_not_change_with_every_hour_that_passes() -> None:
    assert assess(AT_REST, hours(1), RULES) == assess(AT_REST, hours(40), RULES)


def vehicle(*spots: Any, vin: str = "VIN1", key: str = "Spireon:1") -> Vehicle:
    track = Track(key, vin, ACCOUNT, active=True, asked_at=hours(30))
    return Vehicle(track, tuple(in_order(map(of_position, spots))))


@pytest.mark.spec("P08")
def test_what_is_known_of_a_vehicle_comes_from_its_newest_reports() -> None:
    told = facts_of(vehicle(at(TULSA, 0, volts=11.0), at(HOME, 1), at(HOME, 14, volts=12.5)), LATE, scene(), RULES)
    assert told == RecoveryFacts(
        ACCOUNT, days_past_due=45, last_report_at=hours(14), standing=Standing(29.9, -95.6, hours(1), hours(14)),
        region="TX", home_states=frozenset({"TX"}), has_home=True, at_home=True, places=("Lessee's lot",), volts=12.5,
    )  # fmt: skip
    assert facts_of(vehicle(at(LAREDO, 1)), LATE, scene(with_home=False), RULES).border == "MEX"


def test_of_several_devices_in_a_vehicle_the_one_that_reported_last_counts() -> None:
    old, new = vehicle(at(HOUSTON, 1)), vehicle(at(HOME, 2), key="PassTime:2")
    mute, other = vehicle(key="Spireon:3"), vehicle(at(TULSA, 0), vin="VIN2", key="Spireon:4")

    assert newest_of_each([old, new, mute, other]) == {ACCOUNT: [new, other]}


@pytest.mark.spec("P10")
@pytest.mark.parametrize(
    ("days", "ordered", "minutes"),
    [(0, False, None), (1, False, 1_440), (29, False, 1_440), (30, False, 360), (60, False, 60), (400, False, 60),
     (0, True, 15), (90, True, 15)],
)  # fmt: skip
def test_the_later_an_account_the_more_often_its_device_is_read(days: int, ordered: bool, minutes: int | None) -> None:
    plan = RULES.reading_plan
    assert plan.interval(days, ordered=ordered) == (None if minutes is None else timedelta(minutes=minutes))
    assert plan.due(DEVICE, days, None, hours(0), ordered=ordered) is (minutes is not None)
    if minutes is not None:
        now = hours(0) + timedelta(minutes=minutes)
        assert plan.due(DEVICE, days, hours(0), now - timedelta(seconds=1), ordered=ordered)
        assert not plan.due(DEVICE, days, hours(0), hours(0) + timedelta(minutes=minutes * 0.8), ordered=ordered)
        assert not plan.due(replace(DEVICE, active=False), days, None, now, ordered=ordered)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"tiers": [Tier(from_days=30, every_minutes=60), Tier(from_days=1, every_minutes=60)]}, "rising days"),
        ({"tiers": [Tier(from_days=5, every_minutes=60), Tier(from_days=5, every_minutes=90)]}, "each once"),
        ({"power_lost_volts": 11.2}, "must lie below power_low_volts"),
        ({"alerts": ["left_town"]}, "left_state"),
    ],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        GpsSettings.model_validate(wrong)


def shown(name: str) -> list[str]:
    """Give the rows of a table of the page, without its head."""
    return PAGE.split(f"<!-- {name}: begin -->\n")[1].split(f"<!-- {name}: end -->")[0].splitlines()[2:]


@pytest.mark.spec("P09", "P10")
def test_the_page_shows_the_rules_as_they_are() -> None:
    rules = [f"| `{each.kind}` | {KIND[each.kind]} | {each.begins} | {each.ends} |" for each in alert_rules(RULES)]
    assert shown("alerts") == rules
    assert shown("tiers") == [f"| {who} | {often} |" for who, often in tier_lines(RULES)]


def test_the_page_names_every_setting_with_its_default() -> None:
    page = dict(re.findall(r"^\| `(\w+)` \| ([^|`]+) \| [a-z]", PAGE.split("## Settings")[1], re.MULTILINE))
    in_words = {"geofences": "none", "alerts": "all", "tiers": "see above", "collectors": "none"}
    defaults = {name: in_words.get(name, str(field.default)) for name, field in GpsSettings.model_fields.items()}
    assert page == defaults
