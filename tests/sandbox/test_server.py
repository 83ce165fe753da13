"""The org on the wire: TLS, loopback, and simple-salesforce as a client."""

from __future__ import annotations

import socket
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from cryptography import x509
from simple_salesforce.api import Salesforce, SFType
from simple_salesforce.login import SalesforceLogin

from drawbar.sandbox.app import LocalOrg
from drawbar.sandbox.certificate import Certificate, open_certificate
from drawbar.sandbox.credentials import CredentialError, Credentials, KeptCredentials, open_credentials
from drawbar.sandbox.schema import Schema
from drawbar.sandbox.server import Addresses, serve_in_background

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def certificate(home: Path) -> Certificate:
    return open_certificate(home / "tls", NOW)


@pytest.fixture(scope="module")
def credentials(home: Path) -> KeptCredentials:
    return open_credentials(home / "keys", Credentials())


@pytest.fixture(scope="module")
def running(
    home: Path, lease_schema: Schema, certificate: Certificate, credentials: KeptCredentials
) -> Iterator[Addresses]:
    local = LocalOrg(home / "org", lease_schema, credentials.app)
    with serve_in_background(local, port=0, http_port=0, certificate=certificate) as addresses:
        yield addresses
    local.close()


@pytest.fixture
def session(certificate: Certificate) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(certificate.authority)
        yield session


class _ToLocalOrg(requests.adapters.HTTPAdapter):
    """Sends what is meant for Salesforce's log-in server to the local org."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self._base_url = base_url

    def send(self, request: requests.PreparedRequest, *args: object, **named: object) -> requests.Response:
        assert request.url is not None
        request.url = request.url.replace("https://login.salesforce.com", self._base_url)
        return super().send(request, *args, **named)  # type: ignore[arg-type]


def test_simple_salesforce_logs_in_by_jwt_and_reads_and_writes(
    running: Addresses, credentials: KeptCredentials, session: requests.Session
) -> None:
    assert running.https is not None
    session.mount("https://login.salesforce.com", _ToLocalOrg(running.https))
    token, instance = SalesforceLogin(
        session=session,
        username=credentials.app.username,
        consumer_key=credentials.app.client_id,
        privatekey_file=str(credentials.private_key_file),
        domain="login",
    )
    client = Salesforce(session_id=token, instance=instance, session=session, version="67.0")
    leases = client.Lease__c
    assert isinstance(leases, SFType)
    created = leases.create({"Portfolio__c": "main", "Number__c": "L1"})
    assert leases.upsert("Number__c/L1", {"Days__c": 40}) == 200
    assert leases.get(created["id"])["Late__c"] is True
    assert client.query("SELECT Id FROM Lease__c WHERE Late__c = TRUE")["totalSize"] == 1
    assert leases.describe()["keyPrefix"] == created["id"][:3]
    assert leases.delete(created["id"]) == 204
    assert client.query("SELECT COUNT() FROM Lease__c")["totalSize"] == 0


def test_it_listens_on_loopback_only(running: Addresses) -> None:
    assert running.http is not None
    port = int(running.http.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=2):
        pass
    with pytest.raises(OSError), socket.create_connection((_other_address(), port), timeout=2):
        pass


def _other_address() -> str:
    """Give an address of this machine that is not 127.0.0.1; 127.0.0.2 is one wherever there is no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.2"
        return str(probe.getsockname()[0])


def test_its_certificate_is_trusted_through_its_own_authority_only(
    running: Addresses, session: requests.Session
) -> None:
    assert running.https is not None
    assert session.get(f"{running.https}/services/data").status_code == 200
    by_address = running.https.replace("localhost", "127.0.0.1")
    assert session.get(f"{by_address}/services/data").status_code == 200
    session.verify = True
    with pytest.raises(requests.exceptions.SSLError):
        session.get(f"{running.https}/services/data")


def test_the_certificate_is_kept_until_its_last_week(tmp_path: Path) -> None:
    first = open_certificate(tmp_path, NOW).chain.read_bytes()
    assert open_certificate(tmp_path, NOW + timedelta(days=390)).chain.read_bytes() == first
    later = NOW + timedelta(days=392)
    renewed = open_certificate(tmp_path, later).chain.read_bytes()
    assert x509.load_pem_x509_certificate(renewed).not_valid_after_utc > later + timedelta(days=390)


def test_keys_and_secrets_are_for_their_owner_only(certificate: Certificate, credentials: KeptCredentials) -> None:
    kept = [certificate.key, credentials.client_secret_file, credentials.password_file, credentials.private_key_file]
    for path in kept:
        assert path is not None
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_credentials_stay_the_same_and_what_is_set_is_not_kept(tmp_path: Path) -> None:
    first, again = (open_credentials(tmp_path / "a", Credentials()) for _ in range(2))
    assert (first.app.client_secret, first.app.password) == (again.app.client_secret, again.app.password)
    set_by_hand = open_credentials(tmp_path / "b", Credentials(client_secret="one", password="two"))
    assert (set_by_hand.app.client_secret, set_by_hand.app.password) == ("one", "two")
    assert (set_by_hand.client_secret_file, set_by_hand.password_file) == (None, None)


def test_the_public_key_may_be_a_key_or_a_certificate_but_must_be_rsa(tmp_path: Path, certificate: Certificate) -> None:
    for path in (certificate.chain, tmp_path / "nothing.pem"):
        with pytest.raises(CredentialError, match=path.name):
            open_credentials(tmp_path / "keys", Credentials(jwt_public_key=path))


def test_a_taken_port_is_told(
    running: Addresses, tmp_path: Path, lease_schema: Schema, credentials: KeptCredentials
) -> None:
    assert running.http is not None
    local = LocalOrg(tmp_path / "org", lease_schema, credentials.app)
    with (
        pytest.raises(OSError, match="in use"),
        serve_in_background(local, http_port=int(running.http[-5:].lstrip(":"))),
    ):
        pass
    local.close()
