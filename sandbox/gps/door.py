"""Secrets of simulated makers, and how what a caller shows is compared with them."""

from __future__ import annotations

import hmac
import secrets
from pathlib import Path

from drawbar.sandbox.leaseworks.login import write_secret


def kept_secret(path: Path) -> str:
    """Give the secret that a file keeps; one is made up the first time, which only its owner may read."""
    if not path.exists():
        write_secret(path, secrets.token_urlsafe(24) + "\n")
    return path.read_text(encoding="utf-8").strip()


def is_same(given: str, right: str) -> bool:
    """Compare in a time that tells nothing of the secret."""
    return hmac.compare_digest(given.encode(), right.encode())
