"""Where the simulated LeaseWorks keeps its things inside the sandbox's data folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LeaseWorksHome:
    """`files` is what SFTP clients see; `keys` holds the host key, the password and a known_hosts file for clients."""

    files: Path
    keys: Path


def leaseworks_home(sandbox: Path) -> LeaseWorksHome:
    """Give LeaseWorks' place below the sandbox's data folder."""
    folder = sandbox.expanduser().absolute() / "leaseworks"
    return LeaseWorksHome(folder / "files", folder / "keys")
