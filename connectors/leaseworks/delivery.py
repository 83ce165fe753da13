"""Deliveries and what is to be said of each before anything of it is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from drawbar.connectors.leaseworks.layout import EntityLayout
from drawbar.connectors.leaseworks.pgp import plain_name
from drawbar.connectors.leaseworks.transport import RemoteDelivery, RemoteFile
from drawbar.middleware.manifest import (
    MANIFEST_FILE,
    Manifest,
    ManifestDamagedError,
    ManifestEntry,
    ManifestIncompleteError,
    read_manifest,
)

NO_MANIFEST = Manifest(())

DeliveryStatus = Literal["ready", "incomplete", "damaged", "late", "processed"]


@dataclass(frozen=True, slots=True, order=True)
class DeliveryName:
    """A delivery's place in the order (business date, sequence of the day) and its name."""

    date: date
    sequence: int
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery as it waits.

    `ready` can be fetched. `incomplete` is still arriving. `damaged` never will be right as it is. `late` is older
    than one that was processed. `processed` was read in full but not archived yet. `problem` says what is wrong and
    `remedy` what to do; `notices` holds what is odd but stops nothing, such as a gap before it.
    """

    name: DeliveryName
    status: DeliveryStatus
    files: tuple[RemoteFile, ...] = ()
    manifest: Manifest = NO_MANIFEST
    problem: str = ""
    remedy: str = ""
    notices: tuple[str, ...] = ()


def parse_name(text: str, pattern: str) -> DeliveryName | None:
    """Understand a delivery's name; None when it is not one (a name with another ending, an impossible date)."""
    found = re.fullmatch(pattern, text)
    if found is None or "/" in text or text.startswith("."):
        return None
    digits = re.sub(r"\D", "", found["date"])
    try:
        day = datetime.strptime(digits, "%Y%m%d").date()  # noqa: DTZ007  (a business date has no zone)
        return DeliveryName(day, int(found["sequence"]), text)
    except ValueError:
        return None


class Judge:
    """Says of each waiting delivery whether it may be read."""

    def __init__(self, layouts: Mapping[str, EntityLayout], required: Sequence[str], pattern: str) -> None:
        self._layouts = layouts
        self._required = required
        self._pattern = pattern

    def is_delivery(self, name: str) -> bool:
        return parse_name(name, self._pattern) is not None

    def pending(self, waiting: Iterable[RemoteDelivery], after: DeliveryName | None) -> list[Delivery]:
        """Judge all waiting deliveries, in order; `after` is the last one that was processed."""
        named = [(parse_name(remote.name, self._pattern), remote) for remote in waiting]
        ordered = sorted(((name, remote) for name, remote in named if name), key=lambda pair: pair[0])
        judged, before = [], after
        for name, remote in ordered:
            judged.append(self._judge(name, remote, after, gap_notice(before, name)))
            before = max(name, before) if before else name
        return judged

    def _judge(
        self, name: DeliveryName, remote: RemoteDelivery, after: DeliveryName | None, gap: tuple[str, ...]
    ) -> Delivery:
        if after is not None and (name.date, name.sequence) == (after.date, after.sequence):
            return Delivery(name, "processed", remote.files, problem="has been processed", remedy="Archive it.")
        if after is not None and name < after:
            problem = f"is older than {after}, which has been processed already"
            return Delivery(name, "late", remote.files, problem=problem, remedy=_OLD)
        try:
            manifest = read_manifest(remote.manifest or b"")
            self._verify(manifest, remote.files)
        except ManifestIncompleteError as error:
            said = "there is no manifest yet" if remote.manifest is None else str(error)
            return Delivery(name, "incomplete", remote.files, problem=said, remedy=_WAIT, notices=gap)
        except ManifestDamagedError as error:
            return Delivery(name, "damaged", remote.files, problem=str(error), remedy=_ASK, notices=gap)
        return Delivery(name, "ready", remote.files, manifest, notices=gap + self._unknown(manifest))

    def _verify(self, manifest: Manifest, files: Sequence[RemoteFile]) -> None:
        present = {file.name for file in files}
        missing = [entry.file for entry in manifest.entries if entry.file not in present]
        if missing:
            message = f"{', '.join(missing)} is in the manifest but not in the delivery"
            raise ManifestDamagedError(message)
        listed = entities_of(manifest, self._layouts)
        if len(listed) < sum(_is_known(entry, self._layouts) for entry in manifest.entries):
            message = "the manifest lists a file both encrypted and plain"
            raise ManifestDamagedError(message)
        lacking = [self._layouts[entity].file for entity in self._required if entity not in listed]
        if lacking:
            message = f"the manifest lacks {', '.join(lacking)}"
            raise ManifestDamagedError(message)

    def _unknown(self, manifest: Manifest) -> tuple[str, ...]:
        unknown = [entry.file for entry in manifest.entries if not _is_known(entry, self._layouts)]
        return (f"holds files that no layout reads: {', '.join(unknown)}",) if unknown else ()


def entities_of(manifest: Manifest, layouts: Mapping[str, EntityLayout]) -> dict[str, ManifestEntry]:
    """The entities that a delivery holds, with their files (encrypted or not)."""
    by_file = {layout.file: entity for entity, layout in layouts.items()}
    named = ((by_file.get(plain_name(entry.file)), entry) for entry in manifest.entries)
    return {entity: entry for entity, entry in named if entity is not None}


def gap_notice(before: DeliveryName | None, name: DeliveryName) -> tuple[str, ...]:
    """Say when deliveries of a day are missing between two that follow each other."""
    if before is not None and name <= before:
        return ()
    first = before.sequence + 1 if before is not None and before.date == name.date else 1
    missing = range(first, name.sequence)
    if not missing:
        return ()
    said = f"{missing[0]:03d}" if len(missing) == 1 else f"{missing[0]:03d} to {missing[-1]:03d}"
    return (f"comes after a gap: sequence {said} of {name.date.isoformat()} has not arrived",)


def _is_known(entry: ManifestEntry, layouts: Mapping[str, EntityLayout]) -> bool:
    return plain_name(entry.file) in {layout.file for layout in layouts.values()}


_WAIT = "Wait; if it lasts longer than an hour, ask LeaseWorks whether the transfer stopped."
_ASK = f"Ask LeaseWorks to send the delivery again, with a true {MANIFEST_FILE}."
_OLD = (
    "It would bring back old values: move it out of the outbound folder."
    " What is right in it must come in a newer delivery."
)
