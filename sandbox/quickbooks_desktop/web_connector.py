"""A simulated QuickBooks Web Connector: it visits the hub's server as the real one does, by Intuit's contract.

Source: Intuit, QuickBooks Web Connector Programmer's Guide 2.0 (2009), its beginning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import requests
import zeep
from lxml import etree
from zeep.transports import Transport

from drawbar.sandbox.quickbooks_desktop.company import FILE, Company

VERSION: Final = "2.3.0.215"
PAUSE_SECONDS: Final = 5
_SECONDS: Final = 30
_NO_VISIT: Final = frozenset({"none", "nvu"})
_WHOLE: Final = 100


@dataclass(frozen=True, slots=True)
class Application:
    """What a .qwc file says: where the application answers, and who the Web Connector is there."""

    name: str
    url: str
    user: str


def read_qwc(path: Path) -> Application:
    """Read a .qwc file; raises ValueError when it is none."""
    try:
        root = etree.fromstring(path.read_bytes(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as problem:
        raise ValueError(f"{path} is no XML: {problem}") from None
    found = Application(*(root.findtext(name, "") for name in ("AppName", "AppURL", "UserName")))
    if root.tag != "QBWCXML" or not (found.url and found.user):
        raise ValueError(f"{path} is no .qwc file with AppURL and UserName")
    return found


def service_at(url: str, session: requests.Session) -> Any:
    """Give the service at an address, by the contract that it serves; its calls raise what zeep raises."""
    transport = Transport(session=session, timeout=_SECONDS, operation_timeout=_SECONDS)  # type: ignore[no-untyped-call]
    client = zeep.Client(f"{url}?wsdl", transport=transport)  # type: ignore[no-untyped-call]
    return client.service


@dataclass
class Visited:
    """What a visit came to: the answers to the log-in, the percents, and what the Web Connector showed its user."""

    authenticated: list[str]
    percents: list[int] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    pauses: int = 0

    @property
    def let_in(self) -> bool:
        """Whether user and password were right."""
        return self.authenticated[1] != "nvu"


@dataclass
class Connector:
    """The Web Connector on one company; `service` are its calls. `on_pause` happens instead of five seconds."""

    service: Any
    company: Company
    user: str = "north"
    password: str = field(default="north password", repr=False)
    file: str = FILE
    on_pause: Callable[[], None] = lambda: None

    def visit(self) -> Visited:
        """Do what a scheduled update does, from log-in to the end."""
        self.service.serverVersion()
        warning = self.service.clientVersion(VERSION) or ""
        told = [each or "" for each in self.service.authenticate(self.user, self.password)]
        visited = Visited(told, shown=[warning] if warning else [])
        if told[1] not in _NO_VISIT:
            self._exchange(told[0], visited)
            self.service.closeConnection(told[0])
        return visited

    def _exchange(self, ticket: str, visited: Visited) -> None:
        """Fetch requests and bring answers until nothing is left; what is open is told with the first."""
        host = self.company.host()
        while True:
            request = self.service.sendRequestXML(ticket, host, self.file, "US", 13, 0)
            host = ""
            if request:
                percent = self.service.receiveResponseXML(ticket, self.company.process(request), "", "")
                visited.percents.append(percent)
                if percent < 0:
                    visited.shown.append(self.service.getLastError(ticket) or "")
                if not 0 <= percent < _WHOLE:
                    return
                continue
            said = self.service.getLastError(ticket) or ""
            if said != "NoOp":
                visited.shown += [said] if said else []
                return
            visited.pauses += 1
            self.on_pause()
