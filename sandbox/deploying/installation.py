"""What is installed in an org beyond what it began with, and which of its fields the signed-in user sees.

A field that a deployment brings is seen by nobody until a permission set that shows it is assigned; what the org began
with, and fields that every record needs, are always seen. The org has one signed-in user, so that all of it shows what
that user sees. Formulas and validation rules that look at a hidden field sleep until it is shown.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from drawbar.sandbox.deploying.component import Component, source_path, source_text
from drawbar.sandbox.deploying.estate import Estate, read_estate
from drawbar.sandbox.formula.formula import parse_formula
from drawbar.sandbox.metadata import PACKAGE
from drawbar.sandbox.permissions import assigned_sets
from drawbar.sandbox.schema import Field, Schema, SObject
from drawbar.sandbox.seeds import INTEGRATION_USER_ID, keep_metadata_rows
from drawbar.sandbox.source import ACTIVITY, TASK, schema_of, standard_objects
from drawbar.sandbox.store import Org
from drawbar.sandbox.transaction import Transaction
from drawbar.sandbox.writing.results import Operation, RowResult, RowWriter, WriteContext

SEEN_WITHOUT_PERMISSION = frozenset({"MasterDetail"})


class Installation:
    """The metadata of an org: the SFDX project that it began with (None: none), and a folder of what was deployed."""

    def __init__(self, org: Org, project: Path | None, folder: Path) -> None:
        self._org = org
        self._project = project
        self._folder = folder
        self._estate: Estate | None = None
        self._stored: Schema | None = None
        if folder.is_dir():
            self._reload()

    @property
    def estate(self) -> Estate:
        """All components, read when they are asked for."""
        if self._estate is None:
            self._estate = read_estate(self._projects, standard_objects())
        return self._estate

    @property
    def _projects(self) -> Sequence[Path]:
        return [each for each in (self._project, self._folder) if each is not None and each.is_dir()]

    def install(self, components: Iterable[Component]) -> None:
        """Take components over: into the folder first, then into the running org."""
        for each in components:
            self._write(each)
        self._estate = None
        self._reload()

    def _write(self, component: Component) -> None:
        root = self._folder / PACKAGE
        if component.kind == "LightningComponentBundle":
            target = root / "lwc" / component.name
            shutil.rmtree(target, ignore_errors=True)
            files = {target / name: content for name, content in component.files.items()}
        elif component.kind == "ReportFolder":
            files = {root / f"reports/{component.name}.reportFolder-meta.xml": source_text(component)}
        elif component.kind == "WorkflowOutboundMessage":
            return
        else:
            files = {root / source_path(component): source_text(component)}
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def _reload(self) -> None:
        self._stored = schema_of(*self._projects)
        with self._org.transaction() as transaction:
            shown = self._shown(transaction, self._stored)
            self._org.become(self._stored, shown)
            keep_metadata_rows(transaction, self._stored)

    def show(self, transaction: Transaction) -> None:
        """Look anew at what the user may see, after assignments have changed."""
        if self._stored is not None:
            self._org.become(self._stored, self._shown(transaction, self._stored))

    def _shown(self, transaction: Transaction, stored: Schema) -> Schema:
        sets = assigned_sets(transaction.connection, stored, INTEGRATION_USER_ID)
        granted = {name for each in sets for name in each.fields}
        hidden = self._securable - granted
        return Schema((_without(each, hidden) for each in stored), permission_sets=stored.permission_sets)

    @property
    def _securable(self) -> frozenset[str]:
        """The fields that deployments have brought and that a permission has to show."""
        began_with = read_estate([self._project], {}) if self._project else None
        return frozenset(
            each.name.replace(f"{ACTIVITY}.", f"{TASK}.")
            for each in self.estate.of("CustomField")
            if not (began_with and began_with.has("CustomField", each.name))
            and not each.element.flag("required")
            and each.element.text("type") not in SEEN_WITHOUT_PERMISSION
        )


def _without(sobject: SObject, hidden: frozenset[str]) -> SObject:
    names = {name.partition(".")[2] for name in hidden if name.startswith(f"{sobject.name}.")}
    if not names:
        return sobject
    fields = tuple(each for each in sobject.fields if each.name not in names and not _looks_at(each, names))
    rules = tuple(each for each in sobject.validation_rules if not parse_formula(each.formula).fields & names)
    return replace(sobject, fields=fields, validation_rules=rules)


def _looks_at(field: Field, names: set[str]) -> bool:
    return field.formula is not None and bool(parse_formula(field.formula).fields & names)


class GrantingWriter:
    """Stands before an org's writer, and has the org look again when permission sets are assigned or taken away."""

    def __init__(self, writer: RowWriter, installation: Installation) -> None:
        self._writer = writer
        self._installation = installation

    def write(
        self,
        transaction: Transaction,
        operation: Operation,
        object_name: str,
        rows: Sequence[Mapping[str, object]],
        *,
        external_id: str | None,
        all_or_none: bool,
        context: WriteContext,
    ) -> list[RowResult]:
        """Write rows; see `Org.write`."""
        written = self._writer.write(
            transaction, operation, object_name, rows,
            external_id=external_id, all_or_none=all_or_none, context=context,
        )  # fmt: skip
        if object_name.lower() == "permissionsetassignment":
            self._installation.show(transaction)
        return written
