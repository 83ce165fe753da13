"""Settings of what speaks SOAP at the hub's server."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, field_validator

from drawbar.middleware.settings import Secret, Section


class SoapSettings(Section):
    """SOAP at the hub's own server."""

    public_url: str = Field(
        "", description="address at which others reach the server, such as https://hub.example.com; WSDL files name it"
    )
    digest_passwords: dict[str, Secret] = Field(
        {}, description="passwords of clients whose programs send a password digest, by the client's name"
    )

    @field_validator("public_url")
    @classmethod
    def _address_alone(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and not (parts.scheme in {"http", "https"} and parts.hostname):
            raise ValueError("must be https:// (http:// for tests) and a host")
        if parts.username or parts.query or parts.fragment:
            raise ValueError("must hold neither user nor query")
        return url.rstrip("/")

    @field_validator("digest_passwords")
    @classmethod
    def _long_enough(cls, passwords: dict[str, Secret]) -> dict[str, Secret]:
        if any(len(each.get_secret_value()) < 16 for each in passwords.values()):  # noqa: PLR2004
            raise ValueError("must have 16 characters or more")
        return passwords
