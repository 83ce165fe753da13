"""`drawbar demo`: the main job at work against a sandbox of its own, by the commands that a person would type."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import click

_START_SECONDS: Final = 120
_STOP_SECONDS: Final = 15
_DRAWBAR: Final = Path(sys.executable).parent / "drawbar"


@click.command()
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("drawbar-data/demo"),
    show_default=True,
    help="Where everything goes; what an earlier demo left there is removed.",
)
@click.option("--accounts", type=click.IntRange(50, 100_000), default=2_000, show_default=True, help="Lease accounts.")
@click.option(
    "--stay/--leave",
    default=None,
    help="Keep the sandbox running at the end, until Ctrl-C.  [default: stay on a terminal]",
)
def demo(folder: Path, accounts: int, stay: bool | None) -> None:
    """Show Drawbar at work: two days of LeaseWorks deliveries into a local Salesforce, and its trucks.

    It starts a sandbox on free ports of this machine, runs the main job for day 1 and day 2, asks PassTime and Spireon
    where the trucks are and FleetRock what is repaired, posts LeaseWorks' ledger to QuickBooks, orders a repossession
    from an agent, and ends with the address of a delinquent account's page. Everything stays below --folder.
    """
    started = time.monotonic()
    here = folder.expanduser().absolute()
    _clear(here)
    stay = sys.stdin.isatty() and sys.stdout.isatty() if stay is None else stay
    first = datetime.now(UTC).date() - timedelta(days=1)
    scene = _Scene(here, accounts, first.isoformat())
    with scene.sandbox():
        scene.play()
        _say(f"Done in {time.monotonic() - started:.0f} seconds.")
        if stay:
            _say("The sandbox runs on. Look around, try the commands above, and stop with Ctrl-C.")
            _until_interrupted()


def _clear(folder: Path) -> None:
    """Remove what an earlier demo left; refuse a folder that is not a demo's."""
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).exists():
        raise click.ClickException(f"{folder} holds something else. Give an empty folder with --folder.")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / _MARK).write_text("Made by drawbar demo; removed by the next one.\n", encoding="utf-8")


_MARK: Final = "demo.txt"


def _say(text: str) -> None:
    click.echo(f"\n== {text}")


def _until_interrupted() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        click.echo()


