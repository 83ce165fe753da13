from __future__ import annotations

from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from pydantic import ValidationError

from drawbar.jobs.wiring import Settings
from drawbar.middleware.errors import ConfigError
from drawbar.middleware.settings import TracingSettings, load_settings

CANARY = "canary-7f3a"


def written(folder: Path, text: str) -> Path:
    path = folder / "drawbar.toml"
    path.write_text(text, encoding="utf-8")
    return path


def database(secret: str) -> str:
    return f'[database]\nurl = "postgresql://hub@db.example/drawbar"\npassword = "{secret}"\n'


def test_without_a_file_the_hub_lives_in_a_folder_here() -> None:
    settings = load_settings(Settings, None)

    assert settings.database_url == f"sqlite:///{Path.cwd() / 'drawbar-data' / 'drawbar.db'}"


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, "[sync]\nbulk_above = 10\nmax_attempts = 7\n")
    monkeypatch.setenv("DRAWBAR_SYNC__BULK_ABOVE", "20")

    settings = load_settings(Settings, path)

    assert (settings.sync.bulk_above, settings.sync.max_attempts) == (20, 7)


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{CANARY}\n", encoding="utf-8")

    settings = load_settings(Settings, written(tmp_path, database(f"file:{tmp_path / 'secret'}")))

    assert settings.database_url == f"postgresql://hub:{CANARY}@db.example/drawbar"


def test_a_secret_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_PASSWORD", CANARY)

    settings = load_settings(Settings, written(tmp_path, database("env:HUB_PASSWORD")))

    assert settings.database.password is not None
    assert settings.database.password.get_secret_value() == CANARY


class OneEntryKeyring(KeyringBackend):
    """A keyring that holds one secret."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        return CANARY if (service, username) == ("drawbar", "hub") else None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise PermissionError(service)


@pytest.fixture
def one_entry() -> object:
    before = keyring.get_keyring()
    keyring.set_keyring(OneEntryKeyring())  # type: ignore[no-untyped-call]
    yield
    keyring.set_keyring(before)


@pytest.mark.usefixtures("one_entry")
def test_a_secret_comes_from_the_keyring(tmp_path: Path) -> None:
    settings = load_settings(Settings, written(tmp_path, database("keyring:drawbar/hub")))

    assert settings.database.password is not None
    assert settings.database.password.get_secret_value() == CANARY


@pytest.mark.usefixtures("one_entry")
@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("env:NOT_THERE", "environment variable NOT_THERE is not set"),
        ("file:/not/there", "secret file /not/there cannot be read"),
        ("keyring:drawbar/other", "keyring holds nothing for drawbar/other; run: keyring set drawbar other"),
    ],
)
def test_a_secret_that_is_not_there_is_named_by_its_place(tmp_path: Path, reference: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_settings(Settings, written(tmp_path, database(reference)))


def test_a_secret_is_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_PASSWORD", CANARY)
    settings = load_settings(Settings, written(tmp_path, database("env:HUB_PASSWORD")))

    assert CANARY not in f"{settings!r} {settings} {settings.database!r} {settings.model_dump()}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[sync]\nbulk_abov = 1\n", "sync.bulk_abov: Extra inputs are not permitted"),
        ("[sync]\nbulk_above = 0\n", "sync.bulk_above: Input should be greater than or equal to 1"),
        ("colour = 1\n", "colour: Extra inputs are not permitted"),
        ("[schedule]\ntime_zone = 'Mars'\n", "schedule.time_zone: .*is not a time zone"),
        ("[schedule]\naccounts = 'daily'\n", "schedule.accounts: .*is not a cron expression"),
        ("[database]\nurl = 'mysql://db.example/drawbar'\n", "database.url: .*must begin with postgresql://"),
        (
            "[mail]\nhost = 'h'\nsender = 'a@b.example'\ncertificates = '/x'\n",
            "mail: .*certificates is called ca_file now",
        ),
        ("[agent_mail.smtp]\nhost = 'h'\nprotection = 'tls'\n", "smtp: .*protection is called security now"),
        ("[sync\n", "is not valid TOML"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_settings(Settings, written(tmp_path, text))


def test_all_wrong_settings_are_named_at_once_and_no_value_is(tmp_path: Path) -> None:
    path = written(tmp_path, f'[sync]\nbulk_above = "{CANARY}"\nmax_attempts = "{CANARY}"\n')

    with pytest.raises(ConfigError) as caught:
        load_settings(Settings, path)

    assert "sync.bulk_above" in str(caught.value)
    assert "sync.max_attempts" in str(caught.value)
    assert CANARY not in str(caught.value)


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no settings file .* Run: drawbar init"):
        load_settings(Settings, tmp_path / "other.toml")


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        ("collector:4318", "must be http:// or https:// and a host"),
        ("http://", "must be http:// or https:// and a host"),
        ("https://joe:secret@collector.example", "must hold no password"),
        ("https://collector.example/?key=secret", "must hold no password"),
    ],
)
def test_where_traces_go_is_an_address_without_a_secret(endpoint: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        TracingSettings(endpoint=endpoint)


def test_traces_may_go_to_a_collector_in_the_house() -> None:
    assert TracingSettings(endpoint="http://collector:4318").endpoint == "http://collector:4318"
    assert TracingSettings().endpoint == ""
