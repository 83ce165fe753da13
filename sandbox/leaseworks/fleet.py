"""The vehicles on lease: which account has which, what they cost, how far they have been driven, their plates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from drawbar.sandbox.leaseworks.days import batch_stamp, year_of
from drawbar.sandbox.leaseworks.dice import Dice, Longs
from drawbar.sandbox.leaseworks.layout import VEHICLES, Table
from drawbar.sandbox.leaseworks.places import PLACES
from drawbar.sandbox.leaseworks.vehicle_models import MODELS, TRAILERS, TRUCKS, make_vin

READING_DAYS = 60
"""How often the odometer of a truck is reported."""

_COLORS = ("White", "Black", "Red", "Blue", "Silver", "Green", "Viper Red", "Legendary Black")
_PLATE_LETTERS = "ABCDEFGHJKLMNPRSTVWX"
_TRAILER_PORTFOLIO = 1


@dataclass(frozen=True)
class Fleet:
    """One element per vehicle, in the order of accounts.

    `account` is a position in the book, `boarded` an ordinal day, `model` a position in `MODELS`, `cost` in cents.
    `plate_changes` and `plated` (day of the last change, 0 for never) are kept up by `pass_day`.
    """

    dice: Dice
    account: Longs
    boarded: Longs
    model: Longs
    year: Longs
    cost: Longs
    plate_changes: Longs
    plated: Longs

    def __len__(self) -> int:
        return len(self.account)

    def cost_per_account(self, accounts: int) -> Longs:
        """Sum the cost of each account's vehicles, in cents."""
        total = np.zeros(accounts, dtype=np.int64)
        np.add.at(total, self.account, self.cost)
        return total

    @cached_property
    def who(self) -> Longs:
        """The number of each vehicle, from 0."""
        return np.arange(len(self), dtype=np.int64)

    @cached_property
    def vins(self) -> list[str]:
        """Every VIN: unique, and with its check digit."""
        serials = (self.who * 7919 + 104_729) % 1_000_000
        rows = zip(self.model.tolist(), self.year.tolist(), serials.tolist(), strict=True)
        return [make_vin(MODELS[model], year, serial) for model, year, serial in rows]

    def pass_day(self, today: int) -> None:
        """Give new plates to the few vehicles that are registered anew today."""
        new = self.dice.happens("plates", self.who, 2, today) & (self.boarded < today)
        self.plate_changes[new] += 1
        self.plated[new] = today

    def table(self, today: int) -> Table:
        """Give the vehicles of the accounts that have been boarded by today."""
        count = int(np.searchsorted(self.boarded, today, side="right"))
        read_on = self._read_on(today)[:count]
        plates, states = self._plates(count)
        models = [MODELS[model] for model in self.model[:count].tolist()]
        colors = self.dice.below("color", self.who[:count], len(_COLORS)).tolist()
        return Table(
            VEHICLES,
            (
                [f"VH{number:08d}" for number in range(1, count + 1)],
                [f"LW{account + 1:08d}" for account in self.account[:count].tolist()],
                self.vins[:count],
                self.year[:count].tolist(),
                [model.make for model in models],
                [model.name for model in models],
                [model.body for model in models],
                [_COLORS[color] for color in colors],
                self._odometers(read_on),
                plates,
                states,
                self.cost[:count].tolist(),
                batch_stamp(np.maximum(read_on, self.plated[:count])).tolist(),
            ),
        )

    def _read_on(self, today: int) -> Longs:
        """Give the day of each vehicle's last odometer reading; a trailer has none after it is boarded."""
        read = np.maximum(self.boarded, today - (today + self.who) % READING_DAYS)
        return np.where(self.model < len(TRUCKS), read, self.boarded)

    def _odometers(self, read_on: Longs) -> list[int | None]:
        who = self.who[: len(read_on)]
        age = 1 + year_of(self.boarded[: len(read_on)]) - self.year[: len(read_on)]
        first = self.dice.between("first miles", who, 4, 74_000) * age
        driven = (read_on - self.boarded[: len(read_on)]) * self.dice.between("miles a day", who, 120, 520)
        moves = (self.model[: len(read_on)] < len(TRUCKS)).tolist()
        return [miles if moving else None for miles, moving in zip((first + driven).tolist(), moves, strict=True)]

    def _plates(self, count: int) -> tuple[list[str], list[str]]:
        version = self.who[:count] + self.plate_changes[:count] * 10_000_000
        sides = len(_PLATE_LETTERS)
        letters = self.dice.below("plate letters", version, sides * sides).tolist()
        numbers = self.dice.between("plate number", version, 10_000, 99_999).tolist()
        states = self.dice.below("plate state", version, len(PLACES)).tolist()
        plates = [
            f"{_PLATE_LETTERS[pair // sides]}{_PLATE_LETTERS[pair % sides]}{number}"
            for pair, number in zip(letters, numbers, strict=True)
        ]
        return plates, [PLACES[state].state for state in states]


def buy_fleet(dice: Dice, boarded: Longs, portfolio: Longs) -> Fleet:
    """Buy one to three vehicles for each account: a truck first, or trailers only in the trailer portfolio."""
    counts = 1 + dice.choose("vehicles", np.arange(len(boarded), dtype=np.int64), (82, 12, 6))
    account = np.repeat(np.arange(len(boarded), dtype=np.int64), counts)
    who = np.arange(len(account), dtype=np.int64)
    first = np.concatenate([np.ones(1, dtype=np.bool_), account[1:] != account[:-1]])
    trailer = (portfolio[account] == _TRAILER_PORTFOLIO) | (~first & dice.happens("trailer", who, 7000))
    truck_model = dice.choose("truck", who, (22, 8, 14, 6, 13, 5, 12, 10, 7, 3))
    model = np.where(trailer, len(TRUCKS) + dice.below("trailer model", who, len(TRAILERS)), truck_model)
    low = np.array([kind.low for kind in MODELS], dtype=np.int64)[model]
    spread = np.array([kind.high - kind.low for kind in MODELS], dtype=np.int64)[model]
    age = dice.choose("age", who, (30, 14, 14, 14, 12, 8, 5, 3))
    price = low + spread * (8 - age) // 8 * dice.between("price", who, 60, 100) // 100
    return Fleet(
        dice=dice,
        account=account,
        boarded=boarded[account],
        model=model,
        year=year_of(boarded[account]) - age,
        cost=price // 50 * 50 * 100,
        plate_changes=np.zeros(len(account), dtype=np.int64),
        plated=np.zeros(len(account), dtype=np.int64),
    )
