"""The Web Connector's calls by their names in Intuit's contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel

from drawbar.connectors.quickbooks_desktop.calls import (
    Authenticate,
    ClientVersion,
    NotReached,
    ReceiveResponse,
    SendRequest,
    ServerVersion,
    Ticketed,
)
from drawbar.connectors.quickbooks_desktop.web_connector import NOT_YOU, WebConnector
from drawbar.middleware.server.soap.contract import Contract
from drawbar.middleware.server.soap.parsing import XmlLimits
from drawbar.middleware.server.soap.service import Answering, ContractService, OpenGate, validated

CONTRACT: Final = Path(__file__).parent / "web_connector.wsdl"
PATH: Final = "/quickbooks-desktop"
"""Where the service is found at the hub's server."""

Asked = TypeVar("Asked", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class _Method(Generic[Asked]):
    """An operation by its name in the contract, which also names its result."""

    name: str
    model: type[Asked]
    handle: Callable[[Asked, datetime], str | int | Sequence[str]]

    def answer(self, asked: Mapping[str, object], _peer: str, now: datetime) -> Mapping[str, Any]:
        result = self.handle(validated(self.model, asked), now)
        return {f"{self.name}Result": result if isinstance(result, (str, int)) else {"string": list(result)}}


@dataclass(frozen=True, slots=True)
class _LogIn:
    """The operation that proves who calls; `refused` hears of the address of each who could not."""

    method: _Method[Authenticate]
    refused: Callable[[str], None]

    def answer(self, asked: Mapping[str, object], peer: str, now: datetime) -> Mapping[str, Any]:
        answer = self.method.answer(asked, peer, now)
        if NOT_YOU in answer[f"{self.method.name}Result"]["string"]:
            self.refused(peer)
        return answer


def web_connector_service(connector: WebConnector, refused: Callable[[str], None]) -> ContractService[str]:
    """Give the service; who calls is known by the user, the password and the ticket of the operations themselves.

    `refused` hears of the address of each wrong log-in; it may raise when those were too many.
    """
    operations: dict[str, Answering[str]] = {
        "serverVersion": _Method("serverVersion", ServerVersion, connector.server_version),
        "clientVersion": _Method("clientVersion", ClientVersion, connector.client_version),
        "authenticate": _LogIn(_Method("authenticate", Authenticate, connector.authenticate), refused),
        "sendRequestXML": _Method("sendRequestXML", SendRequest, connector.send_request),
        "receiveResponseXML": _Method("receiveResponseXML", ReceiveResponse, connector.receive_response),
        "connectionError": _Method("connectionError", NotReached, connector.connection_error),
        "getLastError": _Method("getLastError", Ticketed, connector.get_last_error),
        "closeConnection": _Method("closeConnection", Ticketed, connector.close_connection),
    }
    limits = XmlLimits(body_bytes=10_000_000)
    return ContractService(Contract.read(CONTRACT), OpenGate(), operations, limits, lenient=True)
