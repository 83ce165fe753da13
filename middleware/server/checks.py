"""What `drawbar doctor` asks of the server: whether it can listen safely, and for how long its certificate is good."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509

from drawbar.middleware.ports import Check
from drawbar.middleware.server.settings import ServerSettings

SYSTEM: Final = "Server"
_SOON: Final = timedelta(days=21)
_RENEW: Final = "Renew it, name the new files under [server], and start drawbar serve again."


def server_checks(settings: ServerSettings, now: datetime) -> Iterator[Check]:
    """Check where the server listens and its certificate."""
    yield _place(settings)
    if settings.tls_certificate is not None and settings.tls_key is not None:
        yield _certificate(settings.tls_certificate, settings.tls_key, now)


def _place(settings: ServerSettings) -> Check:
    place = f"{settings.address} port {settings.port}"
    if settings.tls_certificate is None and not _is_loopback(settings.address):
        return Check(
            SYSTEM, "address", ok=False, detail=f"{place} is reached from outside, and without TLS",
            remedy="Set server.tls_certificate and server.tls_key, or listen at 127.0.0.1 behind a proxy.",
        )  # fmt: skip
    speaks = "TLS" if settings.tls_certificate else "no TLS, for a proxy on this machine"
    return Check(SYSTEM, "address", ok=True, detail=f"{place}, {speaks}")


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def _certificate(chain: Path, key: Path, now: datetime) -> Check:
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(chain, key)
        ends = x509.load_pem_x509_certificate(chain.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or "not PEM"
        return Check(
            SYSTEM, "certificate", ok=False, detail=f"{chain} and {key} cannot be used ({reason})", remedy=_RENEW
        )
    detail = f"good until {ends:%Y-%m-%d}"
    if ends - now < _SOON:
        return Check(SYSTEM, "certificate", ok=False, detail=f"{detail}, which is soon or past", remedy=_RENEW)
    return Check(SYSTEM, "certificate", ok=True, detail=detail)
