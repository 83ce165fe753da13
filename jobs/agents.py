"""Sends orders to repo agents by each channel, and takes in what comes back (P14, R24, R25)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Engine

from drawbar.connectors.agent_mail.connector import AgentMail
from drawbar.connectors.agent_mail.connector import Reading as MailReading
from drawbar.connectors.agent_mail.settings import SYSTEM as MAIL
from drawbar.connectors.agent_mail.settings import Incoming
from drawbar.connectors.mbsi.connector import Mbsi, ReconReading
from drawbar.connectors.mbsi.settings import SYSTEM as MBSI
from drawbar.connectors.rdn.connector import FireHoseReading, Rdn
from drawbar.connectors.rdn.settings import SYSTEM as RDN
from drawbar.jobs.polling import PollingJob, Reading
from drawbar.jobs.steps import Json, RunSteps
from drawbar.middleware.database.engine import reading
from drawbar.middleware.errors import ConfigError
from drawbar.middleware.imap import Place
from drawbar.middleware.repossession.placing import OBJECTS
from drawbar.middleware.repossession.told import event_feed, unheard
from drawbar.middleware.sync.dead_letters import DeadLetters
from drawbar.middleware.sync.polled import PolledResult, PolledRun

FIRE_HOSE = f"{RDN}.events"
RECON = f"{MBSI}.orders"
ANSWERS = f"{MAIL}.answers"


@dataclass(frozen=True, slots=True)
class RdnJob(PollingJob):
    """Places and changes cases at RDN, then reads the FireHose."""

    def send(self, steps: RunSteps) -> Json:
        return {"sent": steps.send("orders", lambda: self._rdn().target, OBJECTS)}

    def readings(self, now: datetime) -> Sequence[Reading]:
        del now
        return (Reading("RDN events", self._take),)

    def _rdn(self) -> Rdn:
        if self.hub.rdn is None:
            raise ConfigError("RDN is not configured", remedy="Add [rdn] to drawbar.toml.")
        return self.hub.rdn

    def _take(self, run: PolledRun) -> PolledResult:
        last = run.cursor(FIRE_HOSE)
        look = FireHoseReading(int(last) if last else None)
        letters = DeadLetters(run.connection).find(place=FIRE_HOSE)
        again = [each.failure.payload.encode() for each in letters if each.failure.payload]
        run.commit()  # no transaction stays open while RDN is waited for
        told = self._rdn().told(look, _unheard(self.hub.engine, RDN), again)
        result = run.take(event_feed(FIRE_HOSE, run.now), told, source="RDN's FireHose", cursor=lambda: str(look.until))
        if look.foreign:
            result.notices.append(f"{look.foreign} events are about cases that Drawbar did not place")
        if look.went_back:
            result.notices.append(f"RDN's events were numbered up to {last} before, and are up to {look.until} now")
        return result


@dataclass(frozen=True, slots=True)
class MbsiJob(PollingJob):
    """Places and changes orders at MBSi, then reads the reconciliation feed."""

    def send(self, steps: RunSteps) -> Json:
        return {"sent": steps.send("orders", lambda: self._mbsi().target, OBJECTS)}

    def readings(self, now: datetime) -> Sequence[Reading]:
        del now
        return (Reading("MBSi orders", self._take),)

    def _mbsi(self) -> Mbsi:
        if self.hub.mbsi is None:
            raise ConfigError("MBSi is not configured", remedy="Add [mbsi] to drawbar.toml.")
        return self.hub.mbsi

    def _take(self, run: PolledRun) -> PolledResult:
        look = ReconReading()
        told = self._mbsi().told(look, _unheard(self.hub.engine, MBSI))
        result = run.take(event_feed(RECON, run.now), told, source=f"MBSi at {run.now:%Y-%m-%d %H:%M} UTC")
        if look.foreign:
            result.notices.append(f"{look.foreign} orders are not of Drawbar")
        return result


@dataclass(frozen=True, slots=True)
class AgentMailJob(PollingJob):
    """Sends orders by e-mail, then reads the mailbox, where there is one."""

    def send(self, steps: RunSteps) -> Json:
        return {"sent": steps.send("orders", lambda: self._mail().target, OBJECTS)}

    def readings(self, now: datetime) -> Sequence[Reading]:
        del now
        incoming = self._mail().settings.imap
        return () if incoming is None else (Reading("answers", partial(self._take, incoming)),)

    def _mail(self) -> AgentMail:
        if self.hub.agent_mail is None:
            raise ConfigError("mail to agents is not configured", remedy="Add [agent_mail] to drawbar.toml.")
        return self.hub.agent_mail

    def _take(self, incoming: Incoming, run: PolledRun) -> PolledResult:
        look = MailReading(Place.read(run.cursor(ANSWERS)))
        run.commit()  # no transaction stays open while the mail server is waited for
        told = self._mail().told(incoming, look, run.now)
        source = f"mailbox {incoming.folder} at {incoming.host}"
        result = run.take(event_feed(ANSWERS, run.now), told, source=source, cursor=lambda: look.place.written)
        if look.foreign:
            result.notices.append(f"{look.foreign} messages are about no order, and are left to people")
        return result


def _unheard(engine: Engine, source: str) -> Callable[[Collection[str]], set[str]]:
    """Look in a transaction of its own: the answers stream while the run's own transactions come and go."""

    def left(event_ids: Collection[str]) -> set[str]:
        with reading(engine) as connection:
            return unheard(connection, source, event_ids)

    return left
