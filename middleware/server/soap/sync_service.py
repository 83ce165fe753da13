"""Sync requests by SOAP: the models, the inbox and the answers are those of REST."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from drawbar.middleware.server.soap.contract import Contract
from drawbar.middleware.server.soap.service import ContractService, Gate, Operation
from drawbar.middleware.server.sync_requests import SyncProgress, SyncRequest, SyncRequests

CONTRACT: Final = Path(__file__).parent / "sync_service.wsdl"


class NamedSyncRequest(SyncRequest):
    """A sync request that may bring the id under which it is known if it comes again."""

    request_id: str | None = Field(None, min_length=1, max_length=200)


class SyncRequestId(BaseModel):
    """Names a request of the caller."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str


@dataclass(frozen=True, slots=True)
class SyncOperations:
    """Hands calls over to what REST uses."""

    requests: SyncRequests

    def ask(self, asked: NamedSyncRequest, caller: str, _now: datetime) -> SyncProgress:
        """Store a request, then answer; raises Conflict for an id that was used for another record."""
        request = SyncRequest(object=asked.object, key=asked.key)
        return self.requests.ask_and_wait(request, caller, asked.request_id or secrets.token_hex(16))

    def tell(self, asked: SyncRequestId, caller: str, _now: datetime) -> SyncProgress:
        return self.requests.progress(asked.id, caller)


def sync_service(requests: SyncRequests, gate: Gate[str]) -> ContractService[str]:
    """Give the service."""
    operations = SyncOperations(requests)
    return ContractService(
        Contract.read(CONTRACT), gate,
        {
            "RequestSync": Operation(NamedSyncRequest, operations.ask),
            "GetSyncRequest": Operation(SyncRequestId, operations.tell),
        },
    )  # fmt: skip
