"""`drawbar serve`: the hub's own server."""

from __future__ import annotations

import signal
import sys
from typing import Final

import click

from drawbar.commands.session import print_json, session
from drawbar.jobs.wiring import open_server
from drawbar.middleware.server.serving import Place, listen, uvicorn_server

_SWITCH_SECONDS: Final = 0.001
"""How long one thread may keep the others waiting: who waits for an acknowledgement waits for several of them."""


@click.command()
@click.option("--address", help="Address to listen at.  [default: server.address]")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port; 0 takes a free one.  [default: server.port]")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON where it answers, once it listens.")
def serve(address: str | None, port: int | None, as_json: bool) -> None:
    """Take messages in from other systems, until stopped: webhooks, sync requests, and what vendors call.

    A message is acknowledged once it is stored; `drawbar worker` handles it. What is under way when the server is
    stopped may end first (25 s). Who may call is told by `drawbar clients`.
    """
    current = session()
    serving, settings = open_server(current.settings, current.hub), current.settings.server
    listening = listen(address or settings.address, settings.port if port is None else port)
    url = Place(listening, tls=settings.tls_certificate is not None).url
    sys.setswitchinterval(_SWITCH_SECONDS)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: None)  # the server's own handlers stop it, and then repeat it
    with serving.app() as app:
        server = uvicorn_server(app, settings)
        if as_json:
            print_json({"url": url})
        click.echo(f"drawbar serve: {url}. Stop with Ctrl-C.", err=True)
        server.run(sockets=[listening])
    click.echo("drawbar serve: stopped; what was acknowledged is stored.", err=True)