class _Scene:
    """The demo's folder and sandbox, and the acts in their order."""

    def __init__(self, folder: Path, accounts: int, first_day: str) -> None:
        self._folder = folder
        self._first_day = date.fromisoformat(first_day)
        self._book = ("--accounts", str(accounts), "--start", first_day)
        self._data = ("--data", "sandbox")

    @contextmanager
    def sandbox(self) -> Iterator[None]:
        """Run a sandbox as its own process for a block."""
        ports = ("--port", "0", "--http-port", "0", "--sftp-port", "0")
        command = ("sandbox", *self._data, *ports, *self._book, "--day", "1")
        _say(f"Starting a local Salesforce and simulated vendors: drawbar {shlex.join(command)}")
        log = self._folder / "sandbox.log"
        with log.open("w", encoding="utf-8") as output:
            process = subprocess.Popen([_DRAWBAR, *command], cwd=self._folder, stdout=output, stderr=output)  # noqa: S603
        try:
            self._await(process, log)
            yield
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()

    def _await(self, process: subprocess.Popen[bytes], log: Path) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not (self._folder / "sandbox" / "addresses.json").exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise click.ClickException(f"The sandbox did not start:\n{log.read_text(encoding='utf-8')}")
            time.sleep(0.1)

    def play(self) -> None:
        """Do what a person would do on the first two days."""
        self._run("init", "--sandbox", "sandbox")
        self._run("quickbooks", "connect", "--file", "sandbox/quickbooks_online/refresh_token")
        self._run("doctor")
        _say("Day 1. What would the first delivery do?")
        self._run("run", "accounts", "--dry-run")
        _say("Day 1. Take it into Salesforce.")
        self._run("run", "accounts")
        _say("Where are the trucks? PassTime and Spireon tell; those of delinquent accounts with their movements.")
        self._run("run", "gps-book")
        self._run("run", "gps-delinquent")
        _say("The same job again finds nothing to do.")
        self._run("run", "accounts")
        _say("Day 2. LeaseWorks delivers again; only what changed is sent, and the run says what and why.")
        self._run("sandbox", "deliver", *self._data, *self._book, "--day", "2")
        self._run("run", "accounts")
        _say("FleetRock's repair orders come to their trucks, and their totals are checked.")
        self._run("run", "fleetrock")
        self._tell_of_a_repair()
        self._post_the_ledger()
        self._repossess()
        self._tell_of_an_account()

    def _tell_of_a_repair(self) -> None:
        orders = json.loads(self._output("fleetrock", "orders", "--json"))
        vehicle = next((each["vehicle"] for each in orders if each["vehicle"]), "")
        if vehicle:
            _say("Look at a truck with its repair orders:")
            click.echo(f"   {self._pages()}/vehicle/{vehicle}")

    def _post_the_ledger(self) -> None:
        _say("LeaseWorks' ledger of the day goes to QuickBooks: a balanced entry for each company and portfolio, once.")
        self._run("accounting", "post", "gl", "--date", (self._first_day + timedelta(days=1)).isoformat())
        self._run("run", "postings")

    def _repossess(self) -> None:
        """Lead one truck from the request to the agent's order."""
        account = str(json.loads(self._output("show", "delinquent", "--limit", "1", "--json"))[0]["account"])
        asked = json.loads(self._output("repo", "request", account, "--dry-run", "--json"))
        vehicle = str(asked[0]["vehicle"])
        of_truck = (account, "--vehicle", vehicle)
        _say("The account that is longest past due: a collector asks for its truck back.")
        self._run("repo", "request", *of_truck, "--reason", "no answer for weeks")
        rows = ("asset_number,market_value,valued_on,source", f"{vehicle},18000,{self._first_day},auction guide")
        (self._folder / "values.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
        self._run("repo", "values", "import", "values.csv")
        _say("The rules weigh what it would bring; then an agent gets the order by e-mail, with everything in a PDF.")
        self._run("repo", "decide", account, "proceed", *of_truck[1:], "--reason", "worth recovering")
        self._run("repo", "order", *of_truck, "--by", "agent_mail", "--instructions", "Call before you tow.")
        self._run("run", "agent-mail")
        self._run("run", "deliver")
        _say("Look at the repossession (Case) from its truck:")
        click.echo(f"   {self._pages()}/vehicle/{vehicle}")

    def _pages(self) -> str:
        found = json.loads((self._folder / "sandbox" / "addresses.json").read_text(encoding="utf-8"))
        return str(found["pages"])

    def _tell_of_an_account(self) -> None:
        account = self._interesting_account()
        _say("Look at a delinquent account in Salesforce (the sandbox's page):")
        click.echo(f"   {self._pages()}/account/{account}")
        _say("Change the export yourself, run the job again, and see exactly what changed and why:")
        lines = (
            f"cd {shlex.quote(str(self._folder))}",
            f"export PATH={shlex.quote(str(_DRAWBAR.parent))}:$PATH",
            f"drawbar sandbox edit {account} PAST_DUE_AMT=99.50 LATE_FEES=12.00 --data sandbox",
            "drawbar run accounts",
            f"drawbar show account {account}",
        )
        for line in lines:
            click.echo(f"   {line}")

    def _interesting_account(self) -> str:
        """Pick the delinquent account with the most promises, the longest past due among those."""
        listed = json.loads(self._output("show", "delinquent", "--limit", "1000000", "--json"))
        return str(max(listed, key=lambda each: (each["promises"], each["days_past_due"]))["account"])

    def _run(self, *arguments: str) -> None:
        click.echo(f"\n$ drawbar {shlex.join(arguments)}")
        done = subprocess.run([_DRAWBAR, *arguments], cwd=self._folder, env=_environment(), check=False)  # noqa: S603
        if done.returncode not in (0, 5):
            raise click.ClickException(f"drawbar {arguments[0]} ended with {done.returncode}.")

    def _output(self, *arguments: str) -> Any:
        command = [str(_DRAWBAR), *arguments]
        return subprocess.run(command, cwd=self._folder, env=_environment(), check=True, capture_output=True).stdout  # noqa: S603


def _environment() -> dict[str, str]:
    """The environment without settings of another Drawbar."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DRAWBAR_")}
