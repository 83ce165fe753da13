"""How Orion is reached: the `[orion]` tables of `drawbar.toml`."""

from __future__ import annotations

from typing import Final

from pydantic import Field, field_validator, model_validator
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from drawbar.middleware.settings import Secret, Section, SftpServer

SYSTEM: Final = "Orion"


class OrionSftpSettings(SftpServer):
    """The SFTP server that Orion takes deliveries from. Its host key is always verified."""

    folder: str = Field("inbound", min_length=1, description="folder, which must be there, that Drawbar delivers to")


class OrionSqlSettings(Section):
    """The database that Orion reads; Drawbar makes the tables."""

    url: str = Field(description="SQLAlchemy URL of the database, without password")
    password: Secret | None = Field(None, description="password for the URL, kept out of it")
    db_schema: str = Field("", description="schema, which must be there, for the tables; empty: the user's own")
    timeout_seconds: int = Field(60, ge=1, le=3600, description="how long one statement may take")

    @field_validator("url")
    @classmethod
    def _without_password(cls, url: str) -> str:
        try:
            parsed = make_url(url)
        except ArgumentError:
            raise ValueError("is not a database URL such as postgresql://drawbar@host/orion") from None
        if parsed.password is not None:
            raise ValueError("must hold no password; set password")
        return url


class OrionSettings(Section):
    """The Orion connector: data sets are delivered by every way that has a table here."""

    sftp: OrionSftpSettings | None = None
    sql: OrionSqlSettings | None = None

    @model_validator(mode="after")
    def _some_way(self) -> OrionSettings:
        if self.sftp is None and self.sql is None:
            raise ValueError("give [orion.sftp], [orion.sql] or both")
        return self
