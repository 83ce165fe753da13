"""How collectors work the accounts that are behind, and what becomes of those that stay behind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drawbar.sandbox.leaseworks import ledger, note_texts
from drawbar.sandbox.leaseworks.collectors import NOBODY
from drawbar.sandbox.leaseworks.contracts import Contracts
from drawbar.sandbox.leaseworks.days import is_working_day
from drawbar.sandbox.leaseworks.dice import Dice, Longs
from drawbar.sandbox.leaseworks.ledger import Ledger
from drawbar.sandbox.leaseworks.notes import EMAIL, LETTER, PHONE, SYSTEM, TEXT, About, NoteBook
from drawbar.sandbox.leaseworks.payments import Received
from drawbar.sandbox.leaseworks.promises import Promises, Promising
from drawbar.sandbox.leaseworks.standing import CHARGED_OFF, REPOSSESSED, TERMINATED, Standing

ASSIGNED_AFTER_DAYS = 5
"""Up to so many days past due an account has no collector of its own."""

REPOSSESSION_DAYS = 75
"""From so many days past due a truck may be taken back."""

LOST_DAYS = 120
"""From so many days past due an account may be charged off, and is soon given up."""

SALE_DAYS = 40
"""How long after its repossession an account is settled at the earliest."""

_CALL_DAYS = np.array([5, 30, 60], dtype=np.int64)
_CALLS = np.array([600, 1_800, 2_500, 2_000], dtype=np.int64)
_GIVEN_UP = np.array([15, 20, 45, 100], dtype=np.int64)
_LOST = 110
_AGREES = 0
_STANDS_BY_IT, _NEW_DATE, _WITHDRAWS = range(3)
_NO_CONTACT = (note_texts.NO_ANSWER, note_texts.VOICEMAIL, note_texts.TEXTED, note_texts.EMAILED, note_texts.WROTE)
_CHANNELS = np.array([PHONE, PHONE, TEXT, EMAIL, LETTER], dtype=np.int64)
_SPOKE = len(_NO_CONTACT)
_OUTCOME_WEIGHTS = (34, 20, 13, 6, 2, 25)


@dataclass(frozen=True, slots=True)
class Collecting:
    """The accounts, the collectors that serve them, and what they write down; each method is one step of a day."""

    dice: Dice
    contracts: Contracts
    standing: Standing
    promises: Promises
    notes: NoteBook
    team: Longs

    def assign(self, today: int) -> None:
        """Give each account that is well behind its collector, and take it away once it has caught up."""
        standing = self.standing
        since = standing.unpaid_since(self.contracts)
        behind = standing.active() & (since > 0) & (today - since > ASSIGNED_AFTER_DAYS)
        standing.collector[:] = np.where(behind | (standing.status == REPOSSESSED), self.team, NOBODY)

    def note_returns(self, returned: list[Received], today: int) -> None:
        """Let the system write a note on each payment that has been returned."""
        for batch in returned:
            count = len(batch.account)
            posted = np.full(count, batch.posted_on, dtype=np.int64)
            about = About(batch.amount, posted)
            self._write(today, batch.account, np.full(count, NOBODY), SYSTEM, note_texts.RETURNED, about)

    def call(self, today: int) -> None:
        """Call some of those who are behind; take promises, have them replaced, or lose them."""
        if not is_working_day(today):
            return
        self._serve(today)
        who = self._called(today)
        outcome = self.dice.choose("outcome", who, _OUTCOME_WEIGHTS, today)
        for place, subject in enumerate(_NO_CONTACT):
            reached = who[outcome == place]
            self._write(today, reached, self.team[reached], int(_CHANNELS[place]), subject, _nothing(reached))
        self._speak(who[outcome == _SPOKE], today)

    def _called(self, today: int) -> Longs:
        since = self.standing.unpaid_since(self.contracts)
        who = np.flatnonzero(self.standing.active() & (since > 0))
        late = today - since[who]
        often = _CALLS[np.searchsorted(_CALL_DAYS, late)]
        return who[self.dice.happens("called", who, often, today)]

    def _speak(self, who: Longs, today: int) -> None:
        answer = self.dice.choose("agrees", who, (60, 40), today)
        second_thoughts = self.dice.choose("second thoughts", who, (74, 16, 10), today)
        bound = self.promises.taken_on[who] > 0
        self._promise(who[~bound & (answer == _AGREES)], note_texts.PROMISED, today)
        self._refuse(who[~bound & (answer != _AGREES)], note_texts.REFUSED, today)
        self._promise(who[bound & (second_thoughts == _NEW_DATE)], note_texts.REPLACED, today)
        withdrawn = who[bound & (second_thoughts == _WITHDRAWS)]
        self.promises.drop(withdrawn)
        self.standing.drop_plans(withdrawn)
        self._refuse(withdrawn, note_texts.WITHDREW, today)
        self._refuse(who[bound & (second_thoughts == _STANDS_BY_IT)], note_texts.REMINDED, today)

    def _promise(self, who: Longs, subject: int, today: int) -> None:
        channel = self.dice.choose("promise channel", who, (74, 14, 8, 0, 4), today)
        promising = Promising(self.dice, self.contracts, self.standing, self.promises)
        promising.take(who, self.team[who], channel, today)
        about = About(self.promises.amount[who], self.promises.promised_for[who])
        self._write(today, who, self.team[who], channel, subject, about)

    def _refuse(self, who: Longs, subject: int, today: int) -> None:
        self._write(today, who, self.team[who], PHONE, subject, _nothing(who))

    def _serve(self, today: int) -> None:
        """Some who are current call for other reasons."""
        who = np.flatnonzero(self.standing.active() & (self.standing.past_due(self.contracts) == 0))
        calling = who[self.dice.happens("asks for service", who, 6, today)]
        self._write(today, calling, self.team[calling], PHONE, note_texts.SERVICE, _nothing(calling))

    def _write(self, today: int, who: Longs, author: Longs, channel: int | Longs, subject: int, about: About) -> None:
        if len(who):
            channels = np.broadcast_to(np.asarray(channel, dtype=np.int64), who.shape)
            subjects = np.full(len(who), subject, dtype=np.int64)
            self.notes.write(today, who, author, channels, subjects, about=about)

    def give_up(self, today: int, postings: Ledger) -> None:
        """Repossess, charge off or write down accounts that have been behind for months."""
        if not is_working_day(today):
            return
        standing = self.standing
        self._settle_repossessed(today, postings)
        since = standing.unpaid_since(self.contracts)
        who = np.flatnonzero(standing.active() & (since > 0) & (today - since > REPOSSESSION_DAYS))
        late, quality = today - since[who], standing.quality[who]
        rate = np.where(late > LOST_DAYS, _LOST, _GIVEN_UP[quality])
        lost = self.dice.happens("given up", who, rate, today)
        hopeless = lost & (late > LOST_DAYS) & self.dice.happens("hopeless", who, 3_000, today)
        standing.end(who[lost & ~hopeless], REPOSSESSED, today)
        standing.end(who[hopeless], CHARGED_OFF, today)
        self._post_loss(who[hopeless], postings)

    def _settle_repossessed(self, today: int, postings: Ledger) -> None:
        standing = self.standing
        who = np.flatnonzero((standing.status == REPOSSESSED) & (today - standing.ended_on > SALE_DAYS))
        who = who[self.dice.happens("settled", who, 250, today)]
        loss = self.dice.happens("loss", who, 7_000)
        standing.end(who[loss], CHARGED_OFF, today)
        standing.end(who[~loss], TERMINATED, today)
        self._post_loss(who, postings)

    def _post_loss(self, who: Longs, postings: Ledger) -> None:
        postings.post(ledger.CHARGED_OFF, self.contracts.portfolio[who], self.standing.outstanding(self.contracts)[who])


def _nothing(who: Longs) -> About:
    none = np.zeros(len(who), dtype=np.int64)
    return About(none, none)
