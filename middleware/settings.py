"""Settings: one TOML file and the environment, typed, checked at start; secrets by reference, never shown."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from drawbar.middleware.errors import ConfigError


def resolve_secret(value: Any) -> Any:
    """Follow a reference to a secret: `env:NAME`, `file:/path`, `keyring:service/user`; anything else is the secret.

    Raises ValueError, which names the reference but never a value, when nothing is found there.
    """
    if not isinstance(value, str):
        return value
    kind, _, place = value.partition(":")
    resolver = _RESOLVERS.get(kind)
    return resolver(place) if resolver and place else value


def _from_environment(name: str) -> str:
    if name not in os.environ:
        message = f"environment variable {name} is not set"
        raise ValueError(message)
    return os.environ[name]


def _from_file(path: str) -> str:
    try:
        return Path(path).expanduser().read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        message = f"secret file {path} cannot be read ({error.strerror})"
        raise ValueError(message) from None


def _from_keyring(place: str) -> str:
    import keyring  # noqa: PLC0415  (most settings name no keyring)
    from keyring.errors import KeyringError  # noqa: PLC0415

    service, _, user = place.partition("/")
    try:
        secret = keyring.get_password(service, user)
    except KeyringError as error:
        message = f"keyring is not usable ({type(error).__name__})"
        raise ValueError(message) from None
    if secret is None:
        message = f"keyring holds nothing for {place}; run: keyring set {service} {user}"
        raise ValueError(message)
    return secret


_RESOLVERS = {"env": _from_environment, "file": _from_file, "keyring": _from_keyring}

Secret = Annotated[SecretStr, BeforeValidator(resolve_secret)]
"""A secret given as itself (environment only, by custom) or as `env:`, `file:` or `keyring:` reference."""


class Section(BaseModel):
    """A table of `drawbar.toml`; a name that it does not know is an error, not a silent default.

    `former_names` are names that settings had before, each with the one that it has now: the error says so.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    former_names: ClassVar[Mapping[str, str]] = {}

    @model_validator(mode="before")
    @classmethod
    def _no_former_name(cls, given: object) -> object:
        for former, name in cls.former_names.items():
            if isinstance(given, Mapping) and former in given:
                raise ValueError(f"{former} is called {name} now; write {name}")
        return given


class SftpServer(Section):
    """An SFTP server of somebody else and how we log in. Its host key is always verified."""

    host: str = Field(min_length=1, description="name or address of the server")
    port: int = Field(22, ge=1, le=65535, description="its port")
    user: str = Field(min_length=1, description="user that Drawbar logs in as")
    password: Secret | None = Field(None, description="password, when there is no private key")
    private_key: Path | None = Field(None, description="file of our private key (OpenSSH or PEM)")
    private_key_passphrase: Secret | None = Field(None, description="passphrase of that file")
    known_hosts: Path = Field(description="file with the server's host key, in the form of ssh-keyscan")
    connect_timeout_seconds: float = Field(15, gt=0, le=300, description="to open a connection and log in")
    timeout_seconds: float = Field(60, gt=0, le=3600, description="how long one answer of the server may take")

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if (self.password is None) == (self.private_key is None):
            message = "give either password or private_key"
            raise ValueError(message)
        return self


