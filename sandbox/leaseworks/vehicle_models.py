"""The kinds of vehicle on lease, and how their identification numbers are made up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Model:
    """One kind of vehicle: how its VIN begins, the plant that builds it, and its price range in US dollars."""

    make: str
    name: str
    body: str
    vin_start: str
    plant: str
    low: int
    high: int


TRUCKS: tuple[Model, ...] = (
    Model("Freightliner", "Cascadia 126", "Sleeper", "1FUJHHDR", "L", 68_000, 168_000),
    Model("Freightliner", "M2 106", "Straight truck", "1FVACWDT", "H", 42_000, 96_000),
    Model("Kenworth", "T680", "Sleeper", "1XKYDP9X", "J", 74_000, 182_000),
    Model("Kenworth", "W900", "Day cab", "1XKWD49X", "R", 70_000, 175_000),
    Model("Peterbilt", "579", "Sleeper", "1XPBDP9X", "D", 75_000, 185_000),
    Model("Peterbilt", "389", "Day cab", "1XPXD49X", "N", 78_000, 190_000),
    Model("Volvo", "VNL 760", "Sleeper", "4V4NC9EH", "N", 70_000, 172_000),
    Model("International", "LT625", "Sleeper", "3HSDZAPR", "N", 62_000, 154_000),
    Model("Mack", "Anthem", "Day cab", "1M1AN4GY", "M", 64_000, 158_000),
    Model("Western Star", "49X", "Dump", "5KJJBVDV", "P", 82_000, 198_000),
)
TRAILERS: tuple[Model, ...] = (
    Model("Great Dane", "Everest", "Reefer", "1GRAA062", "W", 38_000, 84_000),
    Model("Great Dane", "Champion", "Dry van", "1GRAP062", "S", 22_000, 46_000),
    Model("Utility", "4000D-X", "Dry van", "1UYVS253", "U", 21_000, 45_000),
    Model("Wabash", "DuraPlate", "Dry van", "1JJV532D", "L", 20_000, 44_000),
    Model("Fontaine", "Revolution", "Flatbed", "13N14820", "A", 26_000, 58_000),
)
MODELS = TRUCKS + TRAILERS

_LETTERS = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
_VALUES = dict(zip(_LETTERS, map(int, "012345678912345678123457923456789"), strict=True))
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_YEARS = "ABCDEFGHJKLMNPRSTVWXY123456789"
_FIRST_YEAR = 2010


def vin_check_digit(vin: str) -> str:
    """Give the character that belongs in the ninth place of a 17-character VIN (49 CFR 565.15)."""
    remainder = sum(_VALUES[letter] * weight for letter, weight in zip(vin, _WEIGHTS, strict=True)) % 11
    return "0123456789X"[remainder]


def make_vin(model: Model, year: int, serial: int) -> str:
    """Make up the VIN of a vehicle; different serials (below 1,000,000) make different VINs."""
    end = f"{_YEARS[(year - _FIRST_YEAR) % len(_YEARS)]}{model.plant}{serial:06d}"
    return f"{model.vin_start}{vin_check_digit(f'{model.vin_start}0{end}')}{end}"
