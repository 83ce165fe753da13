"""Opens PGP-encrypted files of a delivery with GnuPG, in a key ring that lives only while they are opened."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from drawbar.connectors.leaseworks.settings import PgpSettings
from drawbar.connectors.leaseworks.transport import PARTIAL, SYSTEM
from drawbar.middleware.errors import ConfigError, StopRun
from drawbar.middleware.ports import Check

if TYPE_CHECKING:
    from gnupg import GPG  # type: ignore[import-untyped]

SUFFIXES = (".pgp", ".gpg")


def plain_name(file: str) -> str:
    """The name of a file without the suffix of encryption."""
    return next((file.removesuffix(suffix) for suffix in SUFFIXES if file.endswith(suffix)), file)


@dataclass(frozen=True, slots=True)
class _Ring:
    """GnuPG with our key; fingerprints of it, and of the keys of which one must have signed (none: nobody must)."""

    gpg: GPG
    ours: tuple[str, ...]
    senders: tuple[str, ...]


class PgpBox:
    """Decrypts with our private key; with a sender key, refuses what that key has not signed."""

    def __init__(self, settings: PgpSettings) -> None:
        self._settings = settings

    def open(self, files: Sequence[tuple[Path, Path]]) -> None:
        """Decrypt files, each into another that only this user can read and that appears when all of it is good.

        Raises StopRun when one cannot be decrypted or is not signed as it must be, ConfigError for our keys.
        """
        with self._ring() as ring:
            for encrypted, target in files:
                self._open(ring, encrypted, target)

    def check(self) -> Check:
        """Whether GnuPG is there and our key can be read and opened, and the sender's key read."""
        try:
            with self._ring() as ring:
                self._try(ring)
        except ConfigError as error:
            return Check(SYSTEM, "pgp key", ok=False, detail=error.message, remedy=error.remedy)
        return Check(SYSTEM, "pgp key", ok=True, detail=str(self._settings.private_key))

    def _open(self, ring: _Ring, encrypted: Path, target: Path) -> None:
        partial = target.with_name(target.name + PARTIAL)
        os.close(os.open(partial, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        try:
            opened = ring.gpg.decrypt_file(str(encrypted), passphrase=self._passphrase(), output=str(partial))
            if not opened.ok:
                raise _refused(encrypted, f"cannot be opened with our PGP key: {opened.status}")
            if ring.senders and not (opened.valid and opened.pubkey_fingerprint in ring.senders):
                raise _refused(encrypted, "is not signed by the sender's PGP key")
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    def _try(self, ring: _Ring) -> None:
        sealed = ring.gpg.encrypt("a trial", ring.ours, armor=False)
        opened = ring.gpg.decrypt(sealed.data, passphrase=self._passphrase())
        if not opened.ok:
            raise _unusable(
                "private_key",
                self._settings.private_key,
                f"{opened.status or sealed.status}, perhaps for its passphrase",
            )

    def _passphrase(self) -> str | None:
        secret = self._settings.passphrase
        return secret.get_secret_value() if secret else None

    @contextmanager
    def _ring(self) -> Iterator[_Ring]:
        home = Path(tempfile.mkdtemp(prefix="drawbar-gpg-"))
        try:
            gpg, sender = _gnupg(home), self._settings.sender_key
            ours = _import(gpg, "private_key", self._settings.private_key)
            yield _Ring(gpg, ours, _import(gpg, "sender_key", sender) if sender else ())
        finally:
            _end_agent(home)
            shutil.rmtree(home, ignore_errors=True)


def _gnupg(home: Path) -> GPG:
    try:
        from gnupg import GPG  # noqa: PLC0415  (an optional dependency)

        gpg = GPG(gnupghome=str(home), options=["--trust-model", "always", "--pinentry-mode", "loopback"])
    except (ImportError, OSError):
        raise ConfigError(
            "encrypted deliveries need GnuPG and the package python-gnupg.",
            remedy="Install gpg (Debian: gnupg), and run: pip install 'drawbar[pgp]'",
        ) from None
    gpg.encoding = "utf-8"
    return gpg


def _end_agent(home: Path) -> None:
    """GnuPG leaves an agent with our opened key behind; it must not outlive the ring."""
    gpgconf = shutil.which("gpgconf")
    if gpgconf:
        subprocess.run([gpgconf, "--homedir", str(home), "--kill", "all"], check=False, capture_output=True)  # noqa: S603


def _import(gpg: GPG, setting: str, path: Path) -> tuple[str, ...]:
    try:
        result = gpg.import_keys(path.expanduser().read_bytes())
    except OSError as error:
        raise _unusable(setting, path, error.strerror or "it cannot be read") from None
    if not result.fingerprints:
        raise _unusable(setting, path, "it holds no key")
    if setting == "private_key" and not int(result.sec_read):
        raise _unusable(setting, path, "it holds no private key")
    return tuple(dict.fromkeys(result.fingerprints))


def _unusable(setting: str, path: Path, why: str) -> ConfigError:
    return ConfigError(
        f"PGP key {path} cannot be used: {why}.", remedy=f"Correct {setting} or passphrase under [leaseworks.pgp]."
    )


def _refused(encrypted: Path, what: str) -> StopRun:
    return StopRun(
        f"{what}.",
        record=encrypted.name,
        remedy="Ask LeaseWorks which keys they encrypt and sign with; compare [leaseworks.pgp].",
    )
