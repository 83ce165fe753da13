"""Where LeaseWorks' exports are found and how they are read: the `[leaseworks]` tables of `drawbar.toml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from drawbar.connectors.leaseworks.default_layout import DEFAULT_LAYOUT
from drawbar.connectors.leaseworks.import_layout import ImportLayoutSettings
from drawbar.connectors.leaseworks.layout import EntityLayout, LayoutSettings, effective_layouts
from drawbar.connectors.leaseworks.records import ENTITIES
from drawbar.connectors.leaseworks.rowparser import check_texts
from drawbar.middleware.settings import Secret, Section, SftpServer

DELIVERY_NAME = r"LW-(?P<date>\d{8})-(?P<sequence>\d{3})"


class SftpSettings(SftpServer):
    """The SFTP server that LeaseWorks delivers to. Its host key is always verified."""

    outbound: str = Field("outbound", description="folder that LeaseWorks writes deliveries to")
    archive: str = Field("archive", description="folder that Drawbar moves processed deliveries to")


class FolderSettings(Section):
    """A local or mounted folder that LeaseWorks delivers to."""

    path: Path = Field(description="the folder")
    outbound: str = Field("outbound", description="folder below path that LeaseWorks writes deliveries to")
    archive: str = Field("archive", description="folder below path that Drawbar moves processed deliveries to")


class SqlSettings(Section):
    """A database with one read-only view per entity."""

    url: str = Field(min_length=1, description="SQLAlchemy URL without password")
    password: Secret | None = Field(None, description="password for the URL, kept out of it")
    views: dict[str, str] = Field(min_length=1, description="entity = view, or schema.view")
    overlap_minutes: int = Field(15, ge=0, le=10_080, description="read again what changed so long before the last row")
    page_rows: int = Field(5_000, ge=1, le=100_000, description="rows that are asked for at once")
    timeout_seconds: int = Field(60, ge=1, le=3600, description="how long one statement may take")

    @field_validator("views")
    @classmethod
    def _known_entities(cls, views: dict[str, str]) -> dict[str, str]:
        unknown = sorted(views.keys() - ENTITIES.keys())
        if unknown:
            message = f"{', '.join(unknown)} is not an entity; there are {', '.join(ENTITIES)}"
            raise ValueError(message)
        return views


class PgpSettings(Section):
    """How encrypted files of a delivery are opened."""

    private_key: Path = Field(description="file of our private key, binary or armored")
    passphrase: Secret | None = Field(None, description="passphrase of that file")
    sender_key: Path | None = Field(None, description="LeaseWorks' public key; when given, files must be signed by it")


class ImportSettings(Section):
    """How people's changes in Salesforce reach LeaseWorks: by import files, at the place that deliveries come from."""

    folder: str = Field("inbound/imports", min_length=1, description="folder, which must be there, for imports")
    answers: str = Field("answers", min_length=1, description="folder in which LeaseWorks leaves its answers")
    answer_within_hours: int = Field(
        26, ge=1, le=1_000, description="an import that has no answer so long becomes a failure"
    )
    layout: ImportLayoutSettings = ImportLayoutSettings()


class LeaseWorksSettings(Section):
    """The LeaseWorks connector."""

    surface: Literal["sftp", "folder", "sql"] = Field(
        "sftp", description="what is read: deliveries by sftp or in a folder, or sql (views); its table is needed"
    )
    sftp: SftpSettings | None = None
    folder: FolderSettings | None = None
    sql: SqlSettings | None = None
    pgp: PgpSettings | None = None
    layout: LayoutSettings = LayoutSettings()
    imports: ImportSettings | None = Field(None, description="table: what LeaseWorks is told of changes in Salesforce")
    delivery_name: str = Field(DELIVERY_NAME, description="pattern of delivery names, with groups date and sequence")
    required_entities: tuple[str, ...] = Field(
        ("lessees", "accounts", "vehicles", "payments", "notes", "promises"),
        description="a delivery without one of these is damaged",
    )
    stale_after_hours: int = Field(80, ge=1, description="doctor warns when the newest delivery is older")

    @cached_property
    def layouts(self) -> Mapping[str, EntityLayout]:
        """The layout of every entity, with the settings' changes applied."""
        return effective_layouts(DEFAULT_LAYOUT, self.layout)

    @field_validator("delivery_name")
    @classmethod
    def _has_date_and_sequence(cls, pattern: str) -> str:
        try:
            groups = re.compile(pattern).groupindex.keys()
        except re.error as error:
            message = f"is not a regular expression: {error}"
            raise ValueError(message) from None
        if not {"date", "sequence"} <= groups:
            message = "needs the groups (?P<date>…) and (?P<sequence>…)"
            raise ValueError(message)
        return pattern

    @field_validator("required_entities")
    @classmethod
    def _entities_exist(cls, entities: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [entity for entity in entities if entity not in ENTITIES]
        if unknown:
            message = f"{', '.join(unknown)} is not an entity; there are {', '.join(ENTITIES)}"
            raise ValueError(message)
        return entities

    @model_validator(mode="after")
    def _usable(self) -> LeaseWorksSettings:
        if getattr(self, self.surface) is None:
            message = f"surface is {self.surface}, so [leaseworks.{self.surface}] is needed"
            raise ValueError(message)
        for entity, layout in effective_layouts(DEFAULT_LAYOUT, self.layout).items():
            try:
                check_texts(layout)
            except ValueError as error:
                message = f"layout.{entity}: {error}"
                raise ValueError(message) from None
        files = [layout.file for layout in self.layouts.values()]
        if len(set(files)) < len(files):
            message = f"two entities have the same file: {', '.join(sorted(files))}"
            raise ValueError(message)
        return self
