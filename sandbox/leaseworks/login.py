"""Who may fetch deliveries, and the host key by which the server is known; both are kept in the sandbox's data folder.

The environment can set them: `DRAWBAR_SANDBOX_SFTP_USER`, `DRAWBAR_SANDBOX_SFTP_PASSWORD`, and
`DRAWBAR_SANDBOX_SFTP_AUTHORIZED_KEYS`, the path of a file with one public key a line.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

DEFAULT_USER = "drawbar"
USER_VARIABLE = "DRAWBAR_SANDBOX_SFTP_USER"
PASSWORD_VARIABLE = "DRAWBAR_SANDBOX_SFTP_PASSWORD"  # noqa: S105  (the name of a variable)
KEYS_VARIABLE = "DRAWBAR_SANDBOX_SFTP_AUTHORIZED_KEYS"

PASSWORD_FILE = "sftp_password"  # noqa: S105  (the name of a file)
HOST_KEY_FILE = "ssh_host_ed25519_key"
KNOWN_HOSTS_FILE = "known_hosts"


@dataclass(frozen=True, slots=True)
class SftpLogin:
    """One user, who comes in with the password or with the private half of one of the keys (OpenSSH public lines)."""

    user: str
    password: str = field(repr=False)
    authorized_keys: tuple[str, ...] = ()


def open_login(folder: Path, environment: Mapping[str, str]) -> SftpLogin:
    """Give the login that the environment sets; what it leaves out is kept in the folder, or made up and kept there."""
    keys = environment.get(KEYS_VARIABLE)
    return SftpLogin(
        user=environment.get(USER_VARIABLE) or DEFAULT_USER,
        password=environment.get(PASSWORD_VARIABLE) or _kept_password(folder / PASSWORD_FILE),
        authorized_keys=_public_keys(Path(keys)) if keys else (),
    )


def open_host_key(folder: Path) -> asyncssh.SSHKey:
    """Give the server's host key: the one kept in the folder, or a new one, which only its owner may read."""
    path = folder / HOST_KEY_FILE
    if not path.exists():
        key = asyncssh.generate_private_key("ssh-ed25519", comment="drawbar sandbox")
        write_secret(path, key.export_private_key().decode())
        (folder / f"{HOST_KEY_FILE}.pub").write_bytes(key.export_public_key())
    return asyncssh.read_private_key(path)


def known_hosts_line(host: str, port: int, key: asyncssh.SSHKey) -> str:
    """Give the line by which a client's known_hosts file knows the server."""
    public = key.export_public_key().decode().split()
    return f"[{host}]:{port} {public[0]} {public[1]}\n"


def write_secret(path: Path, secret: str) -> None:
    """Write a new file that only its owner may read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(secret)


def _kept_password(path: Path) -> str:
    if not path.exists():
        write_secret(path, secrets.token_urlsafe(24) + "\n")
    return path.read_text(encoding="utf-8").strip()


def _public_keys(path: Path) -> tuple[str, ...]:
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))
