from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from drawbar.connectors.salesforce.settings import SalesforceSettings
from drawbar.middleware.errors import ConfigError
from drawbar.middleware.settings import HubSettings, load_settings


def settings(**changes: object) -> SalesforceSettings:
    values: dict[str, object] = {
        "login_url": "https://example.my.salesforce.com",
        "client_id": "3MVG9",
        "username": "hub@example.com",
        "private_key": SecretStr("PEM-canary"),
    }
    return SalesforceSettings.model_validate({**values, **changes})


@pytest.mark.parametrize(
    "url",
    [
        "http://example.my.salesforce.com",
        "ftp://x",
        "example.my.salesforce.com",
        "https://x.com/path",
        "https://u@x.com",
    ],
)
def test_secrets_travel_only_to_a_plain_https_origin(url: str) -> None:
    with pytest.raises(ValidationError, match="must be"):
        settings(login_url=url)


def test_plain_http_is_for_this_machine_alone() -> None:
    assert settings(login_url="http://127.0.0.1:8080/").login_url == "http://127.0.0.1:8080"


@pytest.mark.parametrize("missing", [{"username": ""}, {"private_key": None}, {"auth": "client_credentials"}])
def test_each_flow_needs_what_it_logs_in_with(missing: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="needs"):
        settings(**missing)


def test_the_api_version_is_pinned() -> None:
    assert settings().api_version == "67.0"


def test_no_secret_shows_in_a_repr_a_dump_or_an_error() -> None:
    held = settings(client_secret=SecretStr("secret-canary"))
    with pytest.raises(ValidationError) as failed:
        settings(client_secret={"canary": 1}, username="")
    for text in (repr(held), str(held), held.model_dump_json(), str(failed.value)):
        assert "canary" not in text


class Hub(HubSettings):
    salesforce: SalesforceSettings


def test_a_private_key_comes_from_a_file_and_a_secret_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key.pem").write_text("PEM\n")
    monkeypatch.setenv("SF_SECRET", "from-env")
    (tmp_path / "drawbar.toml").write_text(
        f"""
        [salesforce]
        login_url = "https://example.my.salesforce.com"
        client_id = "3MVG9"
        username = "hub@example.com"
        private_key = "file:{tmp_path / "key.pem"}"
        client_secret = "env:SF_SECRET"
        """
    )
    held = load_settings(Hub, tmp_path / "drawbar.toml").salesforce
    assert held.private_key is not None
    assert held.client_secret is not None
    assert (held.private_key.get_secret_value(), held.client_secret.get_secret_value()) == ("PEM", "from-env")


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "drawbar.toml").write_text(
        '[salesforce]\nlogin_url = "https://x.my.salesforce.com"\nclient_id = "c"\nprivate_key = "file:/nowhere.pem"'
    )
    with pytest.raises(ConfigError, match=r"salesforce.private_key.*/nowhere\.pem"):
        load_settings(Hub, tmp_path / "drawbar.toml")
