"""`drawbar sandbox web-connector`: a visit of the simulated QuickBooks Web Connector at the hub's server."""

from __future__ import annotations

import time
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Final

import click
import requests
from rich.table import Table
from rich.text import Text
from zeep.exceptions import Error as SoapError

from drawbar.commands.leaseworks_sandbox import data_option
from drawbar.commands.session import console, print_json
from drawbar.sandbox.quickbooks.vendor import SEED
from drawbar.sandbox.quickbooks_desktop.company import Company, open_company
from drawbar.sandbox.quickbooks_desktop.web_connector import (
    PAUSE_SECONDS,
    Application,
    Connector,
    Visited,
    read_qwc,
    service_at,
)

_FOLDER: Final = "quickbooks_desktop"


@click.command("web-connector")
@click.argument("qwc", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--password-file", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the password that a person would type in.",
)  # fmt: skip
@click.option(
    "--ca", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CA certificate of the hub's server, PEM.  [default: the system's]",
)  # fmt: skip
@data_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def web_connector(qwc: Path, password_file: Path, ca: Path | None, data: Path, as_json: bool) -> None:
    """Visit the hub once, as QuickBooks' Web Connector does, and show the bills in the company file.

    QWC is the file that `drawbar quickbooks qwc` makes; `drawbar serve` must run. The company file is kept in the
    sandbox's data folder, one per user; vendors and accounts that it lacks are refused as QuickBooks does.

    Example: `drawbar sandbox web-connector north.qwc --password-file north.password`.
    """
    try:
        application = read_qwc(qwc)
    except ValueError as problem:
        raise click.ClickException(f"{problem}. Make one with: drawbar quickbooks qwc") from problem
    kept = data.expanduser().absolute() / _FOLDER / f"{Path(application.user).name}.json"
    accounts = [name.partition(" ")[2] for name in SEED["Account"]]
    company = open_company(kept, accounts=accounts)
    visited = _visit(application, company, password_file.read_text(encoding="utf-8").strip(), ca)
    company.save(kept)
    if not visited.let_in:
        raise click.ClickException("The hub does not know this user and password. See its [quickbooks_desktop].")
    if as_json:
        print_json({"visit": _as_json(visited), "company": company.name, "bills": _bills(company)})
    else:
        _show(company, visited)


def _visit(application: Application, company: Company, password: str, ca: Path | None) -> Visited:
    try:
        with requests.Session() as session:
            session.verify = str(ca) if ca else True
            service, pause = service_at(application.url, session), partial(time.sleep, PAUSE_SECONDS)
            return Connector(service, company, application.user, password, on_pause=pause).visit()
    except requests.RequestException as problem:
        raise click.ClickException(
            f"Nobody answers at {application.url} ({type(problem).__name__}). Start the server with: drawbar serve"
        ) from problem
    except SoapError as problem:
        raise click.ClickException(f"The hub refuses: {problem}. See its log.") from problem


def _as_json(visited: Visited) -> dict[str, Any]:
    """Give what a visit came to, without its ticket."""
    told = asdict(visited)
    return {"percents": told["percents"], "shown": told["shown"], "pauses": told["pauses"]}


def _bills(company: Company) -> list[dict[str, Any]]:
    return [
        {
            "id": txn_id, "number": bill["RefNumber"], "vendor": bill["Vendor"], "date": bill["TxnDate"],
            "due": bill["DueDate"], "memo": bill["Memo"], "amount": sum(amount for _, amount in bill["Lines"]),
            "lines": [{"account": account, "amount": amount} for account, amount in bill["Lines"]],
        }
        for txn_id, bill in company.bills.items()
    ]  # fmt: skip


def _show(company: Company, visited: Visited) -> None:
    for said in visited.shown:
        click.echo(f"The hub says: {said}")
    table = Table("Id", "Number", "Vendor", "Date", "Due", "Amount", "Memo", title=f"Bills of {company.name}")
    for each in _bills(company):
        cells = (each["id"], each["number"], each["vendor"], each["date"], each["due"], f"{each['amount']:,.2f}")
        table.add_row(*(Text(str(cell)) for cell in (*cells, each["memo"])))
    console().print(table if company.bills else f"{company.name} has no bills.")
