"""The versions of the API: which are served, and the season that each came with."""

from __future__ import annotations

import re

from drawbar.sandbox.errors import SalesforceError

OLDEST = 31
NEWEST = 67
SEASONS = ("Summer", "Spring", "Winter")
NEWEST_YEAR = 26
RETIRED_UP_TO = 30
VERSION = re.compile(r"(\d{1,3})\.0", re.ASCII)


def release_name(version: int) -> str:
    """Name the release of a version: 67 is Summer '26, 66 Spring '26, 65 Winter '26."""
    age = NEWEST - version
    return f"{SEASONS[age % 3]} '{NEWEST_YEAR - age // 3}"


def versions() -> list[dict[str, str]]:
    """List the versions as `/services/data` does, oldest first."""
    return [
        {"label": release_name(each), "url": f"/services/data/v{each}.0", "version": f"{each}.0"}
        for each in range(OLDEST, NEWEST + 1)
    ]


def check_version(version: str) -> None:
    """Refuse a version that has been retired (410) or that does not exist (404)."""
    named = VERSION.fullmatch(version)
    number = int(named[1]) if named else 0
    if OLDEST <= number <= NEWEST:
        return
    if 0 < number <= RETIRED_UP_TO:
        message = f"The API version {version} is retired. Use a version from {OLDEST}.0 on."
        raise SalesforceError("UNSUPPORTED_API_VERSION", message, status=410)
    raise SalesforceError("NOT_FOUND", "The requested resource does not exist", status=404)
