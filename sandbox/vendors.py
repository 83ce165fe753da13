"""The simulated vendors that answer at the org's addresses, each below a path of its own: `/vendors/passtime/…`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from starlette.routing import BaseRoute, Mount


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


def path_of(vendor: Vendor) -> str:
    return f"/vendors/{vendor.section}"


def vendor_routes(vendors: Sequence[Vendor]) -> list[BaseRoute]:
    """Give the routes of all vendors."""
    return [Mount(path_of(each), routes=each.routes()) for each in vendors]
