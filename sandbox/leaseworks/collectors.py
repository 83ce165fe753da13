"""The people who call: who serves which region, and who is answerable for an account."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drawbar.sandbox.leaseworks.dice import Dice, Longs
from drawbar.sandbox.leaseworks.places import OFFICES, PLACES

NOBODY = -1


@dataclass(frozen=True, slots=True)
class Collector:
    """A collector: the log-in that accounts show, and the name that notes and promises show."""

    login: str
    name: str


COLLECTORS: tuple[Collector, ...] = (
    Collector("DWHITFIELD", "Dana Whitfield"),
    Collector("JALVAREZ", "José Álvarez"),
    Collector("RPATEL", "Rina Patel"),
    Collector("MKOWALSKI", "Małgorzata Kowalski"),
    Collector("TBROOKS", "Terrence Brooks"),
    Collector("SNGUYEN", "Sơn Nguyễn"),
    Collector("COBRIEN", "Ciarán O'Brien"),
    Collector("LHAAS", "Lena Haas"),
    Collector("AJOHNSON", "Alicia Johnson"),
    Collector("PMENDEZ", "Paola Méndez"),
    Collector("GSTONE", "Gary Stone, Jr."),
    Collector("YDIALLO", "Yacine Diallo"),
    Collector("BFISCHER", "Britta Fischer"),
    Collector("HCHO", "Hana Cho"),
    Collector("VROSSI", "Valentina Rossi"),
)
_TEAM = len(COLLECTORS) // len(OFFICES)


def collectors_of(dice: Dice, places: Longs) -> Longs:
    """Give each account, whose lessee lives at a position in `PLACES`, a collector of that region."""
    regions = list(OFFICES)
    team = np.array([regions.index(place.region) for place in PLACES], dtype=np.int64)[places]
    return team * _TEAM + dice.below("collector", np.arange(len(places), dtype=np.int64), _TEAM)
