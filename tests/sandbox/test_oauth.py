"""Who may log in to the local org, and for how long."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.jwk import RSAKey

from drawbar.sandbox.app import LocalOrg, OrgOptions
from drawbar.sandbox.oauth import ConnectedApp
from drawbar.sandbox.schema import Schema
from drawbar.sandbox.seeds import DEFAULT_USERNAME, INTEGRATION_USER_ID, ORGANIZATION_ID
from tests.sandbox.conftest import START
from tests.sandbox.org_client import Clock, Reply, call_app

RECORDED = Path(__file__).parent / "recorded"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LIMITS = "/services/data/v67.0/limits"


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return RSAKey.import_key(rsa.generate_private_key(public_exponent=65537, key_size=2048))


@pytest.fixture(scope="module")
def other_key() -> RSAKey:
    return RSAKey.import_key(rsa.generate_private_key(public_exponent=65537, key_size=2048))


@pytest.fixture(scope="module")
def login_clock() -> Clock:
    return Clock(START)


@pytest.fixture(scope="module")
def guarded(
    tmp_path_factory: pytest.TempPathFactory, lease_schema: Schema, key: RSAKey, login_clock: Clock
) -> Iterator[LocalOrg]:
    """An org whose sessions last ten minutes."""
    public = RSAKey.import_key(key.as_dict(private=False))
    client = ConnectedApp("client", "secret", DEFAULT_USERNAME, "password", public)
    folder = tmp_path_factory.mktemp("guarded")
    local = LocalOrg(folder, lease_schema, client, options=OrgOptions(session_seconds=600), clock=login_clock)
    yield local
    local.close()


def ask(local: LocalOrg, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Reply:
    body = urlencode(form).encode()
    return call_app(local.app, "POST", "/services/oauth2/token", body, {**FORM, **(headers or {})})


def assertion(key: RSAKey, **claims: object) -> dict[str, str]:
    standard = {
        "iss": "client",
        "sub": DEFAULT_USERNAME,
        "aud": "https://login.salesforce.com",
        "exp": int((START + timedelta(minutes=3)).timestamp()),
    }
    given = {name: value for name, value in {**standard, **claims}.items() if value is not None}
    token = jwt.encode({"alg": "RS256"}, given, key)
    return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": token}


SECRETS = {"client_id": "client", "client_secret": "secret"}
BY_SECRET = {"grant_type": "client_credentials", **SECRETS}
BY_PASSWORD = {"grant_type": "password", **SECRETS, "username": DEFAULT_USERNAME, "password": "password"}


def test_a_signed_assertion_signs_its_user_in(guarded: LocalOrg, key: RSAKey) -> None:
    answer = ask(guarded, assertion(key))
    assert answer.status == 200
    recorded = json.loads((RECORDED / "auth_success_response.json").read_text())
    assert recorded.keys() <= answer.json.keys()
    assert answer.json["instance_url"] == "https://localhost"
    assert answer.json["id"] == f"https://localhost/id/{ORGANIZATION_ID}/{INTEGRATION_USER_ID}"
    assert answer.json["token_type"] == "Bearer"
    assert answer.headers["cache-control"] == "no-store"
    assert "refresh_token" not in answer.json
    assert "expires_in" not in answer.json
    headers = {"Authorization": f"Bearer {answer.json['access_token']}"}
    assert call_app(guarded.app, "GET", LIMITS, headers=headers).status == 200


@pytest.mark.parametrize(
    "audience", ["https://test.salesforce.com", "https://login.salesforce.com/", "https://localhost"]
)
def test_the_audience_is_salesforce_or_the_org_itself(guarded: LocalOrg, key: RSAKey, audience: str) -> None:
    assert ask(guarded, assertion(key, aud=audience)).status == 200


@pytest.mark.parametrize(
    ("claims", "error", "description"),
    [
        ({"iss": "stranger"}, "invalid_client_id", "client identifier invalid"),
        ({"iss": None}, "invalid_client_id", "client identifier invalid"),
        ({"aud": "https://example.com"}, "invalid_grant", "audience is invalid"),
        ({"aud": None}, "invalid_grant", "audience is invalid"),
        ({"sub": "nobody@drawbar.example"}, "invalid_grant", "user hasn't approved this consumer"),
        ({"sub": None}, "invalid_grant", "user hasn't approved this consumer"),
        ({"exp": int(START.timestamp())}, "invalid_grant", "expired authorization code"),
        ({"exp": int(START.timestamp()) + 300}, "invalid_grant", "invalid assertion"),
        ({"exp": None}, "invalid_grant", "invalid assertion"),
    ],
)
def test_a_wrong_claim_is_refused(
    guarded: LocalOrg, key: RSAKey, claims: dict[str, object], error: str, description: str
) -> None:
    answer = ask(guarded, assertion(key, **claims))
    assert answer.status == 400
    assert answer.json == {"error": error, "error_description": description}


def test_another_key_is_refused(guarded: LocalOrg, other_key: RSAKey) -> None:
    assert ask(guarded, assertion(other_key)).json["error"] == "invalid_grant"


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_another_algorithm_is_refused(guarded: LocalOrg, key: RSAKey, algorithm: str) -> None:
    _, claims, signature = assertion(key)["assertion"].split(".")
    header = base64.urlsafe_b64encode(json.dumps({"alg": algorithm}).encode()).decode().rstrip("=")
    forged = f"{header}.{claims}.{signature if algorithm != 'none' else ''}"
    answer = ask(guarded, {**assertion(key), "assertion": forged})
    assert answer.json == {"error": "invalid_grant", "error_description": "invalid assertion"}


@pytest.mark.parametrize("form", [BY_SECRET, BY_PASSWORD])
def test_secret_and_password_sign_in(guarded: LocalOrg, form: dict[str, str]) -> None:
    assert ask(guarded, form).status == 200


def test_the_client_may_name_itself_in_a_header(guarded: LocalOrg) -> None:
    credentials = base64.b64encode(b"client:secret").decode()
    answer = ask(guarded, {"grant_type": "client_credentials"}, {"Authorization": f"Basic {credentials}"})
    assert answer.status == 200


@pytest.mark.parametrize(
    ("form", "error", "description"),
    [
        ({**BY_SECRET, "client_id": "stranger"}, "invalid_client_id", "client identifier invalid"),
        ({**BY_SECRET, "client_secret": "wrong"}, "invalid_client", "invalid client credentials"),
        ({**BY_PASSWORD, "password": "wrong"}, "invalid_grant", "authentication failure"),
        ({**BY_PASSWORD, "username": "nobody"}, "invalid_grant", "authentication failure"),
        ({"grant_type": "magic"}, "unsupported_grant_type", "grant type not supported"),
        ({}, "unsupported_grant_type", "grant type not supported"),
    ],
)
def test_wrong_credentials_are_refused(guarded: LocalOrg, form: dict[str, str], error: str, description: str) -> None:
    answer = ask(guarded, form)
    assert answer.status == 400
    assert answer.json == {"error": error, "error_description": description}


def signed_in(local: LocalOrg) -> dict[str, str]:
    return {"Authorization": f"Bearer {ask(local, BY_SECRET).json['access_token']}"}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nothing"}, {"Authorization": "Basic x"}])
def test_a_call_without_a_session_gets_the_recorded_401(guarded: LocalOrg, headers: dict[str, str]) -> None:
    answer = call_app(guarded.app, "GET", LIMITS, headers=headers)
    assert answer.status == 401
    assert answer.json == json.loads((RECORDED / "expired_session_response.json").read_text())
    assert answer.headers["www-authenticate"] == "Token"


def test_a_session_expires(guarded: LocalOrg, login_clock: Clock) -> None:
    headers = signed_in(guarded)
    login_clock.pass_(seconds=599)
    assert call_app(guarded.app, "GET", LIMITS, headers=headers).status == 200
    login_clock.pass_(seconds=1)
    assert call_app(guarded.app, "GET", LIMITS, headers=headers).status == 401
    login_clock.now = START


def test_a_revoked_session_is_over(guarded: LocalOrg) -> None:
    headers = signed_in(guarded)
    body = urlencode({"token": headers["Authorization"].removeprefix("Bearer ")}).encode()
    assert call_app(guarded.app, "POST", "/services/oauth2/revoke", body, FORM).status == 200
    assert call_app(guarded.app, "GET", LIMITS, headers=headers).status == 401
    assert call_app(guarded.app, "POST", "/services/oauth2/revoke", body, FORM).status == 400


def test_the_org_tells_who_is_signed_in(guarded: LocalOrg) -> None:
    headers = signed_in(guarded)
    told = call_app(guarded.app, "GET", "/services/oauth2/userinfo", headers=headers).json
    assert (told["user_id"], told["preferred_username"]) == (INTEGRATION_USER_ID, DEFAULT_USERNAME)
    identity = f"/id/{ORGANIZATION_ID}/{INTEGRATION_USER_ID}"
    assert call_app(guarded.app, "GET", identity, headers=headers).json["username"] == DEFAULT_USERNAME
    assert call_app(guarded.app, "GET", identity).status == 403


def test_secrets_show_in_no_representation() -> None:
    assert "secret" not in repr(ConnectedApp("client", "secret-x", "user", "password-x"))
