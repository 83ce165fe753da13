"""How clients log in to the local org: what the operator sets, and what is made up and kept in the data folder."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import RSAKey

from drawbar.sandbox.oauth import ConnectedApp
from drawbar.sandbox.seeds import DEFAULT_USERNAME

DEFAULT_CLIENT_ID = "drawbar-sandbox"
KEY_BITS = 2048


class CredentialError(Exception):
    """What the operator has set cannot be used; says what and why."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the operator has set; what is None is made up. `jwt_public_key` is a PEM file of a key or a certificate."""

    client_id: str = DEFAULT_CLIENT_ID
    client_secret: str | None = field(default=None, repr=False)
    username: str = DEFAULT_USERNAME
    password: str | None = field(default=None, repr=False)
    jwt_public_key: Path | None = None


@dataclass(frozen=True, slots=True)
class KeptCredentials:
    """The client of an org, and the files that keep what was made up (None: set by the operator)."""

    app: ConnectedApp
    client_secret_file: Path | None
    password_file: Path | None
    private_key_file: Path | None


def open_credentials(folder: Path, given: Credentials) -> KeptCredentials:
    """Complete the credentials from the folder, which only the owner can read; CredentialError when a key is none."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret_file, password_file, key_file = (folder / name for name in ("client_secret", "password", "client.key"))
    app = ConnectedApp(
        client_id=given.client_id,
        client_secret=given.client_secret or _kept(secret_file),
        username=given.username,
        password=given.password or _kept(password_file),
        jwt_public_key=_public_key(given.jwt_public_key) if given.jwt_public_key else _kept_key(key_file),
    )
    return KeptCredentials(
        app,
        client_secret_file=None if given.client_secret else secret_file,
        password_file=None if given.password else password_file,
        private_key_file=None if given.jwt_public_key else key_file,
    )


def _kept(path: Path) -> str:
    if not path.exists():
        _write_secret(path, secrets.token_urlsafe(24).encode())
    return path.read_text(encoding="utf-8").strip()


def _kept_key(path: Path) -> RSAKey:
    if not path.exists():
        made = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
        pem = made.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        _write_secret(path, pem)
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise CredentialError(f"{path} is no RSA key.")
    return RSAKey.import_key(key.public_key())


def _public_key(path: Path) -> RSAKey:
    try:
        content = path.read_bytes()
        certified = b"BEGIN CERTIFICATE" in content
        load = _certified_key if certified else serialization.load_pem_public_key
        key = load(content)
    except (OSError, ValueError) as problem:
        raise CredentialError(f"{path} is no PEM file of a public key or certificate: {problem}") from problem
    if not isinstance(key, rsa.RSAPublicKey):
        raise CredentialError(f"{path} is no RSA key; Salesforce verifies RS256 signatures only.")
    return RSAKey.import_key(key)


def _certified_key(content: bytes) -> object:
    return x509.load_pem_x509_certificate(content).public_key()


def _write_secret(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
