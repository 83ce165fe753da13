"""Tokens: kept encrypted, renewed by one process for all, never lost and never told."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import Engine, text

from drawbar.connectors.quickbooks_online.checks import QuickBooksChecks
from drawbar.connectors.quickbooks_online.client import QuickBooksClient
from drawbar.connectors.quickbooks_online.connector import QuickBooksOnline
from drawbar.connectors.quickbooks_online.settings import QuickBooksOnlineSettings
from drawbar.connectors.quickbooks_online.tokens import TokenKeeper
from drawbar.middleware.errors import ConfigError
from drawbar.middleware.locks import Locks
from drawbar.middleware.sync.token_vault import Tokens, TokenVault
from drawbar.middleware.vendor import VendorBusy
from drawbar.middleware.vendor_login import LogInRefused, Proof
from tests.connectors.quickbooks_online.conftest import KEY, OpenClient, Served, open_vault


@pytest.mark.fault(16)
def test_two_workers_that_need_a_token_at_once_exchange_one_refresh_token(
    hub_engine: Engine, tmp_path: Path, settings: QuickBooksOnlineSettings, quickbooks: Served
) -> None:
    vaults = [open_vault(hub_engine, tmp_path) for _ in range(2)]
    vaults[0].store(Tokens("first-refresh-canary"), now=quickbooks.time.now())
    workers = [TokenKeeper(settings, vault, clocks=quickbooks.time.clocks) for vault in vaults]
    together = threading.Barrier(2)

    def work(worker: TokenKeeper) -> list[Proof]:
        together.wait()
        first = worker.proof()
        together.wait()
        return [first, worker.renew(first)]

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(work, workers)

    assert one == other
    assert quickbooks.vendor.logins.refreshes == 2, "one log-in, one renewal"
    assert vaults[1].load() == vaults[0].load()


def test_a_refresh_token_is_used_once_and_the_next_one_is_kept(open_client: OpenClient, quickbooks: Served) -> None:
    for _ in range(3):
        quickbooks.vendor.logins.end_all()
        open_client().company()
    assert quickbooks.vendor.logins.refreshes == 3


def test_an_access_token_is_renewed_before_it_ends(client: QuickBooksClient, quickbooks: Served) -> None:
    client.company()
    quickbooks.time.seconds += 3_590
    client.company()
    assert (quickbooks.vendor.logins.refreshes, quickbooks.calls) == (2, 2)


def test_the_database_holds_no_token_that_can_be_read(hub_engine: Engine, tmp_path: Path, now: datetime) -> None:
    vault = open_vault(hub_engine, tmp_path)
    vault.store(Tokens("refresh-canary", "access-canary", now, now), now=now)

    with hub_engine.connect() as connection:
        stored = str(connection.execute(text("SELECT * FROM rotating_token")).all())
    assert "canary" not in stored
    assert vault.load() == Tokens("refresh-canary", "access-canary", now, now)
    assert "canary" not in repr((vault, vault.load()))


def test_keys_can_be_changed_and_a_wrong_one_is_named(here: Engine, tmp_path: Path, now: datetime) -> None:
    new = Fernet.generate_key().decode()
    locks = Locks(here, tmp_path / "locks")
    TokenVault(here, locks, "books", SecretStr(KEY)).store(Tokens("refresh-canary"), now=now)

    both = TokenVault(here, locks, "books", SecretStr(f"{new},{KEY}")).load()
    assert both is not None
    with pytest.raises(ConfigError, match="stored with another key"):
        TokenVault(here, locks, "books", SecretStr(new)).load()
    with pytest.raises(ConfigError, match="is not one"):
        TokenVault(here, locks, "books", SecretStr("short-canary")).load()


def test_a_refused_refresh_token_says_what_to_do_and_not_which(
    settings: QuickBooksOnlineSettings, vault: TokenVault, quickbooks: Served, now: datetime,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    vault.store(Tokens("stolen-canary"), now=now)
    with pytest.raises(LogInRefused, match=r"invalid_grant.*drawbar quickbooks connect") as refused:
        TokenKeeper(settings, vault, clocks=quickbooks.time.clocks).proof()

    wrong = settings.model_copy(update={"client_secret": SecretStr("other-canary")})
    with pytest.raises(LogInRefused, match="does not know the app"):
        TokenKeeper(wrong, vault, clocks=quickbooks.time.clocks).proof()
    assert "canary" not in str(refused.value) + capsys.readouterr().out + repr(settings)


def test_a_token_endpoint_that_cannot_answer_leaves_the_refresh_token(
    settings: QuickBooksOnlineSettings, vault: TokenVault, quickbooks: Served
) -> None:
    nowhere = settings.model_copy(update={"token_url": "http://127.0.0.1:9/none"})
    with pytest.raises(VendorBusy):
        TokenKeeper(nowhere, vault, clocks=quickbooks.time.clocks).proof()
    assert vault.load() == Tokens("first-refresh-canary")


def test_doctor_says_how_the_connection_stands(
    client: QuickBooksClient, vault: TokenVault, here: Engine, tmp_path: Path, now: datetime
) -> None:
    empty = TokenVault(here, Locks(here, tmp_path / "locks"), "another", SecretStr(KEY))
    unconnected = [(each.name, each.ok, each.remedy) for each in QuickBooksChecks(client, empty).checks(now)]
    assert unconnected == [("connection", False, "Connect the company: drawbar quickbooks connect")]

    client.company()
    assert [(each.name, each.ok, each.detail) for each in QuickBooksChecks(client, vault).checks(now)] == [
        ("connection", True, "connected until 2026-06-11"),
        ("company", True, "Sandbox Trucks (US)"),
    ]


def test_connecting_takes_the_token_over_and_leaves_the_old_one_when_refused(
    here: Engine, tmp_path: Path, settings: QuickBooksOnlineSettings, quickbooks: Served, now: datetime
) -> None:
    company = QuickBooksOnline(settings, here, Locks(here, tmp_path / "locks"), clocks=quickbooks.time.clocks)
    assert company.connect("first-refresh-canary", now=now) == "Sandbox Trucks"
    kept = company.stored()
    with pytest.raises(LogInRefused):
        company.connect("wrong", now=now)
    assert company.stored() == kept != Tokens("first-refresh-canary")
