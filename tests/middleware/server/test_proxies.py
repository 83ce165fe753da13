"""What a proxy tells of a caller is believed of the proxies that are set, and of nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import APIRouter, Request
from sqlalchemy import Engine

from tests.middleware.server.served import served

CLAIMED = {
    "X-Forwarded-For": "203.0.113.9", "X-Client-Certificate-Verify": "SUCCESS",
    "X-Client-Certificate-Name": "CN=proxy.salesforce.com",
}  # fmt: skip


def mirror() -> APIRouter:
    """Give a route that tells what the hub believes of its caller."""
    router = APIRouter()

    @router.get("/mirror")
    async def told(request: Request) -> list[str | None]:
        names = "X-Client-Certificate-Verify", "X-Client-Certificate-Name"
        return [request.client.host if request.client else "", *(request.headers.get(name) for name in names)]

    return router


@pytest.mark.parametrize(
    ("trusted", "believed"),
    [
        ([], ["127.0.0.1", None, None]),
        (["192.0.2.1"], ["127.0.0.1", None, None]),
        (["127.0.0.1"], ["203.0.113.9", "SUCCESS", "CN=proxy.salesforce.com"]),
        (["127.0.0.0/8"], ["203.0.113.9", "SUCCESS", "CN=proxy.salesforce.com"]),
    ],
)
def test_only_a_trusted_proxy_tells_address_and_certificate_of_a_caller(
    database: Engine, folder: Path, trusted: list[str], believed: list[str | None]
) -> None:
    with served(database, folder, mirror(), trusted_proxies=trusted) as server:
        assert server.call("GET", "/mirror", headers=CLAIMED).json() == believed
