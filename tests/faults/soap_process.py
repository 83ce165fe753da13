"""A process that serves `tests/middleware/server/soap/invoices.py`, says where, and ends with its input."""

from __future__ import annotations

import sys
from pathlib import Path

from drawbar.middleware.database.engine import open_database
from drawbar.middleware.server.soap.tables import soap_nonce
from tests.middleware.server.soap.invoices import invoice_host
from tests.middleware.server.soap.serving import served


def main(database: Path) -> None:
    engine = open_database(f"sqlite:///{database}")
    soap_nonce.create(engine)
    with served(lambda origin: [invoice_host(engine, origin).route("/soap/invoices")]) as origin:
        print(f"{origin}/soap/invoices", flush=True)  # noqa: T201
        sys.stdin.read()
    engine.dispose()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
