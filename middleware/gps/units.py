"""Units of what GPS devices say, as pydantic types that refuse what cannot be and round what is too fine."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from drawbar.middleware.units import in_utc

_MICRODEGREE = Decimal("0.000001")
_HUNDREDTH = Decimal("0.01")


def _six_places(degrees: Decimal) -> Decimal:
    return degrees.quantize(_MICRODEGREE, rounding=ROUND_HALF_EVEN)


def _two_places(value: Decimal) -> Decimal:
    return value.quantize(_HUNDREDTH, rounding=ROUND_HALF_EVEN)


def _from_iso(text: object) -> object:
    """Read ISO 8601 with an offset with or without a colon (`+0000`); anything else is left to be refused."""
    return datetime.fromisoformat(text) if isinstance(text, str) else text


Latitude = Annotated[Decimal, Field(ge=-90, le=90), AfterValidator(_six_places)]
"""Degrees north of the equator, WGS 84, rounded to six places (11 cm)."""

Longitude = Annotated[Decimal, Field(ge=-180, le=180), AfterValidator(_six_places)]
"""Degrees east of Greenwich, WGS 84, rounded to six places."""

Volts = Annotated[Decimal, Field(ge=0, le=999), AfterValidator(_two_places)]
"""Volts, rounded to hundredths."""

MilesPerHour = Annotated[Decimal, Field(ge=0, le=999), AfterValidator(_two_places)]
"""Statute miles per hour, rounded to hundredths."""

MileCount = Annotated[Decimal, Field(ge=0, le=9_999_999)]
"""Statute miles with fractions, as devices count them."""

OffsetInstant = Annotated[datetime, BeforeValidator(_from_iso), AfterValidator(in_utc)]
"""An instant written with its offset, in UTC; one without a zone is refused."""


def is_no_fix(latitude: Decimal, longitude: Decimal) -> bool:
    """Say whether a place is the one that devices name when they know none: 0 north, 0 east, in the sea off Africa."""
    return latitude == 0 and longitude == 0
