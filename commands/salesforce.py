"""`drawbar salesforce`: the package that is installed in the org, made and checked without one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from drawbar.commands.package_folder import FOLDER, ROOT
from drawbar.commands.salesforce_client_app import client_app
from drawbar.commands.salesforce_deploy import deploy
from drawbar.commands.salesforce_diff import diff
from drawbar.connectors.salesforce.metadata.lint import lint as lint_package
from drawbar.connectors.salesforce.metadata.package import Difference, check, generate
from drawbar.connectors.salesforce.metadata.reference import field_reference
from drawbar.connectors.salesforce.metadata.schema import Finding
from drawbar.connectors.salesforce.records.catalogue import SYNCED_OBJECTS, object_fields, ownership

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def salesforce() -> None:
    """The package that is installed in the Salesforce org."""


@salesforce.command("generate")
@click.option("--check", "check_only", is_flag=True, help="Change nothing; exit with 1 when something would change.")
@FOLDER
@click.option(
    "--docs",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The field reference to write.  [default: docs/fields.md in a checkout, else none]",
)
@AS_JSON
@click.pass_context
def generate_command(context: click.Context, check_only: bool, folder: Path, docs: Path | None, as_json: bool) -> None:
    """Write objects, fields and permission sets, and the field reference, from the record models."""
    differences = check(folder) if check_only else generate(folder)
    reference = docs or _reference_in(ROOT)
    if reference is not None:
        differences += _reference_differences(reference, write=not check_only)
    _print_differences(differences, as_json=as_json, check_only=check_only)
    if check_only and differences:
        context.exit(1)


def _reference_in(root: Path) -> Path | None:
    """Give where the field reference is kept; an installed Drawbar comes without documents."""
    documents = root / "docs"
    return documents / "fields.md" if documents.is_dir() else None


def _reference_differences(docs: Path, *, write: bool) -> list[Difference]:
    wanted = field_reference()
    if docs.is_file() and docs.read_text(encoding="utf-8") == wanted:
        return []
    difference = Difference(docs.as_posix(), "different" if docs.is_file() else "missing")
    if write:
        docs.parent.mkdir(parents=True, exist_ok=True)
        docs.write_text(wanted, encoding="utf-8")
    return [difference]


def _print_differences(differences: Sequence[Difference], *, as_json: bool, check_only: bool) -> None:
    if as_json:
        click.echo(json.dumps([{"path": each.path, "kind": each.kind} for each in differences], indent=2))
        return
    done = {"missing": "written", "different": "written", "stale": "removed"}
    for each in differences:
        click.echo(f"{each.kind if check_only else done[each.kind]:10} {each.path}")
    click.echo(f"{len(differences)} files {'differ' if check_only else 'changed'}.")
    if check_only and differences:
        click.echo("Run: drawbar salesforce generate")


@salesforce.command("lint")
@FOLDER
@AS_JSON
@click.pass_context
def lint_command(context: click.Context, folder: Path, as_json: bool) -> None:
    """Check the package as Salesforce would, without an org; exit with 1 when something is wrong."""
    findings = lint_package(folder)
    if as_json:
        listed = [{"path": each.path, "line": each.line, "message": each.message} for each in findings]
        click.echo(json.dumps(listed, indent=2))
    else:
        for each in findings:
            click.echo(_finding_line(each))
        click.echo(f"{len(findings)} findings.")
    if findings:
        context.exit(1)


def _finding_line(finding: Finding) -> str:
    place = f"{finding.path}:{finding.line}" if finding.line else finding.path
    return f"{place}: {finding.message}"


@salesforce.command("fields")
@click.option("--object", "object_name", type=click.Choice(SYNCED_OBJECTS), help="Only this object.")
@AS_JSON
def fields_command(object_name: str | None, as_json: bool) -> None:
    """List every field: object, name, type, owner, source and meaning."""
    rows = [
        {
            "object": name,
            "field": field.api_name,
            "label": field.label,
            "type": field.type_text,
            "unit": field.unit,
            "owner": field.owner,
            "source": field.source,
            "meaning": field.help,
        }
        for name in ([object_name] if object_name else SYNCED_OBJECTS)
        for field in object_fields(name)
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        click.echo("  ".join([f"{row['object']}.{row['field']}", row["type"], row["owner"], row["meaning"]]))


@salesforce.command("owners")
@click.option("--object", "object_name", type=click.Choice(SYNCED_OBJECTS), help="Only this object.")
@AS_JSON
def owners_command(object_name: str | None, as_json: bool) -> None:
    """List who alone may change each field, and where its value comes from."""
    owned = [each for each in ownership() if object_name in (None, each.object)]
    if as_json:
        click.echo(json.dumps([asdict(each) for each in owned], indent=2))
        return
    for each in owned:
        click.echo(f"{each.object}.{each.field:<28} {each.owner:<10} {each.source}".rstrip())


for command in (deploy, diff, client_app):
    salesforce.add_command(command)
