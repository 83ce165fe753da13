"""`drawbar sandbox`: a local Salesforce org and simulated vendors, on this machine only."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click

from drawbar.commands.leaseworks_sandbox import (
    DEFAULT_PORT as DEFAULT_SFTP_PORT,
)
from drawbar.commands.leaseworks_sandbox import (
    book_options,
    chosen_plan,
    data_option,
    deliver,
    deliver_days,
    edit,
    leaseworks,
    show_server,
)
from drawbar.commands.sandbox_addresses import RunningParts, where_found, write_addresses
from drawbar.commands.sandbox_control import fault, faults, meter
from drawbar.commands.sandbox_vendors import open_vendors
from drawbar.commands.sandbox_web_connector import web_connector
from drawbar.sandbox.app import DEPLOYED, LocalOrg, OrgOptions
from drawbar.sandbox.certificate import Certificate, open_certificate
from drawbar.sandbox.credentials import (
    DEFAULT_CLIENT_ID,
    CredentialError,
    Credentials,
    KeptCredentials,
    open_credentials,
)
from drawbar.sandbox.leaseworks.home import leaseworks_home
from drawbar.sandbox.leaseworks.login import open_login
from drawbar.sandbox.leaseworks.sftp import serve_leaseworks
from drawbar.sandbox.metadata import MetadataError
from drawbar.sandbox.meter import DEFAULT_DAILY_LIMIT
from drawbar.sandbox.pages.lightning import NOT_BUILT, open_lightning
from drawbar.sandbox.seeds import DEFAULT_USERNAME
from drawbar.sandbox.server import serve
from drawbar.sandbox.sessions import DEFAULT_SESSION_SECONDS
from drawbar.sandbox.source import SALESFORCE, load_schema, schema_of
from drawbar.sandbox.store import system_clock
from drawbar.sandbox.vendors import Listening, Vendor, path_of

DEFAULT_HTTPS_PORT = 8443
SECRETS = {"client_secret": "DRAWBAR_SANDBOX_CLIENT_SECRET", "password": "DRAWBAR_SANDBOX_PASSWORD"}
"""Secrets come by file or environment, never as an option's value: those show in the list of processes."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where the org keeps its things inside the sandbox's data folder."""

    org: Path
    keys: Path
    tls: Path


def org_home(data: Path) -> Home:
    """Give the org's places below the sandbox's data folder."""
    folder = data.expanduser().absolute()
    return Home(folder / "org", folder / "keys", folder / "tls")


@click.group(invoke_without_command=True)
@data_option
@click.option(
    "--port",
    envvar="DRAWBAR_SANDBOX_PORT",
    type=click.IntRange(0, 65535),
    default=DEFAULT_HTTPS_PORT,
    show_default=True,
    help="HTTPS port; 0 takes a free one.",
)
@click.option(
    "--http-port",
    envvar="DRAWBAR_SANDBOX_HTTP_PORT",
    type=click.IntRange(0, 65535),
    help="Listen on this port too, without TLS.",
)
@click.option(
    "--sftp-port",
    envvar="DRAWBAR_SANDBOX_SFTP_PORT",
    type=click.IntRange(0, 65535),
    default=DEFAULT_SFTP_PORT,
    show_default=True,
    help="Port of LeaseWorks' SFTP server; 0 takes a free one.",
)
@click.option("--empty", is_flag=True, help="Forget the org's records, and make no LeaseWorks deliveries.")
@click.option(
    "--day",
    envvar="DRAWBAR_SANDBOX_DAY",
    type=click.IntRange(1, 2_000),
    default=1,
    show_default=True,
    help="LeaseWorks has delivered up to this day.",
)
@book_options
@click.option(
    "--client-id",
    envvar="DRAWBAR_SANDBOX_CLIENT_ID",
    default=DEFAULT_CLIENT_ID,
    show_default=True,
    help="Client id (consumer key) of the one client app.",
)
@click.option(
    "--user",
    envvar="DRAWBAR_SANDBOX_USER",
    default=DEFAULT_USERNAME,
    show_default=True,
    help="User name of the integration user.",
)
@click.option(
    "--client-secret-file",
    envvar="DRAWBAR_SANDBOX_CLIENT_SECRET_FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the client secret.  [default: one is made]",
)
@click.option(
    "--password-file",
    envvar="DRAWBAR_SANDBOX_PASSWORD_FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the user's password.  [default: one is made]",
)
@click.option(
    "--jwt-public-key",
    envvar="DRAWBAR_SANDBOX_JWT_PUBLIC_KEY",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="PEM file of the client's public key or certificate.  [default: a key pair is made]",
)
@click.option(
    "--session-seconds",
    envvar="DRAWBAR_SANDBOX_SESSION_SECONDS",
    type=click.FloatRange(0),
    default=DEFAULT_SESSION_SECONDS,
    show_default=True,
    help="How long a log-in lasts.",
)
@click.option(
    "--bulk-processing-seconds",
    envvar="DRAWBAR_SANDBOX_BULK_PROCESSING_SECONDS",
    type=click.FloatRange(0),
    default=0.0,
    show_default=True,
    help="How long each Bulk job takes at least.",
)
@click.option(
    "--daily-api-calls",
    envvar="DRAWBAR_SANDBOX_DAILY_API_CALLS",
    type=click.IntRange(0),
    default=DEFAULT_DAILY_LIMIT,
    show_default=True,
    help="API calls allowed in any 24 hours.",
)
@click.option(
    "--metadata",
    envvar="DRAWBAR_SANDBOX_METADATA",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=SALESFORCE,
    help="SFDX project that the org's schema comes from.  [default: Drawbar's own]",
)
@click.option(
    "--no-package",
    is_flag=True,
    help="Begin with an org in which nothing is installed, for `drawbar salesforce deploy`.",
)
@click.option(
    "--deploy-seconds",
    envvar="DRAWBAR_SANDBOX_DEPLOY_SECONDS",
    type=click.FloatRange(0),
    default=0.0,
    show_default=True,
    help="How long each deployment takes at least.",
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON where it is found, once it is.")
@click.pass_context
def sandbox(
    context: click.Context,
    *,
    data: Path,
    port: int,
    http_port: int | None,
    sftp_port: int,
    empty: bool,
    day: int,
    accounts: int | None,
    seed: int | None,
    start: datetime | None,
    client_id: str,
    user: str,
    client_secret_file: Path | None,
    password_file: Path | None,
    jwt_public_key: Path | None,
    session_seconds: float,
    bulk_processing_seconds: float,
    daily_api_calls: int,
    metadata: Path,
    no_package: bool,
    deploy_seconds: float,
    as_json: bool,
) -> None:
    """Run a local Salesforce org and simulated vendors, until stopped.

    The vendors are LeaseWorks, PassTime, Spireon, FleetRock, QuickBooks Online, RDN, MBSi, and a mail server with repo
    agents who answer. All listen on this machine only. The client secret and the password come from files, or from
    DRAWBAR_SANDBOX_CLIENT_SECRET and DRAWBAR_SANDBOX_PASSWORD; else they are made up and kept in the data folder.

    Example: `drawbar sandbox --accounts 2000 --day 1`.
    """
    if context.invoked_subcommand is not None:
        return
    home, factory = org_home(data), leaseworks_home(data)
    if empty:
        shutil.rmtree(home.org, ignore_errors=True)
    else:
        deliver_days(factory.files, chosen_plan(factory.files, accounts, seed, start), day)
    given = Credentials(
        client_id=client_id,
        client_secret=_secret("client_secret", client_secret_file),
        username=user,
        password=_secret("password", password_file),
        jwt_public_key=jwt_public_key,
    )
    client = _credentials(home, given)
    project = None if no_package else metadata
    options = OrgOptions(session_seconds, bulk_processing_seconds, daily_api_calls, deploy_seconds, project)
    certificate = open_certificate(home.tls, system_clock())
    local = _open(home, client, options, open_vendors(data))
    try:
        asyncio.run(_run(local, client, certificate, data, ports=(port, http_port, sftp_port), as_json=as_json))
    except OSError as problem:
        raise click.ClickException(
            f"Cannot listen: {problem}. Is a sandbox running already? Try other ports."
        ) from problem
    finally:
        local.close()


def _secret(name: str, file: Path | None) -> str | None:
    """Give a secret that the operator has set: in a file, else in the environment; None when one shall be made."""
    if file is not None:
        return file.read_text(encoding="utf-8").strip() or None
    return os.environ.get(SECRETS[name]) or None


def _credentials(home: Home, given: Credentials) -> KeptCredentials:
    try:
        return open_credentials(home.keys, given)
    except CredentialError as problem:
        raise click.ClickException(str(problem)) from problem


def _open(home: Home, client: KeptCredentials, options: OrgOptions, vendors: Sequence[Vendor]) -> LocalOrg:
    """Open the org; without a project it has what was deployed to it, and nothing before that."""
    project = options.project
    try:
        schema = schema_of() if project is None else load_schema(project)
        lightning = open_lightning(project or home.org / DEPLOYED)
        return LocalOrg(home.org, schema, client.app, options=options, vendors=vendors, lightning=lightning)
    except MetadataError as problem:
        raise click.ClickException(str(problem)) from problem


async def _run(
    local: LocalOrg,
    client: KeptCredentials,
    certificate: Certificate,
    data: Path,
    *,
    ports: tuple[int, int | None, int],
    as_json: bool,
) -> None:
    port, http_port, sftp_port = ports
    factory = leaseworks_home(data)
    stop = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    async with AsyncExitStack() as stack:
        login = open_login(factory.keys, os.environ)
        server = await stack.enter_async_context(serve_leaseworks(factory.files, factory.keys, login, port=sftp_port))
        for vendor in local.vendors:
            if isinstance(vendor, Listening):
                await stack.enter_async_context(vendor.listening(certificate))
        addresses = await stack.enter_async_context(
            serve(local, port=port, http_port=http_port, certificate=certificate)
        )
        parts = RunningParts(addresses, client, certificate, server, factory, local.vendors)
        write_addresses(data, parts)
        if local.lightning is None:
            click.echo(NOT_BUILT, err=True)
        click.echo(json.dumps(where_found(parts))) if as_json else _show(parts)
        await stop.wait()
    click.echo("Stopped.", err=True)


def _show(parts: RunningParts) -> None:
    """Say where everything is found and how one logs in; secrets are named by their places only."""
    addresses, client, certificate = parts.addresses, parts.client, parts.certificate
    click.echo(f"Salesforce: {addresses.https}")
    if addresses.http:
        click.echo(f"  plain HTTP:    {addresses.http}")
    click.echo(f"  trust:         {certificate.authority}")
    click.echo(f"  client id:     {client.app.client_id}")
    click.echo(f"  user:          {client.app.username}")
    click.echo(f"  client secret: {client.client_secret_file or 'as given'}")
    click.echo(f"  password:      {client.password_file or 'as given'}")
    if client.private_key_file:
        click.echo(f"  JWT key:       {client.private_key_file}")
    click.echo("  log in at:     /services/oauth2/token (JWT bearer, client_credentials, password)")
    show_server(parts.server, parts.factory)
    for vendor in parts.vendors:
        click.echo(f"{vendor.section}: {addresses.https}{path_of(vendor)}")
    click.echo("Stop with Ctrl-C.")


for command in (fault, faults, meter, deliver, edit, leaseworks, web_connector):
    sandbox.add_command(command)
