"""What the GPS rules know of an account: whether its vehicle is watched, and where it is at home."""

from __future__ import annotations

from dataclasses import dataclass

from drawbar.middleware.gps.settings import GpsSettings
from drawbar.middleware.units import Days


@dataclass(frozen=True, slots=True)
class AccountSituation:
    """Where an account stands, as other rules have concluded it.

    `case_key` is its open delinquency case, "" when there is none; `lessee_state` two letters, "" when nobody knows.
    `ordered` says that repossession is asked for or ordered, `charged_off` that the lender has written it off.
    """

    account: str
    days_past_due: Days = 0
    case_key: str = ""
    lessee_state: str = ""
    ordered: bool = False
    charged_off: bool = False


def is_watched(situation: AccountSituation, settings: GpsSettings) -> bool:
    """Say whether the state of an account warrants alerts and a verdict on recovery (P09).

    So does an open delinquency case with at least `alert_from_days` past due, an order, and a charge-off.
    """
    late = situation.case_key != "" and situation.days_past_due >= settings.alert_from_days
    return late or situation.ordered or situation.charged_off
