"""The nginx that docs/server.md shows takes its configuration, and hands on who has shown a certificate."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr
from sqlalchemy import Engine, select
from starlette.routing import Mount

from drawbar.connectors.salesforce.outbound_message import PATH, OutboundMessages
from drawbar.connectors.salesforce.settings import OutboundMessageSettings
from drawbar.middleware.server.soap.host import SoapHost
from drawbar.middleware.sync.inbox_writer import InboxWriter
from drawbar.middleware.sync.tables import inbox_message
from drawbar.sandbox.certificate import Certificate, open_certificate
from tests.middleware.server.served import prepared
from tests.middleware.server.soap.serving import served

DOCUMENT = Path(__file__).parents[3] / "docs" / "server.md"
RECORDED = Path(__file__).parents[2] / "connectors/salesforce/outbound/sf-aspnet-request-Salesforce.xml"
TOKEN = "0123456789abcdef0123456789abcdef"
SUBJECT = "CN=proxy.salesforce.com"
NOW = datetime.now(UTC)


def nginx() -> str:
    """Give the path of nginx: the machine's, or the one that `make test-deps` has put beside Python."""
    return shutil.which("nginx") or str(Path(sys.executable).with_name("nginx"))


@dataclass(frozen=True)
class Front:
    """nginx at `url`, where a client that trusts `authority` may show the certificate `client` (chain and key)."""

    url: str
    authority: Path
    client: tuple[str, str]
    engine: Engine

    def send(self, *, certificate: bool, headers: Mapping[str, str] | None = None) -> requests.Response:
        """Send an outbound message of Salesforce."""
        told = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""', **(headers or {})}
        return requests.post(
            f"{self.url}/soap/salesforce/{TOKEN}", data=RECORDED.read_bytes(), headers=told, timeout=30,
            verify=str(self.authority), cert=self.client if certificate else None,
        )  # fmt: skip

    def stored(self) -> int:
        with self.engine.connect() as connection:
            return len(connection.execute(select(inbox_message.c.id)).all())


def client_certificate(folder: Path) -> tuple[str, str]:
    """Make a certificate of its own authority, as a vendor sends one."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "proxy.salesforce.com")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
        .not_valid_before(NOW - timedelta(hours=1)).not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    plain = serialization.NoEncryption()
    (folder / "client.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "client.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return str(folder / "client.pem"), str(folder / "client.key")


def configuration(folder: Path, port: int, upstream: str, server: Certificate, client: tuple[str, str]) -> Path:
    """Write the document's configuration with the places of this test."""
    (documented,) = re.findall(r"```nginx\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    places = {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl", "/etc/nginx/hub.pem": str(server.chain),
        "/etc/nginx/hub.key": str(server.key), "/etc/nginx/vendors-ca.pem": client[0],
        "http://127.0.0.1:8080": upstream,
    }  # fmt: skip
    for old, new in places.items():
        assert old in documented
        documented = documented.replace(old, new)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"{kind}_temp_path {folder / kind};" for kind in kinds)
    user = "user root;\n" if os.geteuid() == 0 else ""
    path = folder / "nginx.conf"
    path.write_text(
        f"{user}worker_processes 1;\npid {folder / 'nginx.pid'};\nerror_log {folder / 'error.log'};\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}\n{documented}}}\n",
        encoding="utf-8",
    )
    return path


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("nginx")
    engine = prepared(folder / "hub.db")
    told = OutboundMessageSettings(
        organization_id="012345678901234", path_token=SecretStr(TOKEN), certificate_subject=SUBJECT
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    server, client = open_certificate(folder / "keys", NOW), client_certificate(folder)
    writer = InboxWriter(engine, lambda: NOW)
    writer.start()
    service = OutboundMessages(told, writer, lambda _peer: None)
    with served(lambda origin: [Mount("/soap", routes=[SoapHost(service, origin, lambda: NOW).route(PATH)])]) as behind:
        path = configuration(folder, port, behind, server, client)
        command = [nginx(), "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(path)]
        checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr
        process = subprocess.Popen([*command, "-g", "daemon off;"])
        try:
            _await(port)
            yield Front(f"https://localhost:{port}", server.authority, client, engine)
        finally:
            process.terminate()
            process.wait(30)
            writer.close()
            engine.dispose()


def _await(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "nginx does not listen"
        else:
            return


def test_a_client_certificate_is_asked_for_and_its_name_reaches_the_hub(front: Front) -> None:
    answer = front.send(certificate=True)

    assert (answer.status_code, ">true<" in answer.text) == (200, True), answer.text
    assert front.stored() == 2, "as many as the recorded message has"


def test_without_one_nobody_passes_whatever_headers_he_sends(front: Front) -> None:
    before = front.stored()
    forged = {"X-Client-Certificate-Verify": "SUCCESS", "X-Client-Certificate-Name": SUBJECT}

    assert front.send(certificate=False, headers=forged).status_code == 403
    assert front.stored() == before


def test_what_is_meant_for_the_inside_alone_is_not_reached_from_outside(front: Front) -> None:
    assert requests.get(f"{front.url}/readyz", verify=str(front.authority), timeout=30).status_code == 403
