"""What the hub asks of QuickBooks Online: a target for documents, and what changed there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Engine

from drawbar.connectors.quickbooks_online.changes import Sweep
from drawbar.connectors.quickbooks_online.checks import QuickBooksChecks
from drawbar.connectors.quickbooks_online.client import QuickBooksClient
from drawbar.connectors.quickbooks_online.settings import SYSTEM, QuickBooksOnlineSettings, system_of
from drawbar.connectors.quickbooks_online.target import QuickBooksTarget, open_target
from drawbar.connectors.quickbooks_online.tokens import TokenKeeper
from drawbar.middleware.database.engine import reading
from drawbar.middleware.locks import Locks
from drawbar.middleware.observe import Observer
from drawbar.middleware.ports import Check
from drawbar.middleware.retry import Clocks
from drawbar.middleware.sync.papers import Papers
from drawbar.middleware.sync.token_vault import Tokens, TokenVault


class QuickBooksOnline:
    """One company, by its name in the settings ("" for the first); connects to nothing until it is asked something."""

    def __init__(
        self,
        settings: QuickBooksOnlineSettings,
        engine: Engine,
        locks: Locks,
        *,
        name: str = "",
        clocks: Clocks | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.name = name
        clocks = clocks or Clocks()
        self.vault = TokenVault(engine, locks, f"{SYSTEM} {settings.realm_id}", settings.encryption_key)
        keeper = TokenKeeper(settings, self.vault, clocks=clocks, observer=observer)
        self.client = QuickBooksClient(settings, keeper, clocks=clocks, observer=observer)
        self.target: QuickBooksTarget = open_target(self.client, self._paper, self.system)
        self._keeper = keeper
        self._engine = engine

    @property
    def system(self) -> str:
        """What the outbox and the tables call the company."""
        return system_of(self.name)

    def _paper(self, name: str) -> bytes:
        with reading(self._engine) as connection:
            return Papers(connection).get(name)

    def connect(self, refresh_token: str, *, now: datetime) -> str:
        """Keep a refresh token, use it at once, and give the company's name.

        From then on Drawbar holds the only good one. Raises LogInRefused when QuickBooks does not take it; what was
        stored before stays then.
        """
        with self.vault.alone():
            fresh = self._keeper.exchanged(refresh_token)
            self.vault.store(fresh, now=now)
        return str(self.client.company().get("CompanyName", ""))

    def sweep(self, now: datetime) -> Sweep:
        """Give a look at what changed."""
        return Sweep(self.client, now)

    def stored(self) -> Tokens | None:
        """Give the tokens that are stored, None when the company was never connected."""
        return self.vault.load()

    def checks(self, now: datetime) -> Iterator[Check]:
        """Check the stored tokens and the company."""
        return QuickBooksChecks(self.client, self.vault, self.name).checks(now)
