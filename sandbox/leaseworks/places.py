"""Where lessees live, and which of the lender's offices serves them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A city with its telephone area code, the first three digits of its ZIP codes, and the region that serves it."""

    city: str
    state: str
    area_code: str
    zip_prefix: str
    region: str


OFFICES: dict[str, str] = {
    "NORTHEAST": "HACKENSACK",
    "SOUTHEAST": "ATLANTA",
    "MIDWEST": "JOLIET",
    "SOUTH": "DALLAS",
    "WEST": "ONTARIO",
}
"""The office of each region."""

PLACES: tuple[Place, ...] = (
    Place("Newark", "NJ", "973", "071", "NORTHEAST"),
    Place("Elizabeth", "NJ", "908", "072", "NORTHEAST"),
    Place("Paterson", "NJ", "973", "075", "NORTHEAST"),
    Place("Allentown", "PA", "610", "181", "NORTHEAST"),
    Place("Carlisle", "PA", "717", "170", "NORTHEAST"),
    Place("Buffalo", "NY", "716", "142", "NORTHEAST"),
    Place("Albany", "NY", "518", "122", "NORTHEAST"),
    Place("Worcester", "MA", "508", "016", "NORTHEAST"),
    Place("Hagerstown", "MD", "301", "217", "NORTHEAST"),
    Place("Atlanta", "GA", "404", "303", "SOUTHEAST"),
    Place("Savannah", "GA", "912", "314", "SOUTHEAST"),
    Place("Jacksonville", "FL", "904", "322", "SOUTHEAST"),
    Place("Hialeah", "FL", "305", "330", "SOUTHEAST"),
    Place("Charlotte", "NC", "704", "282", "SOUTHEAST"),
    Place("Greensboro", "NC", "336", "274", "SOUTHEAST"),
    Place("Spartanburg", "SC", "864", "293", "SOUTHEAST"),
    Place("Chattanooga", "TN", "423", "374", "SOUTHEAST"),
    Place("Joliet", "IL", "815", "604", "MIDWEST"),
    Place("Cicero", "IL", "708", "608", "MIDWEST"),
    Place("Indianapolis", "IN", "317", "462", "MIDWEST"),
    Place("Columbus", "OH", "614", "432", "MIDWEST"),
    Place("Toledo", "OH", "419", "436", "MIDWEST"),
    Place("Grand Rapids", "MI", "616", "495", "MIDWEST"),
    Place("Kansas City", "MO", "816", "641", "MIDWEST"),
    Place("Coeur d'Alene", "ID", "208", "838", "WEST"),
    Place("Laredo", "TX", "956", "780", "SOUTH"),
    Place("El Paso", "TX", "915", "799", "SOUTH"),
    Place("Houston", "TX", "713", "770", "SOUTH"),
    Place("Fort Worth", "TX", "817", "761", "SOUTH"),
    Place("Tulsa", "OK", "918", "741", "SOUTH"),
    Place("Little Rock", "AR", "501", "722", "SOUTH"),
    Place("Shreveport", "LA", "318", "711", "SOUTH"),
    Place("Fontana", "CA", "909", "923", "WEST"),
    Place("Stockton", "CA", "209", "952", "WEST"),
    Place("Fresno", "CA", "559", "937", "WEST"),
    Place("Phoenix", "AZ", "602", "850", "WEST"),
    Place("Reno", "NV", "775", "895", "WEST"),
    Place("Salt Lake City", "UT", "801", "841", "WEST"),
    Place("Portland", "OR", "503", "972", "WEST"),
    Place("Española", "NM", "505", "875", "WEST"),
)
