from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import requests
import responses
import structlog
from requests.adapters import HTTPAdapter

from drawbar.middleware.http import HttpOptions, TimedAdapter, open_session

HERE = "https://vendor.example/api"


@pytest.fixture
def session() -> requests.Session:
    return open_session(TimedAdapter(HttpOptions(connect_timeout=3, read_timeout=7), system="vendor"))


def sent_options(session: requests.Session, **options: Any) -> dict[str, Any]:
    broken = mock.patch.object(HTTPAdapter, "send", autospec=True, side_effect=requests.ConnectionError)
    with broken as send, pytest.raises(requests.ConnectionError):
        session.get(HERE, **options)
    _, _, stream, timeout, verify, *_ = send.call_args.args
    return {"stream": stream, "timeout": timeout, "verify": verify}


def test_every_call_has_a_timeout(session: requests.Session) -> None:
    assert sent_options(session)["timeout"] == (3, 7)
    assert sent_options(session, timeout=(1, 2))["timeout"] == (1, 2)


def test_certificates_are_checked_by_our_own_authority_even_when_the_environment_names_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/other.pem")
    session = open_session(TimedAdapter(HttpOptions(ca_file=tmp_path / "ours.pem"), system="vendor"))
    assert sent_options(session)["verify"] == str(tmp_path / "ours.pem")


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "http://vendor.example/api", "https://vendor.example:8443/", "//evil.example/x"],
)
@responses.activate
def test_a_redirect_to_another_origin_is_not_followed(session: requests.Session, elsewhere: str) -> None:
    responses.get(HERE, status=302, headers={"Location": elsewhere})
    answer = session.get(HERE, headers={"Authorization": "Bearer secret"})
    assert (answer.status_code, len(responses.calls)) == (302, 1)


@responses.activate
def test_a_redirect_within_the_origin_is_followed_with_its_headers(session: requests.Session) -> None:
    responses.get(HERE, status=302, headers={"Location": "/api/v2"})
    responses.get("https://vendor.example/api/v2", body="there")
    answer = session.get(HERE, headers={"Authorization": "Bearer secret"})
    assert answer.text == "there"
    assert responses.calls[1].request.headers["Authorization"] == "Bearer secret"


@responses.activate
def test_a_password_in_netrc_does_not_replace_the_token(
    session: requests.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine vendor.example login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    responses.get(HERE, body="ok")
    session.get(HERE, headers={"Authorization": "Bearer token"})
    assert responses.calls[0].request.headers["Authorization"] == "Bearer token"


@responses.activate
def test_the_log_names_method_host_path_and_status_and_no_secret(session: requests.Session) -> None:
    responses.post(HERE, json={"ssn": "078-05-1120"})
    with structlog.testing.capture_logs() as logs:
        session.post(f"{HERE}?token=canary", data="078-05-1120", headers={"Authorization": "Bearer canary"})
    assert len(logs) == 1
    expected = {"method": "POST", "host": "vendor.example", "path": "/api", "status": 200}
    assert {name: logs[0][name] for name in expected} == expected
    assert "canary" not in str(logs)
    assert "078-05" not in str(logs)


@responses.activate
def test_vendors_see_who_calls(session: requests.Session) -> None:
    responses.get(HERE)
    session.get(HERE)
    assert responses.calls[0].request.headers["User-Agent"].startswith("drawbar/")
