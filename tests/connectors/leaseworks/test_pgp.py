"""Encrypted deliveries are opened with our key, and, when asked, only when LeaseWorks signed them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gnupg import GPG  # type: ignore[import-untyped]

from drawbar.connectors.leaseworks.connector import LeaseWorks
from drawbar.connectors.leaseworks.fetched import FetchedDelivery
from drawbar.connectors.leaseworks.manifest_writer import write_manifest
from drawbar.connectors.leaseworks.pgp import PgpBox
from drawbar.connectors.leaseworks.records import LeaseAccount
from drawbar.connectors.leaseworks.settings import LeaseWorksSettings, PgpSettings
from drawbar.middleware.errors import ConfigError, StopRun
from tests.connectors.leaseworks.exports import write_delivery, write_manifest_of
from tests.contracts.row_source import source_rows

PASSPHRASE = "söme pass phrase"


class Correspondents:
    """Three parties with keys, who write as GnuPG does: compressed, encrypted, signed when they like."""

    def __init__(self, folder: Path) -> None:
        self.home, self.folder = folder / "ring", folder
        self.home.mkdir(mode=0o700)
        self.gpg = GPG(gnupghome=str(self.home))
        self.gpg.encoding = "utf-8"
        self.prints = {name: self._key(name) for name in ("us", "leaseworks", "mallory")}

    def secret(self, name: str) -> Path:
        return self.folder / f"{name}.key"

    def public(self, name: str) -> Path:
        return self.folder / f"{name}.pub"

    def seal(self, path: Path, recipient: str, signer: str | None) -> None:
        sealed = self.gpg.encrypt_file(
            str(path),
            self.prints[recipient],
            sign=self.prints[signer] if signer else None,
            passphrase=PASSPHRASE if signer == "us" else None,
            always_trust=True,
            output=f"{path}.pgp",
        )
        assert sealed.ok, sealed.stderr
        path.unlink()

    def _key(self, name: str) -> str:
        curves = {"key_type": "EDDSA", "key_curve": "ed25519", "subkey_type": "ECDH", "subkey_curve": "cv25519"}
        secrecy = {"passphrase": PASSPHRASE} if name == "us" else {"no_protection": True}
        made = self.gpg.gen_key(
            self.gpg.gen_key_input(**curves, **secrecy, name_real=name, name_email=f"{name}@example.com")
        )
        if name == "us":
            self.secret(name).write_text(self.gpg.export_keys(made.fingerprint, secret=True, passphrase=PASSPHRASE))
        self.public(name).write_text(self.gpg.export_keys(made.fingerprint))
        return str(made.fingerprint)


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Correspondents]:
    correspondents = Correspondents(tmp_path_factory.mktemp("pgp"))
    yield correspondents
    subprocess.run(["gpgconf", "--homedir", str(correspondents.home), "--kill", "all"], check=True)


def encrypted_delivery(root: Path, parties: Correspondents, recipient: str = "us", signer: str | None = None) -> Path:
    folder = write_delivery(root, "LW-20260302-001")
    parties.seal(folder / "accounts.csv", recipient, signer)
    write_manifest_of(folder, {"accounts.csv.pgp": 1, "notes.csv": 1})
    return folder


def fetched(root: Path, **pgp: Any) -> FetchedDelivery:
    settings: dict[str, Any] = {
        "surface": "folder",
        "folder": {"path": root},
        "required_entities": ["accounts", "notes"],
    }
    settings["pgp"] = {"passphrase": PASSPHRASE, **pgp}
    leaseworks = LeaseWorks(LeaseWorksSettings.model_validate(settings))
    return leaseworks.fetch(leaseworks.deliveries(None)[0], root / "staging")


def fetched_names(root: Path) -> set[str]:
    return {path.name for path in (root / "staging" / "LW-20260302-001").iterdir()}


def test_an_encrypted_delivery_is_read_like_a_plain_one(parties: Correspondents, tmp_path: Path) -> None:
    encrypted_delivery(tmp_path, parties)
    delivery = fetched(tmp_path, private_key=parties.secret("us"))
    source = delivery.source_of(LeaseAccount)
    assert [source.parse(row).account_number for row in source_rows(source)] == ["LW00000001"]
    assert delivery.files["accounts"].stat().st_mode & 0o077 == 0


def test_a_delivery_for_somebody_else_is_refused_and_leaves_no_plain_text(
    parties: Correspondents, tmp_path: Path
) -> None:
    encrypted_delivery(tmp_path, parties, recipient="mallory")
    with pytest.raises(StopRun, match=r"csv\.pgp: cannot be opened with our PGP key: no secret key\. Ask LeaseWorks"):
        fetched(tmp_path, private_key=parties.secret("us"))
    assert "accounts.csv" not in fetched_names(tmp_path)


def test_a_signed_delivery_is_taken_from_its_sender(parties: Correspondents, tmp_path: Path) -> None:
    encrypted_delivery(tmp_path, parties, signer="leaseworks")
    assert fetched(tmp_path, private_key=parties.secret("us"), sender_key=parties.public("leaseworks")).entities


@pytest.mark.parametrize("signer", ["mallory", "us", None])
def test_a_delivery_that_its_sender_has_not_signed_is_refused(
    parties: Correspondents, tmp_path: Path, signer: str | None
) -> None:
    encrypted_delivery(tmp_path, parties, signer=signer)
    with pytest.raises(StopRun, match=r"csv\.pgp: is not signed by the sender's PGP key\. Ask LeaseWorks"):
        fetched(tmp_path, private_key=parties.secret("us"), sender_key=parties.public("leaseworks"))
    assert "accounts.csv" not in fetched_names(tmp_path)


def test_a_wrong_passphrase_is_refused_without_being_shown(parties: Correspondents, tmp_path: Path) -> None:
    encrypted_delivery(tmp_path, parties)
    with pytest.raises(StopRun, match=r"cannot be opened with our PGP key: decryption failed") as refused:
        fetched(tmp_path, private_key=parties.secret("us"), passphrase="wrong-secret")
    assert "wrong-secret" not in f"{refused.value}"


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "No such file or directory"), ("not a key", "it holds no key"), ("public", "it holds no private key")],
)
def test_a_key_file_that_cannot_be_used_is_the_operators_business(
    parties: Correspondents, tmp_path: Path, content: str | None, said: str
) -> None:
    path = tmp_path / "some.key"
    if content:
        path.write_text(parties.public("us").read_text() if content == "public" else content)
    encrypted_delivery(tmp_path, parties)
    with pytest.raises(ConfigError, match=rf"PGP key .*some.key cannot be used: {said}\. Correct private_key"):
        fetched(tmp_path, private_key=path)


def test_a_manifest_of_encrypted_files_counts_the_rows_inside(parties: Correspondents, tmp_path: Path) -> None:
    folder = encrypted_delivery(tmp_path, parties)
    layouts = LeaseWorksSettings.model_validate({"surface": "folder", "folder": {"path": tmp_path}}).layouts
    box = PgpBox(PgpSettings.model_validate({"private_key": parties.secret("us"), "passphrase": PASSPHRASE}))
    manifest = write_manifest(folder, layouts, box)
    assert {entry.file: entry.rows for entry in manifest.entries}["accounts.csv.pgp"] == 1
    with pytest.raises(ConfigError, match="is encrypted"):
        write_manifest(folder, layouts, None)


def test_doctor_tells_whether_the_key_can_be_opened(parties: Correspondents, tmp_path: Path) -> None:
    def check(**settings: Any) -> tuple[bool, str]:
        found = PgpBox(PgpSettings.model_validate(settings)).check()
        return found.ok, found.detail.partition("cannot be used: ")[2]

    assert check(private_key=parties.secret("us"), passphrase=PASSPHRASE) == (True, "")
    assert check(private_key=parties.secret("us"), passphrase="x") == (
        False,
        "decryption failed, perhaps for its passphrase.",
    )
    assert check(private_key=tmp_path / "none", passphrase="x") == (False, "No such file or directory.")
