"""Who says whether a truck of an account may be kept from starting (P31)."""

from __future__ import annotations

from typing import Protocol


class HoldPolicy(Protocol):
    """Asked before anything is done to a truck; wired in `jobs`."""

    def reason(self, account_number: str) -> str:
        """Give why an account is under a hold, "" when it is not."""
        ...
