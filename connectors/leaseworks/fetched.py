"""A delivery on this machine, verified: hashes and row counts are those of the manifest."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from drawbar.connectors.leaseworks.csvfile import CsvFile
from drawbar.connectors.leaseworks.delivery import Delivery, DeliveryName, entities_of
from drawbar.connectors.leaseworks.header import check_encoding
from drawbar.connectors.leaseworks.layout import EntityLayout
from drawbar.connectors.leaseworks.pgp import PgpBox, plain_name
from drawbar.connectors.leaseworks.records import ENTITIES, LeaseWorksRecord
from drawbar.connectors.leaseworks.transport import RemoteFile, Transport
from drawbar.middleware.errors import ConfigError, StopRun
from drawbar.middleware.manifest import ManifestEntry, sha256_of

RecordT = TypeVar("RecordT", bound=LeaseWorksRecord)


class DeliveryDamaged(StopRun):
    """The delivery is not what its manifest says; nothing of it may be read."""


@dataclass(frozen=True, slots=True)
class FetchedDelivery:
    """A verified delivery in a local folder that only this user can read."""

    delivery: Delivery
    folder: Path
    layouts: Mapping[str, EntityLayout]
    files: Mapping[str, Path]

    @property
    def entities(self) -> tuple[str, ...]:
        """The entities that it holds, parents before children."""
        return tuple(entity for entity in ENTITIES if entity in self.files)

    def source(self, entity: str) -> CsvFile[LeaseWorksRecord]:
        """The rows of an entity; raise StopRun when the delivery has no such file."""
        return self._source(entity, ENTITIES[entity])

    def source_of(self, model: type[RecordT]) -> CsvFile[RecordT]:
        """The rows of the entity with this record type."""
        entity = next(entity for entity, known in ENTITIES.items() if known is model)
        return self._source(entity, model)

    def rows(self, entity: str) -> int:
        """How many rows the manifest promises, and the file has."""
        return entities_of(self.delivery.manifest, self.layouts)[entity].rows

    def note_layout(self, entity: str) -> None:
        """Keep the layout by which an entity was taken beside its file: by then the next delivery may have another."""
        partial = self.folder / f".{entity}.layout.part"
        partial.write_text(self.layouts[entity].model_dump_json(), encoding="utf-8")
        partial.replace(_layout_file(self.folder, entity))

    def discard(self) -> None:
        """Delete the local copy."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _source(self, entity: str, model: type[RecordT]) -> CsvFile[RecordT]:
        name = self.delivery.name
        if entity not in self.files:
            raise StopRun(f"holds no {entity}.", record=name.text, remedy=f"Add {entity} to required_entities.")
        layout = self.layouts[entity]
        return CsvFile(self.files[entity], layout, model, delivered_on=name.date, delivery=name.text)


def fetch_delivery(
    transport: Transport, delivery: Delivery, into: Path, layouts: Mapping[str, EntityLayout], pgp: PgpBox | None
) -> FetchedDelivery:
    """Copy a delivery here and verify it; a file with a wrong hash is fetched anew once.

    Raises DeliveryDamaged when a file still differs from the manifest, RetryLater when the transfer broke off.
    """
    folder = into / delivery.name.text
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    entries = entities_of(delivery.manifest, layouts)
    sizes = {file.name: file for file in delivery.files}
    wanted = [sizes[entry.file] for entry in entries.values()]
    transport.fetch(delivery.name.text, wanted, folder)
    _fetch_wrong_again(transport, delivery, wanted, folder)
    _open_encrypted([folder / entry.file for entry in entries.values()], delivery, pgp)
    files = {entity: folder / plain_name(entry.file) for entity, entry in entries.items()}
    for entity, entry in entries.items():
        _verify_rows(files[entity], entry, layouts[entity], delivery)
    return FetchedDelivery(delivery, folder, layouts, files)


def reopen_delivery(
    name: DeliveryName, folder: Path, layouts: Mapping[str, EntityLayout], *, as_taken: bool = False
) -> FetchedDelivery | None:
    """Open a delivery that was fetched and verified before; None when it is no longer kept.

    With `as_taken` each entity is read by the layout by which it was taken, where that was noted.
    """
    here = folder / name.text
    if as_taken:
        layouts = {entity: _layout_as_taken(here, entity) or layout for entity, layout in layouts.items()}
    files = {entity: here / layout.file for entity, layout in layouts.items() if (here / layout.file).exists()}
    return FetchedDelivery(Delivery(name, "processed"), here, layouts, files) if files else None


def _layout_file(folder: Path, entity: str) -> Path:
    return folder / f".{entity}.layout.json"


def _layout_as_taken(folder: Path, entity: str) -> EntityLayout | None:
    """Give the layout that was noted; None when there is none, or another release noted what is none any more."""
    with suppress(FileNotFoundError, ValidationError):
        return EntityLayout.model_validate_json(_layout_file(folder, entity).read_bytes())
    return None


def _fetch_wrong_again(transport: Transport, delivery: Delivery, wanted: list[RemoteFile], folder: Path) -> None:
    wrong = [file for file in wanted if not _is_true(folder, file, delivery)]
    for file in wrong:
        (folder / file.name).unlink()
    transport.fetch(delivery.name.text, wrong, folder)
    still = [file.name for file in wrong if not _is_true(folder, file, delivery)]
    for name in still:
        (folder / name).unlink()
    if still:
        raise _damaged(delivery, f"{', '.join(still)} has not the SHA-256 of the manifest")


def _is_true(folder: Path, file: RemoteFile, delivery: Delivery) -> bool:
    entry = delivery.manifest.entry(file.name)
    return entry is not None and sha256_of(folder / file.name) == entry.sha256


def _open_encrypted(paths: list[Path], delivery: Delivery, pgp: PgpBox | None) -> None:
    encrypted = [(path, path.with_name(plain_name(path.name))) for path in paths if plain_name(path.name) != path.name]
    if encrypted and pgp is None:
        names = ", ".join(path.name for path, _ in encrypted)
        raise ConfigError(
            f"{names} is encrypted.", record=delivery.name.text, remedy="Give our key under [leaseworks.pgp]."
        )
    if encrypted and pgp is not None:
        pgp.open(encrypted)


def _verify_rows(path: Path, entry: ManifestEntry, layout: EntityLayout, delivery: Delivery) -> None:
    try:
        check_encoding(path, layout)
    except StopRun:
        return  # its rows cannot be counted; the source of this one entity refuses it, with the reason
    rows = CsvFile(path, layout, layout.model, delivered_on=delivery.name.date).count()
    if rows != entry.rows:
        raise _damaged(delivery, f"{path.name} has {rows} rows, the manifest says {entry.rows}")


def _damaged(delivery: Delivery, what: str) -> DeliveryDamaged:
    return DeliveryDamaged(
        f"is damaged: {what}.", record=delivery.name.text, remedy="Ask LeaseWorks to send the delivery again."
    )
