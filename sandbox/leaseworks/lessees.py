"""The lessees: fictional carriers with names, addresses, telephone numbers of the 555-01xx kind, and e-mail."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from drawbar.sandbox.leaseworks.days import batch_stamp
from drawbar.sandbox.leaseworks.dice import Dice, Longs
from drawbar.sandbox.leaseworks.layout import LESSEES, Table
from drawbar.sandbox.leaseworks.places import PLACES, Place

SURNAMES = (
    "Abernathy", "Álvarez", "Bianchi", "Bouchard", "Carver", "Castañeda", "Dąbrowski", "Delgado", "Eriksson", "Fuentes",
    "Gallagher", "García", "Haddad", "Hernández", "Ibarra", "Jansen", "Kaur", "Kowalski", "Lindqvist", "López",
    "MacLeod", "Müller", "Núñez", "O'Brien", "Okafor", "Peña", "Petrović", "Quintero", "Ramírez", "Rossi",
    "Singh", "Söderberg", "Tran", "Ueda", "Vásquez", "Whitaker", "Xiong", "Yilmaz", "Zamora", "Żak",
)  # fmt: skip
LANDMARKS = (
    "Bluestem", "Cedar Creek", "Copper Ridge", "Crosswind", "Eagle Pass", "Fairlane", "Four Corners", "Golden Mile",
    "Great Basin", "High Plains", "Ironwood", "Juniper", "Keystone", "Lakeshore", "Lone Pine", "Mesa Verde",
    "Milepost 88", "Northern Star", "Old Dominion Road", "Palmetto", "Piedmont", "Prairie Wind", "Red Hawk",
    "Riverbend",
    "Sagebrush", "Silver Spur", "Southpaw", "Three Forks", "Tidewater", "Timberline", "Twin Oaks", "Wagon Trail",
)  # fmt: skip
TRADES = (
    "Trucking", "Transport", "Freight", "Hauling", "Logistics", "Carriers", "Express", "Freight Lines",
    "Refrigerated", "Drayage", "Bulk Transport", "Intermodal",
)  # fmt: skip
FORMS = (" LLC", ", Inc.", " Inc", " Corp.", " & Sons", " Bros., LLC", ", L.P.", "")
STREETS = (
    "Terminal Rd", "Industrial Pkwy", "Frontage Rd", "State Route 9", "Depot St", "County Line Rd", "Harbor Blvd",
    "Old Mill Ln", "Commerce Dr", "Interstate Ave", "Peach Orchard Rd", "W 4th St",
)  # fmt: skip


@dataclass(frozen=True)
class Lessees:
    """One element per lessee, in the order of their first account.

    `joined` is the day on which that account was boarded. `moves` counts changes of address and telephone, `changed`
    is the day of the last one (the day of joining when there was none); both are kept up by `pass_day`.
    """

    dice: Dice
    joined: Longs
    moves: Longs
    changed: Longs

    @cached_property
    def who(self) -> Longs:
        """The number of each lessee, from 0."""
        return np.arange(len(self.joined), dtype=np.int64)

    @cached_property
    def places(self) -> Longs:
        """Where each lessee lives, as a position in `PLACES`; nobody leaves town."""
        return self.dice.below("place", self.who, len(PLACES))

    @cached_property
    def names(self) -> list[str]:
        """The full name of each lessee."""
        parts = (SURNAMES, LANDMARKS, TRADES, FORMS)
        rolls = [self.dice.below(f"name {place}", self.who, len(part)).tolist() for place, part in enumerate(parts)]
        by_person = self.dice.happens("named for a person", self.who, 4500).tolist()
        return [
            f"{SURNAMES[surname] if person else LANDMARKS[landmark]} {TRADES[trade]}{FORMS[form]}"
            for person, surname, landmark, trade, form in zip(by_person, *rolls, strict=True)
        ]

    def pass_day(self, today: int) -> None:
        """Let the few lessees move that tell of a new address or telephone today."""
        moving = self.dice.happens("moves", self.who, 2, today) & (self.joined < today)
        self.moves[moving] += 1
        self.changed[moving] = today

    def table(self, today: int) -> Table:
        """Give the lessees who have an account by today."""
        count = int(np.searchsorted(self.joined, today, side="right"))
        names = self.names[:count]
        places = [PLACES[place] for place in self.places[:count].tolist()]
        phones, mobiles, streets, zips = self._contact(places)
        return Table(
            LESSEES,
            (
                [f"LS{number:08d}" for number in range(1, count + 1)],
                names,
                [_short(name) for name in names],
                phones,
                mobiles,
                [f"{_mailbox(name)}{number}@example.com" for number, name in enumerate(names, start=1)],
                streets,
                [place.city for place in places],
                [place.state for place in places],
                zips,
                batch_stamp(self.changed[:count]).tolist(),
            ),
        )

    def _contact(self, places: list[Place]) -> tuple[list[str], list[str], list[str], list[str]]:
        version = self.who[: len(places)] + self.moves[: len(places)] * 10_000_000
        mobiles = _telephones(places, self.dice.below("mobile", version, 100))
        no_mobile = self.dice.happens("has no mobile", self.who[: len(places)], 1_500).tolist()
        number = self.dice.between("house number", version, 100, 9_899).tolist()
        street = self.dice.below("street", version, len(STREETS)).tolist()
        zips = self.dice.below("zip", version, 100).tolist()
        return (
            _telephones(places, self.dice.below("phone", version, 100)),
            ["" if without else number for number, without in zip(mobiles, no_mobile, strict=True)],
            [f"{house} {STREETS[name]}" for house, name in zip(number, street, strict=True)],
            [f"{place.zip_prefix}{end:02d}" for place, end in zip(places, zips, strict=True)],
        )


def _telephones(places: list[Place], lines: Longs) -> list[str]:
    """Give a number of the range that is reserved for fiction in each place's area code."""
    return [f"({place.area_code}) 555-01{line:02d}" for place, line in zip(places, lines.tolist(), strict=True)]


def _short(name: str) -> str:
    return name.upper()[:18].rstrip(" ,.&")


def _mailbox(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.split(" ", maxsplit=1)[0].lower())
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum())
