"""Settings of the hub's own server."""

from __future__ import annotations

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Final, Self

from pydantic import Field, field_validator, model_validator

from drawbar.middleware.settings import Secret, Section

_SIGNING_KEY: Final = re.compile(r"whsec_(?:[A-Za-z0-9+/]{4}){8,22}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
"""What standardwebhooks says of a key: 24 to 64 bytes."""


class WebhookSettings(Section):
    """A system that signs its webhooks as standardwebhooks says."""

    keys: list[Secret] = Field(
        min_length=1, max_length=2, description="signing keys (`whsec_…`); a second one while the first is replaced"
    )

    @field_validator("keys")
    @classmethod
    def _usable(cls, keys: list[Secret]) -> list[Secret]:
        if not all(_SIGNING_KEY.fullmatch(key.get_secret_value()) for key in keys):
            raise ValueError("must be whsec_ and 24 bytes or more in base64, such as: openssl rand -base64 32")
        return keys


class ServerSettings(Section):
    """Where `drawbar serve` listens, and what it lets through."""

    address: str = Field("127.0.0.1", min_length=1, description="address to listen at")
    port: int = Field(8080, ge=0, le=65_535, description="port to listen at; 0 takes a free one")
    tls_certificate: Path | None = Field(
        None, description="certificate chain (PEM); without it something in front has to speak TLS"
    )
    tls_key: Path | None = Field(None, description="private key (PEM) of the certificate")
    trusted_proxies: list[str] = Field(
        [],
        description="addresses or networks of proxies, such as nginx in front: what they tell of a caller is believed",
    )
    body_limit: int = Field(10_000_000, ge=1_000, description="bytes that a request may have")
    request_seconds: float = Field(30, gt=0, description="seconds that a request may take, from first byte to answer")
    stop_seconds: int = Field(25, ge=1, description="seconds that requests under way get when the server is stopped")
    calls_per_minute: int = Field(1_200, ge=1, description="calls that each caller may make in a minute")
    token_key: Secret | None = Field(
        None, description="32 random bytes or more that sign access tokens; needed when several servers share callers"
    )
    token_seconds: int = Field(900, ge=60, le=3_600, description="seconds for which an access token is good")
    webhooks: dict[str, WebhookSettings] = Field(
        {}, description="systems that tell of changed records, each with its keys"
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses(cls, proxies: list[str]) -> list[str]:
        for each in proxies:
            try:
                ip_network(each)
            except ValueError:
                raise ValueError("must be addresses or networks, such as 127.0.0.1 or 10.0.0.0/8") from None
        return proxies

    @field_validator("token_key")
    @classmethod
    def _long_enough(cls, key: Secret | None) -> Secret | None:
        if key is not None and len(key.get_secret_value().encode()) < 32:  # noqa: PLR2004  (as long as SHA-256)
            raise ValueError("must have 32 bytes or more, such as: openssl rand -base64 32")
        return key

    @model_validator(mode="after")
    def _certificate_with_key(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key go together")
        return self
