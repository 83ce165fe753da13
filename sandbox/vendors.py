"""The simulated vendors that answer at the org's addresses, each below a path of its own: `/vendors/passtime/…`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol, runtime_checkable

from starlette.routing import BaseRoute, Mount

from drawbar.sandbox.certificate import Certificate


class Vendor(Protocol):
    """A simulated vendor: what it answers, and how it is reached."""

    @property
    def section(self) -> str:
        """The name of its table in drawbar.toml, which is also its path."""
        ...

    def routes(self) -> Sequence[BaseRoute]:
        """Give its routes, as they are below its own path."""
        ...

    def where_found(self, url: str) -> Mapping[str, object]:
        """Give what its table in drawbar.toml needs to reach it at `url`; secrets by reference."""
        ...


@runtime_checkable
class Listening(Protocol):
    """A vendor that listens at ports of its own as well."""

    def listening(self, certificate: Certificate) -> AbstractAsyncContextManager[None]:
        """Listen until the block ends; `where_found` knows the ports from then on."""
        ...


AGENTS: Mapping[str, Mapping[str, object]] = {
    "lone_star": {"channel": "rdn", "id": "4711", "company": "Lone Star Recovery", "territories": ["TX", "OK"]},
    "great_lakes": {
        "channel": "mbsi",
        "id": "9001",
        "company": "Great Lakes Repossession",
        "territories": ["IL", "OH"],
    },
    "desert": {"channel": "mail", "address": "dispatch@desert.example", "company": "Desert Towing"},
}
"""The repo agents that the simulated networks and the mail server reach, as tables `[agents.NAME]` of drawbar.toml."""


def path_of(vendor: Vendor) -> str:
    return f"/vendors/{vendor.section}"


def vendor_routes(vendors: Sequence[Vendor]) -> list[BaseRoute]:
    """Give the routes of all vendors."""
    return [Mount(path_of(each), routes=each.routes()) for each in vendors]
