"""One server per module for the invoices of `invoices.py`, on a database with the table for nonces."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from drawbar.middleware.database.engine import open_database
from drawbar.middleware.server.soap.tables import soap_nonce
from tests.middleware.server.soap.invoices import invoice_host
from tests.middleware.server.soap.serving import served


@pytest.fixture(scope="module")
def nonce_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('nonces') / 'hub.db'}")
    soap_nonce.create(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def address(nonce_database: Engine) -> Iterator[str]:
    """The address of a server whose clock is the machine's."""
    with served(lambda origin: [invoice_host(nonce_database, origin).route("/soap/invoices")]) as origin:
        yield f"{origin}/soap/invoices"
