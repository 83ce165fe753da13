"""`drawbar sandbox fault`, `faults` and `meter`: they speak to a sandbox that runs on this machine."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

import click
import requests
from rich.table import Table

from drawbar.commands.leaseworks_sandbox import data_option
from drawbar.commands.sandbox_addresses import ADDRESSES_FILE
from drawbar.commands.session import console
from drawbar.sandbox.faults import FaultKind

TIMEOUT_SECONDS = 10

_Command = TypeVar("_Command", bound=Callable[..., Any])
_FAULT_COLUMNS = ("number", "kind", "matched", "fired", "spent")


@dataclass(frozen=True)
class RunningSandbox:
    """The control endpoints of a running sandbox; `ca` is the file of the authority that its certificate comes from."""

    url: str
    ca: Path | None

    def call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Make one call and give the JSON answer; ClickException says what to do when there is none."""
        try:
            answer = requests.request(
                method,
                self.url.rstrip("/") + path,
                json=body,
                timeout=TIMEOUT_SECONDS,
                verify=str(self.ca) if self.ca else True,
            )
        except requests.exceptions.SSLError as problem:
            raise click.ClickException(
                f"{self.url} has a certificate that is not trusted. Give the sandbox's own CA file with --ca."
            ) from problem
        except requests.RequestException as problem:
            raise click.ClickException(
                f"No sandbox answers at {self.url}. Start one with `drawbar sandbox`, or give its address with --url."
            ) from problem
        if not answer.ok:
            raise click.ClickException(_refusal(answer))
        return answer.json()


def _refusal(answer: requests.Response) -> str:
    try:
        return str(answer.json()["error"])
    except (ValueError, KeyError):
        return f"The sandbox answered {answer.status_code} to {answer.request.method} {answer.request.path_url}."


def find_sandbox(data: Path, url: str | None, ca: Path | None) -> RunningSandbox:
    """Find the sandbox at an address, or the one that has noted its address in the data folder."""
    if url is not None:
        return RunningSandbox(url, ca)
    noted = data.expanduser() / ADDRESSES_FILE
    try:
        org = json.loads(noted.read_text(encoding="utf-8"))["salesforce"]
        return RunningSandbox(str(org["login_url"]), ca or Path(org["ca_file"]))
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise click.ClickException(
            f"{noted} does not say where a sandbox runs. "
            "Start one with `drawbar sandbox`, or give its address with --url."
        ) from problem


def _of_running_sandbox(command: _Command) -> _Command:
    """Give a command the options that find the running sandbox, and the sandbox as its first argument."""

    @data_option
    @click.option("--url", envvar="DRAWBAR_SANDBOX_URL", help="Its address.  [default: as noted in the data folder]")
    @click.option(
        "--ca",
        envvar="DRAWBAR_SANDBOX_CA",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Its CA file.  [default: as noted in the data folder]",
    )
    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    @functools.wraps(command)
    def found(data: Path, url: str | None, ca: Path | None, **options: object) -> None:
        command(find_sandbox(data, url, ca), **options)

    return found  # type: ignore[return-value]


