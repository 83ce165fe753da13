"""`drawbar salesforce client-app`: the External Client App by which Drawbar logs in, written for an administrator."""

from __future__ import annotations

from pathlib import Path

import click

from drawbar.commands.session import json_option, print_json
from drawbar.connectors.salesforce.metadata.client_app import ClientApp, client_app_files
from drawbar.middleware.errors import ConfigError


@click.command("client-app")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--certificate",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="PEM file of the certificate whose private key signs the log-ins; never the key itself.",
)
@click.option("--contact", required=True, help="E-mail address that Salesforce asks about the app.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
@json_option
def client_app(folder: Path, certificate: Path, contact: str, dry_run: bool, as_json: bool) -> None:
    """Write the External Client App for log-ins by JWT into FOLDER, as a project for the sf command line.

    An administrator deploys it once, after the package: sf project deploy start --source-dir force-app. Its consumer
    key, shown in Setup, is salesforce.client_id.
    """
    files = client_app_files(ClientApp(contact, certificate.read_text(encoding="utf-8")))
    there = sorted(path for path in files if (folder / path).exists())
    if there and not dry_run:
        raise ConfigError(f"{folder / there[0]} is there already", remedy="Name an empty folder.")
    for path, content in files.items():
        if not dry_run:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
    if as_json:
        print_json({"written": not dry_run, "files": sorted(files)})
        return
    for path in sorted(files):
        click.echo(f"{'would write' if dry_run else 'written'}  {folder / path}")