class DatabaseSettings(Section):
    """Where the hub keeps its state."""

    url: str = Field("", description="SQLAlchemy URL; empty means SQLite in the data folder")
    password: Secret | None = Field(None, description="password for the URL, kept out of it")

    @field_validator("url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if url and not url.startswith(("postgresql://", "postgresql+psycopg://", "sqlite:///")):
            raise ValueError("must begin with postgresql:// or sqlite:///")
        return url


class SyncSettings(Section):
    """How the sync core weighs safety against work."""

    max_shrink_percent: float = Field(
        20, ge=0, le=100, description="stop when more of the known keys than this are gone"
    )
    shrink_floor: int = Field(
        20, ge=0, description="so many known keys may go whatever share that is, unless all are gone"
    )
    bulk_above: int = Field(2_000, ge=1, description="use a bulk job above so many records of one object")
    max_attempts: int = Field(5, ge=1, description="tries per record before it becomes a dead letter")
    keep_days: int = Field(
        30, ge=1, description="fetched deliveries are kept so long, the last one for good; handled messages too"
    )
    split_above: int = Field(
        2_000_000, ge=1, description="a file with more rows is taken in parts of about so many, by all workers together"
    )
    sample: int = Field(3, ge=0, le=100, description="how many changed records per object a run shows field by field")


SHORTEST_MEMORY_DAYS: Final = 7
"""Positions of so many days are known at least: makers are asked for some days back, and again when a run died."""

CONTACTS_COUNT_DAYS: Final = 60
"""No limit of messages looks further back."""


class RetentionSettings(Section):
    """How long the hub knows what it no longer works with; the job `prune` forgets it. 0 keeps for good."""

    positions_days: int = Field(
        30,
        ge=0,
        description="positions of trucks that were sent; in Salesforce they stay",
    )
    deliveries_days: int = Field(
        0, ge=0, description="attempts to write to Salesforce, but the newest of each record; drawbar show tells fewer"
    )
    failures_days: int = Field(400, ge=0, description="failures that were settled")
    messages_days: int = Field(
        0, ge=0, description="messages to and from lessees that came to an end; in Salesforce they stay"
    )

    @field_validator("messages_days")
    @classmethod
    def _beyond_what_counts(cls, days: int) -> int:
        if 0 < days < CONTACTS_COUNT_DAYS:
            raise ValueError(f"must be 0 or {CONTACTS_COUNT_DAYS} or more: younger messages may count in a limit")
        return days

    @field_validator("positions_days")
    @classmethod
    def _beyond_what_is_asked_for(cls, days: int) -> int:
        if 0 < days < SHORTEST_MEMORY_DAYS:
            raise ValueError(f"must be 0 or {SHORTEST_MEMORY_DAYS} or more: younger positions are read again")
        return days


class WorkerSettings(Section):
    """How processes look after each other's work."""

    hung_after_seconds: int = Field(
        900, ge=1, description="a process whose work has stood still for so long ends itself; others take it over"
    )


class LogSettings(Section):
    """What is logged, and how."""

    level: str = Field(
        "INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="DEBUG, INFO, WARNING or ERROR: that and graver"
    )
    format: str = Field(
        "auto", pattern="^(auto|console|json)$", description="auto: console on a terminal, else JSON lines"
    )


class MetricsSettings(Section):
    """Where `drawbar worker` serves metrics for Prometheus."""

    address: str = Field("127.0.0.1", min_length=1, description="address to listen at; nobody is asked who he is")
    port: int = Field(0, ge=0, le=65_535, description="port of /metrics; 0: none, unless --metrics-port names one")


class TracingSettings(Section):
    """Where traces of runs are sent."""

    endpoint: str = Field(
        "", description="OTLP/HTTP address of a collector, such as http://127.0.0.1:4318; empty: none are made"
    )

    @field_validator("endpoint")
    @classmethod
    def _address_alone(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and not (parts.scheme in {"http", "https"} and parts.hostname):
            raise ValueError("must be http:// or https:// and a host")
        if parts.username or parts.password or parts.query:
            raise ValueError("must hold no password; set OTEL_EXPORTER_OTLP_HEADERS in the environment")
        return value


class HubSettings(BaseSettings):
    """What the hub itself needs; every connector adds a section of its own."""

    model_config = SettingsConfigDict(
        env_prefix="DRAWBAR_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    data_folder: Path = Field(Path("drawbar-data"), description="deliveries, archives, the SQLite file")
    database: DatabaseSettings = DatabaseSettings()
    sync: SyncSettings = SyncSettings()
    retention: RetentionSettings = RetentionSettings()
    workers: WorkerSettings = WorkerSettings()
    log: LogSettings = LogSettings()
    metrics: MetricsSettings = MetricsSettings()
    tracing: TracingSettings = TracingSettings()

    @field_validator("data_folder")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @property
    def database_url(self) -> str:
        """The URL to open, with the password put in."""
        from sqlalchemy import make_url  # noqa: PLC0415  (keeps `drawbar --help` fast)

        if not self.database.url:
            return f"sqlite:///{self.data_folder / 'drawbar.db'}"
        url = make_url(self.database.url)
        if self.database.password is not None:
            url = url.set(password=self.database.password.get_secret_value())
        return url.render_as_string(hide_password=False)


SettingsT = TypeVar("SettingsT", bound=HubSettings)


def load_settings(model: type[SettingsT], path: Path | None) -> SettingsT:
    """Read settings: environment first, then the TOML file (when there is one), then defaults.

    Raises ConfigError that lists every wrong or missing setting by name, never a value.
    """

    class FromFile(model):  # type: ignore[valid-type,misc]
        model_config = SettingsConfigDict(toml_file=path)

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            *sources: PydanticBaseSettingsSource,
            **named: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            del sources
            return (named["init_settings"], named["env_settings"], TomlConfigSettingsSource(settings_cls))

    if path is not None and not path.exists():
        raise ConfigError(f"there is no settings file {path}", remedy="Run: drawbar init")
    try:
        loaded = FromFile()
    except ValidationError as error:
        wrong = "; ".join(f"{_dotted(item['loc'])}: {item['msg']}" for item in error.errors(include_input=False))
        raise ConfigError(f"settings are not usable: {wrong}", remedy=f"Mend {path or 'the environment'}.") from None
    except ValueError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}", remedy="Mend the line it names.") from None
    return loaded


def _dotted(place: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in place)