@click.command()
@click.argument("kind", type=click.Choice(get_args(FaultKind)))
@click.option("--seconds", type=float, help="latency: the delay; bulk-slow: added to the job.")
@click.option("--retry-after", type=int, help="429, 503: seconds in a Retry-After header.")
@click.option("--share", type=float, help="lock-row: part of the rows; bulk-failed: part processed before (0 to 1).")
@click.option("--key", "keys", multiple=True, help="lock-row: an id or external id; may be repeated.")
@click.option("--message", help="bulk-failed: the error message of the job.")
@click.option("--method", help="Only calls with this HTTP method.")
@click.option("--path", help="Only calls whose path matches this pattern, such as */composite/*.")
@click.option("--object", "object_name", help="Only calls, rows or jobs of this object.")
@click.option("--times", type=int, default=1, show_default=True, help="How many times it fires.")
@click.option("--always", is_flag=True, help="It fires until it is cleared.")
@click.option("--skip", type=int, help="Spare so many matches first.")
@click.option("--probability", type=float, help="It fires on a match with this probability (0 to 1).")
@click.option("--seed", type=int, help="What chance is drawn from; the same seed repeats the same faults.")
@_of_running_sandbox
def fault(
    sandbox: RunningSandbox, as_json: bool, always: bool, times: int, object_name: str | None, **options: object
) -> None:
    """Make something go wrong in a running sandbox.

    Examples: `drawbar sandbox fault 503 --retry-after 2 --times 3`, `drawbar sandbox fault lock-row --object Case
    --share 0.1 --always`, `drawbar sandbox fault reset-after --method PATCH --path "*/composite/sobjects/*"`.
    """
    given = {name: value for name, value in options.items() if value not in {None, ()}}
    wanted = {**given, "times": None if always else times, **({"object": object_name} if object_name else {})}
    armed = sandbox.call("POST", "/sandbox/faults", wanted)
    click.echo(json.dumps(armed) if as_json else f"Fault {armed['number']} is armed: {wanted['kind']}.")


@click.command()
@click.option("--clear", is_flag=True, help="Disarm all faults.")
@click.option("--clear-one", type=int, metavar="NUMBER", help="Disarm one fault.")
@_of_running_sandbox
def faults(sandbox: RunningSandbox, as_json: bool, clear: bool, clear_one: int | None) -> None:
    """List or disarm the faults of a running sandbox.

    Example: `drawbar sandbox faults --clear`.
    """
    if clear or clear_one is not None:
        path = "/sandbox/faults" if clear else f"/sandbox/faults/{clear_one}"
        answer = sandbox.call("DELETE", path)
        click.echo(json.dumps(answer) if as_json else f"{answer['cleared']} faults disarmed.")
        return
    listed = sandbox.call("GET", "/sandbox/faults")
    if as_json:
        click.echo(json.dumps(listed, indent=2))
    else:
        _print_faults(listed["faults"])


@click.command()
@click.option("--clear", is_flag=True, help="Show the counts, then set them to zero.")
@click.option("--clear-limit", is_flag=True, help="Also forget the calls taken from the daily limit.")
@click.option("--limit", type=int, help="Set the daily limit of API calls.")
@_of_running_sandbox
def meter(sandbox: RunningSandbox, as_json: bool, clear: bool, clear_limit: bool, limit: int | None) -> None:
    """Show the API calls, records and bytes that a running sandbox has counted, by kind.

    Example: `drawbar sandbox meter --clear`.
    """
    if limit is not None:
        sandbox.call("PATCH", "/sandbox/meter", {"daily_limit": limit})
    path = f"/sandbox/meter?limit={'true' if clear_limit else 'false'}"
    counts = sandbox.call("DELETE" if clear or clear_limit else "GET", path)
    if as_json:
        click.echo(json.dumps(counts, indent=2))
    else:
        _print_meter(counts)


def _print_faults(listed: list[dict[str, object]]) -> None:
    if not listed:
        click.echo("No faults are armed.")
        return
    table = Table(*_FAULT_COLUMNS, "options", box=None)
    for each in listed:
        options = ", ".join(f"{name} {value}" for name, value in each.items() if name not in _FAULT_COLUMNS)
        table.add_row(*(str(each[name]) for name in _FAULT_COLUMNS), options)
    console().print(table)


def _print_meter(counts: Mapping[str, Any]) -> None:
    columns = list(counts["total"])
    table = Table("kind", *(name.replace("_", " ") for name in columns), box=None)
    for kind, count in [*counts["kinds"].items(), ("total", counts["total"])]:
        table.add_row(kind, *(f"{count[name]:,}" for name in columns))
    console().print(table)
    click.echo(f"API calls in the last 24 hours: {counts['api_calls_last_24_hours']:,} of {counts['daily_limit']:,}")
