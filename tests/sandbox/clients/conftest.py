"""A running local org for real clients: over TLS, with the certificate that clients are told to trust."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from drawbar.sandbox.app import LocalOrg
from drawbar.sandbox.certificate import open_certificate
from drawbar.sandbox.credentials import Credentials, open_credentials
from drawbar.sandbox.server import serve_in_background
from drawbar.sandbox.source import load_schema
from drawbar.sandbox.store import system_clock


@dataclass(frozen=True)
class RunningOrg:
    """Where the org is, what to trust, and how to log in."""

    local: LocalOrg
    url: str
    ca: Path
    private_key: Path
    client_secret: Path
    password: Path

    @property
    def client_id(self) -> str:
        return self.local.client.client_id

    @property
    def username(self) -> str:
        return self.local.client.username


@pytest.fixture(scope="module")
def org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOrg]:
    folder = tmp_path_factory.mktemp("sandbox")
    certificate = open_certificate(folder / "tls", system_clock())
    kept = open_credentials(folder / "keys", Credentials())
    assert kept.private_key_file is not None
    assert kept.client_secret_file is not None
    assert kept.password_file is not None
    local = LocalOrg(folder / "org", load_schema(), kept.app)
    try:
        with serve_in_background(local, port=0, http_port=None, certificate=certificate) as addresses:
            assert addresses.https is not None
            yield RunningOrg(
                local,
                addresses.https,
                certificate.authority,
                kept.private_key_file,
                kept.client_secret_file,
                kept.password_file,
            )
    finally:
        local.close()
