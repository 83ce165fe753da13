"""`drawbar agents`: the repo agents, how they are reached, and what was ordered from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table
from rich.text import Text

from drawbar.commands.session import (
    console,
    dry_run_option,
    json_option,
    print_json,
    session,
    stopped_when_refused,
    utc_now,
)

if TYPE_CHECKING:
    from drawbar.jobs.agent_acts import AgentAct, AgentActs


@click.group()
def agents() -> None:
    """Repo agents: who they are, how orders reach them, what was ordered."""


@agents.command("list")
@json_option
def list_agents(as_json: bool) -> None:
    """List the agents of the settings, and how many orders wait for each."""
    from drawbar.jobs.agent_orders import waiting_by_agent  # noqa: PLC0415  (keeps `drawbar --help` fast)
    from drawbar.middleware.database.engine import reading  # noqa: PLC0415

    hub = session().hub
    with reading(hub.engine) as connection:
        waiting = waiting_by_agent(connection)
    told: list[dict[str, Any]] = [
        {
            "name": name, "company": each.company or name, "channel": each.channel, "id": each.id,
            "host": each.address.rpartition("@")[2], "territories": each.territories, "waiting": waiting.get(name, 0),
        }
        for name, each in sorted(hub.agents.items())
    ]  # fmt: skip
    if as_json:
        print_json(told)
        return
    table = Table("Agent", "Company", "Channel", "Reached at", "States", "Waiting")
    for each in told:
        states = ", ".join(each["territories"]) or "all"
        reached = each["id"] or f"…@{each['host']}"
        table.add_row(each["name"], each["company"], each["channel"], reached, states, str(each["waiting"]))
    console().print(table if told else "No agent is in the settings: add [agents.NAME] to drawbar.toml.")


@agents.command()
@json_option
@click.pass_context
def check(context: click.Context, as_json: bool) -> None:
    """Check the channels that are configured, and that every agent's channel is; sends nothing.

    Exits with 1 when a line is red.
    """
    from drawbar.jobs.wiring import agent_checks, agents_reached  # noqa: PLC0415

    settings, now = session().settings, utc_now()
    channels = agent_checks(settings).values()
    lines = [*agents_reached(settings), *(line for each in channels for line in each.checks(now))]
    if as_json:
        print_json([asdict(line) for line in lines])
    else:
        table = Table("", "System", "What", "Found")
        for line in lines:
            mark = Text("ok", "green") if line.ok else Text("NO", "red")
            table.add_row(mark, line.system, line.name, line.detail if line.ok else f"{line.detail}\n{line.remedy}")
        console().print(table if lines else "No channel and no agent is configured.")
    if not all(line.ok for line in lines):
        context.exit(1)


@agents.command()
@click.option(
    "--limit", default=50, show_default=True, type=click.IntRange(1, 1_000_000), help="How many, latest first."
)
@json_option
def orders(limit: int, as_json: bool) -> None:
    """List the orders that wait or were sent, with what was told of each last."""
    from drawbar.jobs.agent_orders import orders as find_orders  # noqa: PLC0415
    from drawbar.middleware.database.engine import reading  # noqa: PLC0415

    with reading(session().hub.engine) as connection:
        found = find_orders(connection, limit)
    if as_json:
        print_json([asdict(each) for each in found])
        return
    table = Table("Order", "Channel", "Agent", "Stands", "Delivery", "At", "There", "Told last")
    for each in found:
        at = f"{each.at:%Y-%m-%d %H:%M}"
        table.add_row(
            each.number, each.channel, each.agent, each.standing, each.state, at, each.reference, each.last_event
        )
    console().print(table if found else "Nothing was ordered from an agent yet.")


@agents.command()
@click.argument("order")
@json_option
def preview(order: str, as_json: bool) -> None:
    """Show what the channel sends for ORDER: the e-mail with its PDF, or the network's call.

    Names and numbers are masked, and nothing is sent.
    """
    from drawbar.jobs.agent_orders import preview as show  # noqa: PLC0415

    found = show(session().hub, order)
    if as_json:
        print_json(asdict(found))
    else:
        click.echo(f"Order {found.number} to {found.agent} through {found.channel}:\n\n{found.text}")


@agents.command()
@click.argument("order")
@click.argument("agent")
@click.option("--reason", required=True, help="Why; the agents are told.")
@dry_run_option
@json_option
def reassign(order: str, agent: str, reason: str, dry_run: bool, as_json: bool) -> None:
    """Give ORDER to AGENT instead, by the same channel; the job of the channel tells both.

    Nothing goes out under a hold of the account. An order on hold has to go on first.
    """
    _act(lambda acts: acts.reassign(order, agent, reason), dry_run=dry_run, as_json=as_json)


@agents.command()
@click.argument("order")
@click.option("--reason", required=True, help="Why; the agent is told.")
@dry_run_option
@json_option
def hold(order: str, reason: str, dry_run: bool, as_json: bool) -> None:
    """Have the agent who has ORDER stop for a while."""
    _act(lambda acts: acts.hold(order, reason), dry_run=dry_run, as_json=as_json)


@agents.command()
@click.argument("order")
@click.option("--reason", required=True, help="Why; the agent is told.")
@dry_run_option
@json_option
def resume(order: str, reason: str, dry_run: bool, as_json: bool) -> None:
    """Let the agent go on with ORDER; nothing goes out under a hold of the account."""
    _act(lambda acts: acts.resume(order, reason), dry_run=dry_run, as_json=as_json)


@agents.command()
@click.argument("order")
@click.argument("text")
@dry_run_option
@json_option
def comment(order: str, text: str, dry_run: bool, as_json: bool) -> None:
    """Tell the agent who has ORDER something."""
    _act(lambda acts: acts.comment(order, text), dry_run=dry_run, as_json=as_json)


@agents.command()
@click.argument("order")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--title", required=True, help="What it is, for people.")
@dry_run_option
@json_option
def document(order: str, file: Path, title: str, dry_run: bool, as_json: bool) -> None:
    """Send FILE, a PDF, to ORDER at MBSi, which takes documents once a truck is recovered; other channels take none."""
    content = file.read_bytes()
    _act(lambda acts: acts.document(order, file.name, title, content), dry_run=dry_run, as_json=as_json)


def _act(act: Callable[[AgentActs], AgentAct], *, dry_run: bool, as_json: bool) -> None:
    from drawbar.jobs.agent_acts import AgentActs  # noqa: PLC0415
    from drawbar.jobs.repo_acts import Person  # noqa: PLC0415
    from drawbar.middleware.sync.runs import new_run_id  # noqa: PLC0415

    current = session()
    now = current.hub.clock()
    person = Person(current.actor, "command line", current.hub.repossession.role_of(current.user))
    with stopped_when_refused():
        done = act(AgentActs(current.hub, person, now, new_run_id("agents", now), dry_run))
    if as_json:
        print_json(asdict(done) | {"dry_run": dry_run})
        return
    click.echo(f"Order {done.number} with {done.agent or 'the agent of the channel'}: {done.standing}. {done.text}")
    job = "agent-mail" if done.channel == "agent_mail" else done.channel
    click.echo("Dry run; nothing was changed." if dry_run else f"Next: drawbar run {job}")
