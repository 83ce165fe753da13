"""The server's settings are checked at start, and by `drawbar doctor`; TLS is spoken with what they name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from pydantic import ValidationError
from sqlalchemy import Engine

from drawbar.middleware.server.checks import server_checks
from drawbar.middleware.server.settings import ServerSettings
from drawbar.sandbox.certificate import Certificate, open_certificate
from tests.middleware.server.served import served

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def certificate(folder: Path) -> Certificate:
    return open_certificate(folder / "tls", NOW)


def found(now: datetime = NOW, **settings: Any) -> list[tuple[str, bool, str]]:
    checks = list(server_checks(ServerSettings(**settings), now))
    assert all(each.ok or each.remedy for each in checks)
    return [(each.name, each.ok, each.detail) for each in checks]


def tls(certificate: Certificate, **others: Any) -> dict[str, Any]:
    return {"tls_certificate": certificate.chain, "tls_key": certificate.key, **others}


def test_a_server_without_tls_has_to_stay_on_this_machine() -> None:
    assert found() == [("address", True, "127.0.0.1 port 8080, no TLS, for a proxy on this machine")]
    assert found(address="0.0.0.0", port=80) == [
        ("address", False, "0.0.0.0 port 80 is reached from outside, and without TLS")
    ]


def test_a_certificate_is_looked_at_before_it_ends(certificate: Certificate) -> None:
    place = ("address", True, "0.0.0.0 port 8080, TLS")
    ends = NOW + timedelta(days=398)

    assert found(**tls(certificate, address="0.0.0.0"))[0] == place
    assert found(**tls(certificate))[1] == ("certificate", True, f"good until {ends:%Y-%m-%d}")
    assert found(ends - timedelta(days=20), **tls(certificate))[1][1:] == (
        False, f"good until {ends:%Y-%m-%d}, which is soon or past"
    )  # fmt: skip


def test_files_that_are_no_certificate_and_its_key_are_named(certificate: Certificate, folder: Path) -> None:
    swapped = found(tls_certificate=certificate.authority, tls_key=certificate.key)[1]
    missing = found(tls_certificate=folder / "nothing.pem", tls_key=certificate.key)[1]

    assert swapped[:2] == missing[:2] == ("certificate", False)
    assert "nothing.pem" in missing[2]
    assert "cannot be used" in swapped[2]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"tls_key": "key.pem"}, "tls_certificate and tls_key go together"),
        ({"token_key": "canary-short"}, "must have 32 bytes or more"),
        ({"webhooks": {"yard": {"keys": ["whsec_canary-no-base64"]}}}, "24 bytes or more in base64"),
        ({"webhooks": {"yard": {"keys": ["whsec_"]}}}, "24 bytes or more in base64"),
        ({"webhooks": {"yard": {"keys": []}}}, "at least 1 item"),
        ({"trusted_proxies": ["*"]}, "must be addresses or networks"),
    ],
)
def test_settings_that_cannot_work_are_refused_without_their_secrets(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        ServerSettings.model_validate(wrong)

    told = str(refused.value.errors(include_input=False, include_context=False, include_url=False))
    assert said in told
    assert "canary" not in told


def test_with_a_certificate_the_server_speaks_tls_alone(
    certificate: Certificate, database: Engine, folder: Path
) -> None:
    with served(database, folder, **tls(certificate)) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        assert requests.get(f"{url}/healthz", verify=str(certificate.authority), timeout=30).status_code == 204
        with pytest.raises(requests.exceptions.ConnectionError):
            requests.get(f"{url.replace('https', 'http')}/healthz", timeout=30)
