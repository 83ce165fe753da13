"""Faults of the SFTP server that can be armed: lost connections, slow transfers, forbidden paths."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class TransferFaults:
    """What goes wrong with transfers from now on; safe to arm from another thread than the server's."""

    _bytes_until_cut: int | None = None
    _bytes_per_second: int | None = None
    _denied: set[str] = field(default_factory=set)

    def cut_after(self, size: int) -> None:
        """Cut the connection of whoever reads once so many more bytes have been sent; it happens once."""
        self._bytes_until_cut = size

    def slow_to(self, bytes_per_second: int) -> None:
        """Send no faster than this."""
        self._bytes_per_second = bytes_per_second

    def deny(self, path: str) -> None:
        """Refuse everything at a path and below it, as seen by the client (`/outbound`)."""
        self._denied.add("/" + path.strip("/"))

    def clear(self) -> None:
        """Let everything work again."""
        self._bytes_until_cut = None
        self._bytes_per_second = None
        self._denied.clear()

    def denies(self, path: str) -> bool:
        return any(path == denied or path.startswith(f"{denied}/") for denied in self._denied)

    def cuts(self, size: int) -> bool:
        """Count bytes that are about to be sent; True when the connection is to be cut instead."""
        if self._bytes_until_cut is None:
            return False
        self._bytes_until_cut -= size
        if self._bytes_until_cut >= 0:
            return False
        self._bytes_until_cut = None
        return True

    def seconds_for(self, size: int) -> float:
        """Give how long the sending of so many bytes is to take."""
        return size / self._bytes_per_second if self._bytes_per_second else 0
