"""An org that is answered for by `responses`, and time that passes only when somebody sleeps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr

from drawbar.connectors.salesforce.client import SalesforceClient
from drawbar.connectors.salesforce.settings import SalesforceSettings
from drawbar.connectors.salesforce.target import SalesforceTarget
from tests.fake_time import FakeTime

LOGIN = "https://example.my.salesforce.com"
INSTANCE = "https://na1.example.com"
BASE = f"{INSTANCE}/services/data/v67.0"
EXTERNAL_IDS = {
    "Account": "LeaseWorks_Id__c",
    "Lease_Account__c": "LeaseWorks_Id__c",
    "Payment__c": "Payment_Key__c",
    "Case": "Case_Key__c",
}


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime()


@pytest.fixture(scope="session")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    encoding = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(*encoding).decode()


@pytest.fixture
def settings() -> SalesforceSettings:
    return SalesforceSettings(
        login_url=LOGIN, auth="client_credentials", client_id="3MVG9", client_secret=SecretStr("s3cret-canary")
    )


@pytest.fixture
def org() -> Iterator[responses.RequestsMock]:
    """An org that logs in once and again; each test adds its own answers."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as org:
        org.post(f"{LOGIN}/services/oauth2/token", json={"access_token": "token-1", "instance_url": INSTANCE})
        org.post(f"{LOGIN}/services/oauth2/token", json={"access_token": "token-2", "instance_url": INSTANCE})
        yield org


@pytest.fixture
def client(settings: SalesforceSettings, fake_time: FakeTime, org: responses.RequestsMock) -> SalesforceClient:
    return SalesforceClient(settings, clocks=fake_time.clocks)


@pytest.fixture
def target(client: SalesforceClient, fake_time: FakeTime) -> SalesforceTarget:
    return SalesforceTarget(client, EXTERNAL_IDS, clock=fake_time.monotonic, sleep=fake_time.sleep)
