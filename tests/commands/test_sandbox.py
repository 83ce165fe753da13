"""`drawbar sandbox` from the command line."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import requests
from click.testing import CliRunner

from drawbar.commands.sandbox import SECRETS, sandbox

PORTS = ("--port", "0", "--http-port", "0", "--sftp-port", "0")
START = "from drawbar.commands.sandbox import sandbox; sandbox()"
LAST_LINE = "Stop with Ctrl-C."
PATIENCE_SECONDS = 60


@contextmanager
def running(
    data: Path, *options: str, until: str = LAST_LINE, **environment: str
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Start a sandbox in a process of its own, and give what it prints until it serves."""
    command = [sys.executable, "-c", START, "--data", str(data), *PORTS, *options]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={"HOME": str(data), **environment}
    )
    watchdog = threading.Timer(PATIENCE_SECONDS, process.kill)
    watchdog.start()
    try:
        assert process.stdout is not None
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if until in line:
                break
        yield "".join(lines), process
    finally:
        process.kill()
        process.communicate()
        watchdog.cancel()


def log_in(printed: str, secret: str) -> requests.Response:
    (url,) = re.findall(r"plain HTTP: +(\S+)", printed)
    form = {"grant_type": "client_credentials", "client_id": "drawbar-sandbox", "client_secret": secret}
    return requests.post(f"{url}/services/oauth2/token", data=form, timeout=10)


def test_it_says_how_to_reach_it_and_stops_when_asked(tmp_path: Path) -> None:
    with running(tmp_path, "--empty") as (printed, process):
        (secret_file,) = re.findall(r"client secret: +(\S+)", printed)
        secret = Path(secret_file).read_text()
        assert log_in(printed, secret.strip()).status_code == 200
        assert secret.strip() not in printed
        for file in re.findall(r"(?:trust|password|JWT key|known_hosts): +(\S+)", printed):
            assert Path(file).exists()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_it_says_as_json_what_settings_reach_it(tmp_path: Path) -> None:
    with running(tmp_path, "--json", until="}") as (printed, _):
        found = json.loads(printed.splitlines()[-1])
        assert found == json.loads((tmp_path / "addresses.json").read_text())
        assert requests.get(found["pages"], timeout=10).status_code == 200


def test_secrets_come_by_environment_and_are_not_shown(tmp_path: Path) -> None:
    with running(tmp_path, "--empty", DRAWBAR_SANDBOX_CLIENT_SECRET="very-secret") as (printed, _):
        assert log_in(printed, "very-secret").status_code == 200
        assert "very-secret" not in printed
        assert re.search(r"client secret: +as given", printed)


def test_secrets_come_by_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("very-secret\n")
    with running(tmp_path, "--empty", "--client-secret-file", str(file)) as (printed, _):
        assert log_in(printed, "very-secret").status_code == 200
        assert "very-secret" not in printed


def test_no_secret_is_an_option() -> None:
    names = {name for each in sandbox.params for name in each.opts}
    assert {name for name in names if "secret" in name or "password" in name} == {
        "--client-secret-file",
        "--password-file",
    }
    assert {"--port", "--http-port", "--data", "--empty", "--client-id", "--user", "--jwt-public-key"} <= names


def test_a_key_that_is_none_is_told(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text("no key")
    result = CliRunner().invoke(sandbox, ["--data", str(tmp_path), "--empty", "--jwt-public-key", str(key)])
    assert result.exit_code == 1
    assert "key.pem is no PEM file of a public key or certificate" in result.output


def test_metadata_that_cannot_be_played_is_told(tmp_path: Path) -> None:
    file = tmp_path / "sfdx" / "objects" / "Lease__c" / "Lease__c.object-meta.xml"
    file.parent.mkdir(parents=True)
    file.write_text("<CustomObject>")
    arguments = ["--data", str(tmp_path / "data"), "--empty", "--metadata", str(tmp_path / "sfdx")]
    result = CliRunner().invoke(sandbox, arguments)
    assert result.exit_code == 1
    assert "Lease__c.object-meta.xml" in result.output


def test_its_other_commands_are_below_it() -> None:
    assert {"fault", "faults", "meter", "deliver", "edit", "leaseworks"} <= set(sandbox.commands)


def test_the_document_names_every_option_and_variable() -> None:
    text = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text()
    for each in sandbox.params:
        if isinstance(each, click.Option):
            assert f"`{each.opts[0]}`" in text
            assert f"`{each.envvar}`" in text or each.envvar is None
    for variable in SECRETS.values():
        assert f"`{variable}`" in text
