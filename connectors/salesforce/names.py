"""Gives records that people made in Salesforce the key by which the hub knows them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Protocol

from drawbar.connectors.salesforce.client import SalesforceClient
from drawbar.connectors.salesforce.soql import plain_name

_ID: Final = re.compile(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?")


class RecordNames(Protocol):
    """Names records."""

    def name(self, object_name: str, record_id: str, key: str) -> None:
        """Set the external id of a record that has none yet; safe to repeat."""
        ...


class SalesforceNames:
    """Implements `RecordNames`: one call per record, by Salesforce's own id."""

    def __init__(self, client: SalesforceClient, external_ids: Mapping[str, str]) -> None:
        self._client = client
        self._external_ids = external_ids

    def name(self, object_name: str, record_id: str, key: str) -> None:
        """Set the external id; raises SalesforceRefused when another record has it, or this one is gone."""
        if not _ID.fullmatch(record_id):
            raise ValueError(f"{record_id!r} is not the id of a record")
        place = f"sobjects/{plain_name(object_name)}/{record_id}"
        self._client.call("PATCH", place, body={self._external_ids[object_name]: key})
