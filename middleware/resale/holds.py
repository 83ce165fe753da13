"""Who says whether a vehicle of an account may be sold (P31)."""

from __future__ import annotations

from typing import Protocol


class HoldPolicy(Protocol):
    """Asked before a vehicle is sold; wired in `jobs`."""

    def reason(self, account_number: str) -> str:
        """Give why an account is under a hold, "" when it is not."""
        ...
