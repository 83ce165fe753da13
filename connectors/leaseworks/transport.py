"""How deliveries come here: the same few steps over SFTP and from a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from drawbar.middleware.ports import Check

SYSTEM = "LeaseWorks"
PARTIAL = ".part"
"""What a file that is not here in full yet is called behind its name."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a delivery where it was delivered; size in bytes."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class RemoteDelivery:
    """A delivery as it lies in the outbound folder; `manifest` is the manifest's content, None while there is none."""

    name: str
    files: tuple[RemoteFile, ...]
    manifest: bytes | None


class Transport(Protocol):
    """Where deliveries lie. Every method raises RetryLater while the place does not answer, StopRun or ConfigError
    when it never will until somebody acts."""

    @property
    def description(self) -> str: ...

    def waiting(self, wanted: Callable[[str], bool]) -> list[RemoteDelivery]:
        """The deliveries of the outbound folder whose names are wanted."""
        ...

    def archived(self) -> list[str]:
        """The names in the archive folder."""
        ...

    def fetch(self, delivery: str, files: Sequence[RemoteFile], into: Path) -> None:
        """Copy files into a local folder, going on where an earlier copy stopped; complete files are left alone."""
        ...

    def archive(self, delivery: str) -> None:
        """Move a delivery from outbound to archive; nothing happens when it is there already."""
        ...

    def checks(self) -> Iterator[Check]:
        """Whether the place can be reached and used."""
        ...


def archive_name(delivery: str, taken: Sequence[str]) -> str:
    """The name under which to archive: its own, or with a number when an earlier delivery has the same."""
    numbered = (f"{delivery}.{number}" for number in range(2, len(taken) + 3))
    return delivery if delivery not in taken else next(name for name in numbered if name not in taken)
