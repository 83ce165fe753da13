"""FleetRock's errors by what happens next. None of them holds a URL: user, key and token travel in its query."""

from __future__ import annotations

from drawbar.middleware.errors import RecordRejected, RetryLater, StopRun


class FleetRockBusy(RetryLater):
    """FleetRock cannot answer now, or what it answered was cut short."""


class FleetRockRefused(RecordRejected):
    """FleetRock refuses a call because of the record that it is about."""


class FleetRockStopped(StopRun):
    """FleetRock refuses in a way that a person has to mend."""


class LoginRefused(FleetRockStopped):
    """FleetRock does not accept our user name, key or token."""
