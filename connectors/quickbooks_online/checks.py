"""What `drawbar doctor` asks of QuickBooks Online: the stored tokens, and the company."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from drawbar.connectors.quickbooks_online.client import QuickBooksClient
from drawbar.middleware.errors import DrawbarError
from drawbar.middleware.ports import Check
from drawbar.middleware.sync.token_vault import TokenVault

_SOON: Final = timedelta(days=14)
_SYSTEM: Final = "QuickBooks Online"


@dataclass(frozen=True, slots=True)
class QuickBooksChecks:
    """Implements `Checkable`, at the cost of one call."""

    client: QuickBooksClient
    vault: TokenVault
    company: str = ""
    """Its name in the settings; "" is the first one."""

    def checks(self, now: datetime) -> Iterator[Check]:
        """Check that the company is connected, for how long, and that it answers."""
        try:
            tokens = self.vault.load()
        except DrawbarError as error:
            yield self._check("connection", ok=False, detail=error.message, remedy=error.remedy)
            return
        if tokens is None:
            yield self._check("connection", ok=False, detail="not connected yet", remedy=self._connect)
            return
        ends = tokens.refresh_ends_at
        soon = ends is not None and ends - now < _SOON
        detail = f"connected until {ends:%Y-%m-%d}" if ends else "connected, not used yet"
        yield self._check("connection", ok=not soon, detail=detail, remedy=self._connect)
        yield self._company()

    @property
    def _connect(self) -> str:
        named = f" --company {self.company}" if self.company else ""
        return f"Connect the company: drawbar quickbooks connect{named}"

    def _company(self) -> Check:
        try:
            company = self.client.company()
        except DrawbarError as error:
            return self._check("company", ok=False, detail=error.message, remedy=error.remedy)
        return self._check("company", ok=True, detail=f"{company.get('CompanyName')} ({company.get('Country')})")

    def _check(self, name: str, *, ok: bool, detail: str, remedy: str = "") -> Check:
        system = f"{_SYSTEM} {self.company}".strip()
        return Check(system, name, ok, detail, "" if ok else remedy)
