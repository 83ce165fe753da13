"""The service that the QuickBooks Web Connector calls: eight operations, in the order of a visit.

authenticate, then sendRequestXML and receiveResponseXML in turn, then closeConnection (Intuit, QuickBooks Web Connector
Programmer's Guide 2.0, 2009). One bill is asked at a time; what a visit knows is in the database.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PureWindowsPath
from typing import Final
from uuid import uuid4

import structlog
from sqlalchemy import Engine

from drawbar.connectors.quickbooks_desktop import qbxml
from drawbar.connectors.quickbooks_desktop.bills import (
    Again,
    Decision,
    Done,
    GoOn,
    Refused,
    Step,
    begin,
    decide,
    request,
)
from drawbar.connectors.quickbooks_desktop.calls import (
    Authenticate,
    ClientVersion,
    NotReached,
    ReceiveResponse,
    SendRequest,
    ServerVersion,
    Ticketed,
)
from drawbar.connectors.quickbooks_desktop.records import VendorBill
from drawbar.connectors.quickbooks_desktop.settings import SYSTEM, CompanySettings, QuickBooksDesktopSettings
from drawbar.middleware.errors import RecordRejected, RetryLater
from drawbar.middleware.sync.pickup import Pickups, Task, Visit

NOT_YOU: Final = "nvu"
_NOTHING_TO_DO, _OVER, _PAUSE = "none", "done", "NoOp"
"""Words that the Web Connector knows; at NoOp it waits five seconds and asks for the next request."""

_FAILED, _COMPLETE = -1, 100
_BAD_REQUEST: Final = "0x80040400"
"""QuickBooks could not parse the request: that one will never pass, the others may."""

_SOON: Final = timedelta(seconds=60)
_VISITS_KEPT: Final = timedelta(days=30)
_OLDEST_CLIENT: Final = (2, 0)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WebConnector:
    """Answers the Web Connectors of all company files."""

    engine: Engine
    settings: QuickBooksDesktopSettings
    version: str

    def server_version(self, _asked: ServerVersion, _now: datetime) -> str:
        return self.version

    def client_version(self, asked: ClientVersion, _now: datetime) -> str:
        parts = asked.version.split(".")
        numbers = tuple(int(part) for part in parts if part.isascii() and part.isdigit())
        if numbers and numbers < _OLDEST_CLIENT:
            return f"W:Web Connector {asked.version} is old; please install a newer one."
        return ""

    def authenticate(self, asked: Authenticate, now: datetime) -> Sequence[str]:
        """Give a ticket, and the company file or what to do instead; a third value says when to come again."""
        place = self._place_of(asked)
        if place is None:
            _log.warning("log-in refused", system=SYSTEM)
            return "", NOT_YOU
        with self.engine.begin() as connection:
            pickups = Pickups(connection, SYSTEM)
            if not pickups.left(place):
                return str(uuid4()), _NOTHING_TO_DO
            pickups.forget_visits(now - _VISITS_KEPT)
            ticket = pickups.open_visit(place, now)
        if ticket is None:
            return str(uuid4()), _NOTHING_TO_DO, str(int(_SOON.total_seconds()))
        return ticket, self.settings.companies[place].file

    def _place_of(self, asked: Authenticate) -> str | None:
        """Find the company by user and password, taking the same time for each."""
        found = None
        for name, company in self.settings.companies.items():
            right = hmac.compare_digest(company.password.get_secret_value().encode(), asked.password.encode())
            if hmac.compare_digest(company.user.encode(), asked.user.encode()) and right and asked.password:
                found = name
        return found

    def send_request(self, asked: SendRequest, now: datetime) -> str:
        """Give the next request, "" when there is none for now."""
        with self.engine.begin() as connection:
            pickups = Pickups(connection, SYSTEM)
            visit = pickups.visit(asked.ticket, now)
            company = self.settings.companies.get(visit.place) if visit else None
            if visit is None or company is None:
                return ""
            wrong = _wrong_company(pickups, visit, company, asked)
            if wrong:
                pickups.say(visit, wrong)
                return ""
            owed = pickups.asked(visit)
            if owed is not None:
                self._again(pickups, owed, visit, Again("QuickBooks gave no answer to the former request"), now)
            return self._next_request(pickups, visit, company, now)

    def _next_request(self, pickups: Pickups, visit: Visit, company: CompanySettings, now: datetime) -> str:
        task = pickups.next(visit.place, now)
        if task is None:
            pickups.say(visit, _PAUSE if _comes_soon(pickups, visit, now) else "")
            return ""
        bill = VendorBill.model_validate_json(task.payload)
        ahead = GoOn(Step(task.step), task.memory) if task.step else begin(company, task.reference)
        pickups.ask(task, visit, ahead.step, ahead.memory, now)
        asked = request(bill, ahead.step, ahead.memory, company)
        return qbxml.message(asked, _request_id(task, task.revision, ahead.step), self.settings.qbxml_version)

    def receive_response(self, asked: ReceiveResponse, now: datetime) -> int:
        """Take in an answer and give how far the visit is, in percent; below zero when it cannot go on."""
        with self.engine.begin() as connection:
            pickups = Pickups(connection, SYSTEM)
            visit = pickups.visit(asked.ticket, now)
            company = self.settings.companies.get(visit.place) if visit else None
            if visit is None or company is None:
                return _COMPLETE
            task = pickups.asked(visit)
            if asked.hresult:
                return self._failed(pickups, task, visit, asked, now)
            if task is not None:
                self._settle(pickups, task, visit, self._decided(task, company, asked.response), now)
            return _progress(pickups, asked.ticket, now)

    def _failed(self, pickups: Pickups, task: Task | None, visit: Visit, asked: ReceiveResponse, now: datetime) -> int:
        said = f"QuickBooks failed with {asked.hresult}: {asked.message}"
        _log.warning("request failed", system=SYSTEM, code=asked.hresult)
        if task is not None and asked.hresult.lower() == _BAD_REQUEST:
            remedy = "Report it: Drawbar has written what this QuickBooks does not read."
            pickups.fail(task, visit, RecordRejected(said, code=asked.hresult, remedy=remedy), now)
            return _progress(pickups, asked.ticket, now)
        if task is not None:
            self._again(pickups, task, visit, Again(said, _SOON), now)
        pickups.say(visit, said)
        return _FAILED

    def _decided(self, task: Task, company: CompanySettings, response: str) -> Decision:
        bill = VendorBill.model_validate_json(task.payload)
        step = Step(task.step)
        request_id = _request_id(task, task.asked_revision, step)
        try:
            answers = {each.request_id: each for each in qbxml.read_answers(response)}
            if request_id not in answers:
                return Again("QuickBooks answered something that was not asked", _SOON)
            return decide(bill, step, task.memory, answers[request_id], company)
        except RetryLater as error:
            return Again(error.message, _SOON)

    def _settle(self, pickups: Pickups, task: Task, visit: Visit, decision: Decision, now: datetime) -> None:
        match decision:
            case GoOn() if task.asked_revision != task.revision:  # what was found is no answer for what is wanted now
                pickups.go_on(task, "", {}, now)
            case GoOn(step, memory):
                pickups.go_on(task, step, memory, now)
            case Done(txn_id):
                pickups.done(task, visit, txn_id, now)
            case Again():
                self._again(pickups, task, visit, decision, now)
            case Refused(error):
                _log.warning("bill refused", system=SYSTEM, code=error.code)
                pickups.fail(task, visit, error, now)

    def _again(self, pickups: Pickups, task: Task, visit: Visit, decision: Again, now: datetime) -> None:
        if task.attempts + 1 < self.settings.max_attempts:
            pickups.again(task, decision.why, now + decision.wait, now)
            return
        remedy = "See what keeps QuickBooks from it; then try it again."
        pickups.fail(task, visit, RecordRejected(decision.why, code="GAVE_UP", remedy=remedy), now)

    def connection_error(self, asked: NotReached, now: datetime) -> str:
        """End the visit: another company file than the one that is set is never tried instead."""
        _log.warning("quickbooks not reached", system=SYSTEM, code=asked.hresult)
        self.close_connection(Ticketed(ticket=asked.ticket), now)
        return _OVER

    def get_last_error(self, asked: Ticketed, now: datetime) -> str:
        with self.engine.begin() as connection:
            visit = Pickups(connection, SYSTEM).visit(asked.ticket, now)
        return visit.said if visit else "This visit is over; the next one goes on with what is left."

    def close_connection(self, asked: Ticketed, now: datetime) -> str:
        with self.engine.begin() as connection:
            pickups = Pickups(connection, SYSTEM)
            visit = pickups.visit(asked.ticket, now)
            if visit is not None:
                pickups.close_visit(visit, now)
        return "OK"


def _request_id(task: Task, revision: int, step: Step) -> str:
    """Name a request, so that no answer is taken for one to another step or to a former form of the bill."""
    return f"{task.id}-{revision}-{task.attempts}-{step.replace(' ', '-')}"


def _comes_soon(pickups: Pickups, visit: Visit, now: datetime) -> bool:
    moment = pickups.next_at(visit.place)
    return moment is not None and moment <= now + _SOON


def _progress(pickups: Pickups, ticket: str, now: datetime) -> int:
    """Give whole percents: 100 ends the visit, so it is 99 at most while something can still be done in it."""
    visit = pickups.visit(ticket, now)
    if visit is None or not _comes_soon(pickups, visit, now):
        return _COMPLETE
    return min(max(100 * visit.done // (visit.done + pickups.left(visit.place)), 1), _COMPLETE - 1)


def _wrong_company(pickups: Pickups, visit: Visit, company: CompanySettings, asked: SendRequest) -> str:
    """Say what is wrong with the company file that is open, "" when nothing: bills stay out of others' books."""
    if company.file and asked.file and PureWindowsPath(company.file) != PureWindowsPath(asked.file):
        return f"Another company file is open than the one of {visit.place!r}; open that one."
    if not company.company_name:
        return ""
    try:
        told = qbxml.company_name(asked.host) or visit.visitor
    except RetryLater:
        told = ""
    if told != visit.visitor:
        pickups.introduce(visit, told)
    if not told:
        return "QuickBooks did not tell which company is open."
    return "" if told == company.company_name else f"The company that is open is not the one of {visit.place!r}."
