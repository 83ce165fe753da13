from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs

import pytest
import requests
import responses
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from drawbar.connectors.salesforce.errors import LoginRefused, SalesforceBusy
from drawbar.connectors.salesforce.settings import SalesforceSettings
from drawbar.connectors.salesforce.token import AccessToken, TokenProvider
from drawbar.middleware.errors import ConfigError
from tests.connectors.salesforce.conftest import INSTANCE, LOGIN
from tests.fake_time import FakeTime

URL = f"{LOGIN}/services/oauth2/token"


@pytest.fixture
def tokens(settings: SalesforceSettings, fake_time: FakeTime) -> TokenProvider:
    return provider(settings, fake_time)


def provider(settings: SalesforceSettings, fake_time: FakeTime) -> TokenProvider:
    return TokenProvider(settings, clock=fake_time.monotonic, wall_clock=fake_time.now, sleep=fake_time.sleep)


def form(call: responses.Call) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(str(call.request.body)).items()}


def with_key(settings: SalesforceSettings, key: str) -> SalesforceSettings:
    return settings.model_copy(update={"auth": "jwt", "username": "hub@example.com", "private_key": SecretStr(key)})


def test_the_assertion_names_app_user_and_audience_and_lives_three_minutes(
    settings: SalesforceSettings, fake_time: FakeTime, org: responses.RequestsMock, private_key: str
) -> None:
    provider(with_key(settings, private_key), fake_time).current()
    sent = form(org.calls[0])
    assert sent["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    token = jwt.decode(sent["assertion"], RSAKey.import_key(private_key), algorithms=["RS256"])
    assert token.claims == {
        "iss": "3MVG9",
        "sub": "hub@example.com",
        "aud": "https://login.salesforce.com",
        "exp": int(fake_time.now().timestamp()) + 180,
    }


def test_client_credentials_travel_in_the_body(tokens: TokenProvider, org: responses.RequestsMock) -> None:
    assert tokens.current() == AccessToken("token-1", INSTANCE)
    assert form(org.calls[0]) == {
        "grant_type": "client_credentials",
        "client_id": "3MVG9",
        "client_secret": "s3cret-canary",
    }
    assert "canary" not in str(org.calls[0].request.url)


def test_a_token_does_not_show_in_its_repr(tokens: TokenProvider, org: responses.RequestsMock) -> None:
    assert "token-1" not in repr(tokens.current())


def test_sixteen_threads_whose_token_expires_together_log_in_once(
    tokens: TokenProvider, org: responses.RequestsMock
) -> None:
    expired = tokens.current()
    together = threading.Barrier(16)

    def renew(_: int) -> AccessToken:
        together.wait()
        return tokens.renew(expired)

    with ThreadPoolExecutor(16) as threads:
        renewed = set(threads.map(renew, range(16)))
    assert renewed == {AccessToken("token-2", INSTANCE)}
    assert len(org.calls) == 2


@pytest.mark.parametrize(
    ("description", "remedy"),
    [
        ("user hasn't approved this consumer", "Pre-authorise"),
        ("audience is invalid", "audience"),
        ("invalid assertion", "certificate"),
        ("request not supported on this domain", "My Domain"),
        ("something new", "certificate, and that the user may use the app"),
    ],
)
def test_a_refused_log_in_says_what_to_do(
    settings: SalesforceSettings, fake_time: FakeTime, description: str, remedy: str
) -> None:
    with responses.RequestsMock() as org:
        org.post(URL, status=400, json={"error": "invalid_grant", "error_description": description})
        with pytest.raises(LoginRefused, match=remedy) as refused:
            provider(settings, fake_time).current()
        assert len(org.calls) == 1
    assert "canary" not in str(refused.value)


def test_a_refused_log_in_is_not_tried_again_for_a_minute_by_any_thread(
    tokens: TokenProvider, fake_time: FakeTime
) -> None:
    with responses.RequestsMock() as org:
        org.post(URL, status=400, json={"error": "invalid_grant", "error_description": "expired access/refresh token"})
        for _ in range(16):
            with pytest.raises(LoginRefused):
                tokens.current()
        assert len(org.calls) == 1
        fake_time.seconds += 61
        org.post(URL, json={"access_token": "token-9", "instance_url": INSTANCE})
        assert tokens.current().value == "token-9"


def test_an_unreachable_org_is_tried_again_and_then_put_off(tokens: TokenProvider, fake_time: FakeTime) -> None:
    with responses.RequestsMock() as org:
        org.post(URL, body=requests.ConnectionError("no route"))
        with pytest.raises(SalesforceBusy, match=r"cannot reach https://example.*Check login_url"):
            tokens.current()
        assert len(org.calls) == 5
    assert len(fake_time.slept) == 4


def test_retry_after_holds_for_the_log_in_too(tokens: TokenProvider, fake_time: FakeTime) -> None:
    with responses.RequestsMock() as org:
        org.post(URL, status=503, headers={"Retry-After": "9"})
        org.post(URL, json={"access_token": "token-1", "instance_url": INSTANCE})
        tokens.current()
    assert fake_time.slept == [9.0]


@pytest.mark.parametrize("address", ["http://na1.example.com", "javascript:alert(1)", ""])
def test_a_token_for_an_unsafe_address_is_not_used(tokens: TokenProvider, address: str) -> None:
    with responses.RequestsMock() as org:
        org.post(URL, json={"access_token": "token-1", "instance_url": address})
        with pytest.raises(LoginRefused, match="not https"):
            tokens.current()


@pytest.mark.parametrize("body", ["<html>", "[]", '{"access_token": "x"}'])
def test_an_answer_that_is_not_salesforces_is_not_taken_for_one(tokens: TokenProvider, body: str) -> None:
    with responses.RequestsMock() as org:
        org.post(URL, body=body)
        with pytest.raises(LoginRefused, match="Check login_url"):
            tokens.current()


@pytest.mark.parametrize("key", ["canary", "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----"])
def test_a_key_that_cannot_sign_is_a_matter_of_settings_and_is_not_shown(
    settings: SalesforceSettings, fake_time: FakeTime, key: str
) -> None:
    with pytest.raises(ConfigError, match="private_key") as failed:
        provider(with_key(settings, key), fake_time).current()
    assert "canary" not in str(failed.value)
    assert failed.value.__cause__ is None
