"""What `drawbar doctor` asks about QuickBooks Desktop: nothing can be called, so whether it can be reached at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from drawbar.connectors.quickbooks_desktop.settings import QuickBooksDesktopSettings
from drawbar.middleware.ports import Check

SYSTEM: Final = "QuickBooks Desktop"
_SHORTEST_PASSWORD: Final = 12
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class QuickBooksDesktopChecks:
    """Implements `Checkable`; `address` is where Web Connectors reach the service."""

    settings: QuickBooksDesktopSettings
    address: str

    def checks(self, _now: datetime) -> Iterator[Check]:
        """Check each log-in, and the address: the Web Connector wants https unless it is on its own machine."""
        parts = urlsplit(self.address)
        safe = parts.scheme == "https" or parts.hostname in _LOOPBACK
        yield Check(
            SYSTEM, "address", ok=safe, detail=self.address,
            remedy="" if safe else "Set soap.public_url to the https address of the server.",
        )  # fmt: skip
        if not self.settings.companies:
            yield Check(
                SYSTEM, "companies", ok=False, detail="no company file is set",
                remedy="Add [quickbooks_desktop.companies.<name>] to drawbar.toml.",
            )  # fmt: skip
        for name, company in self.settings.companies.items():
            long = len(company.password.get_secret_value()) >= _SHORTEST_PASSWORD
            yield Check(
                SYSTEM, f"company {name}", ok=long, detail=f"user {company.user}",
                remedy="" if long else f"Give it a password of {_SHORTEST_PASSWORD} characters or more.",
            )  # fmt: skip
