"""What collectors write down, and what the system writes by itself."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from drawbar.sandbox.leaseworks.collectors import COLLECTORS, NOBODY
from drawbar.sandbox.leaseworks.days import unix_seconds
from drawbar.sandbox.leaseworks.dice import Dice, Longs
from drawbar.sandbox.leaseworks.layout import NOTES, Table, Value
from drawbar.sandbox.leaseworks.note_texts import FIRST_NAMES, TEXTS

CHANNELS = ("PH", "TX", "EM", "LT", "IP", "SY")
PHONE, TEXT, EMAIL, LETTER, IN_PERSON, SYSTEM = range(6)

_WINDOW_DAYS = 45


@dataclass(frozen=True, slots=True)
class Written:
    """The notes of one day; one element per note.

    `subject` is a position in `note_texts.TEXTS`; `amount` (cents) and `day` fill the places in the text.
    """

    day: int
    number: Longs
    account: Longs
    author: Longs
    channel: Longs
    subject: Longs
    second: Longs
    amount: Longs
    about: Longs


@dataclass(slots=True)
class NoteBook:
    """The notes of the last weeks, a batch at a time, oldest first."""

    dice: Dice
    batches: deque[Written] = field(default_factory=deque)
    written: int = 0

    def write(self, day: int, account: Longs, author: Longs, channel: Longs, subject: Longs, *, about: About) -> None:
        """Write one note per account."""
        number = self.written + 1 + np.arange(len(account), dtype=np.int64)
        self.written += len(account)
        second = working_second(self.dice, account, day)
        self.batches.append(Written(day, number, account, author, channel, subject, second, about.amount, about.day))
        while self.batches[0].day <= day - _WINDOW_DAYS:
            self.batches.popleft()

    def table(self, today: int) -> Table:
        """Give the notes written within the window."""
        rows: list[list[Value]] = [[] for _ in NOTES.columns]
        for batch in self.batches:
            if batch.day > today - _WINDOW_DAYS:
                for column, values in zip(rows, self._exported(batch), strict=True):
                    column.extend(values)
        return Table(NOTES, tuple(rows))

    def _exported(self, batch: Written) -> list[list[Value]]:
        stamps: list[Value] = unix_seconds(np.full(len(batch.number), batch.day), batch.second).tolist()
        return [
            [f"NT{number:010d}" for number in batch.number.tolist()],
            [f"LW{account + 1:08d}" for account in batch.account.tolist()],
            stamps,
            ["SYSTEM" if author == NOBODY else COLLECTORS[author].name for author in batch.author.tolist()],
            [CHANNELS[channel] for channel in batch.channel.tolist()],
            [*self._texts(batch)],
            stamps,
        ]

    def _texts(self, batch: Written) -> list[str]:
        wording = self.dice.below("wording", batch.number, 1 << 20).tolist()
        person = self.dice.below("person", batch.account, len(FIRST_NAMES)).tolist()
        rows = zip(batch.subject.tolist(), wording, person, batch.amount.tolist(), batch.about.tolist(), strict=True)
        return [
            TEXTS[subject][word % len(TEXTS[subject])].format(
                name=FIRST_NAMES[who],
                amount=f"{amount // 100:,}.{amount % 100:02d}",
                day=_spoken(day) if day else "",
            )
            for subject, word, who, amount, day in rows
        ]


@dataclass(frozen=True, slots=True)
class About:
    """What notes are about: an amount in cents and a day, 0 where there is none."""

    amount: Longs
    day: Longs


def working_second(dice: Dice, account: Longs, day: int) -> Longs:
    """Give the second of the day (UTC) at which somebody worked on each account: 13:00 to 22:00."""
    return dice.between("second", account, 13 * 3600, 22 * 3600 - 1, day)


def _spoken(day: int) -> str:
    named = date.fromordinal(day)
    return f"{named.month}/{named.day}"
