"""The simulated Twilio: the Messages resource, signed status callbacks, and telephones whose owners answer.

Behaves as twilio.com/docs/messaging/api/message-resource describes (read 2026-11). What it does beyond that is ours:
docs/connectors/twilio.md says which.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode

import requests
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from drawbar.sandbox.gps.door import is_same, kept_secret
from drawbar.sandbox.store import system_clock

SENDER: Final = "+12025550100"
LANDLINE: Final = "+15005550009"
"""Twilio's own test number that cannot take texts (twilio.com/docs/iam/test-credentials, read 2026-11)."""
SWITCHED_OFF: Final = "+15005550003"
"""A telephone that no message reaches; ours."""

_STOP: Final = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
_START: Final = frozenset({"START", "YES", "UNSTOP"})
_LONGEST: Final = 1600
_NUMBER: Final = re.compile(r"\+[1-9]\d{6,14}")
_SECONDS: Final = 10


@dataclass
class Text:
    """A message at Twilio."""

    sid: str
    sender: str
    to: str
    body: str
    at: datetime
    callback: str
    status: str = "queued"
    error_code: str = ""


@dataclass
class TwilioVendor:
    """Implements `Vendor`: one account, whose SID and token are kept in `folder`, with one number to send from."""

    folder: Path
    clock: Callable[[], datetime] = system_clock
    section: str = "twilio"
    texts: list[Text] = field(default_factory=list)
    opted_out: set[str] = field(default_factory=set)
    unheard: list[str] = field(default_factory=list)
    webhook: str = ""

    def routes(self) -> Sequence[BaseRoute]:
        account = "/2010-04-01/Accounts/{account}"
        return [
            Route(f"{account}/Messages.json", self._create, methods=["POST"]),
            Route(f"{account}/Messages.json", self._list),
            Route(f"{account}.json", self._account),
            Route("/phones/{number}/messages", self._answer, methods=["POST"]),
            Route("/phones/{number}/messages", self._phone),
        ]

    def where_found(self, url: str) -> Mapping[str, object]:
        self.token()
        return {
            "url": url, "account_sid": self.account_sid, "auth_token": f"file:{self._token_file}", "sender": SENDER,
            "calls_per_minute": 6_000,
        }  # fmt: skip

    @property
    def account_sid(self) -> str:
        """The account's SID, made of where it is kept."""
        return "AC" + hashlib.md5(str(self.folder).encode(), usedforsecurity=False).hexdigest()

    def token(self) -> str:
        """Give the account's token; one is made up the first time."""
        return kept_secret(self._token_file)

    @property
    def _token_file(self) -> Path:
        return self.folder / "keys" / "auth_token"

    async def _create(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
        refusal = self._not_ours(request) or self._refusal(form)
        if refusal is not None:
            return refusal
        text = Text(
            "SM" + secrets.token_hex(16), form["From"], form["To"], form["Body"], self.clock(),
            form.get("StatusCallback", ""),
        )  # fmt: skip
        self.texts.append(text)
        self.webhook = text.callback or self.webhook
        later = BackgroundTask(self._carry, text) if text.callback else None
        return JSONResponse(self._told(text), HTTPStatus.CREATED, background=later)

    def _refusal(self, form: Mapping[str, str]) -> Response | None:
        to, body = form.get("To", ""), form.get("Body", "")
        if not body:
            return _refused(21602, "Message body is required")
        if len(body) > _LONGEST:
            return _refused(21617, "The concatenated message body exceeds the 1600 character limit")
        if not _NUMBER.fullmatch(to):
            return _refused(21211, "Invalid 'To' Phone Number")
        if form.get("From") != SENDER:
            return _refused(21606, "The 'From' number is not a valid, SMS-capable number of this account")
        if to == LANDLINE:
            return _refused(21614, "'To' number is not a valid mobile number")
        if to in self.opted_out:
            return _refused(21610, "Attempt to send to unsubscribed recipient")
        return None

    def _carry(self, text: Text) -> None:
        """Bring a message to its telephone, and tell its sender of each step."""
        reached = text.to != SWITCHED_OFF
        for status in ("sent", "delivered" if reached else "undelivered"):
            text.status, text.error_code = status, "30003" if status == "undelivered" else ""
            error = {"ErrorCode": text.error_code} if text.error_code else {}
            self.call(text.callback, {**self._named(text), "MessageStatus": status, "SmsStatus": status, **error})

    def call(self, address: str, told: Mapping[str, str]) -> int:
        """Send a signed webhook; gives the answer's status, 0 for none. What is not taken is noted as `unheard`."""
        headers = self.signed(address, told)
        try:
            status = requests.post(address, data=urlencode(told), headers=headers, timeout=_SECONDS).status_code
        except requests.RequestException:
            status = 0
        if status != HTTPStatus.NO_CONTENT:
            self.unheard.append(f"{told['MessageSid']} {status}")
        return status

    def signed(self, address: str, told: Mapping[str, str]) -> dict[str, str]:
        """Give the headers of a webhook to an address."""
        said = address + "".join(name + told[name] for name in sorted(told))
        mark = base64.b64encode(hmac.digest(self.token().encode(), said.encode(), hashlib.sha1)).decode()
        return {"X-Twilio-Signature": mark, "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}

    def answer(self, number: str, body: str) -> dict[str, str]:
        """Let the owner of a telephone write to the account's number; gives the webhook that tells of it."""
        word = "".join(each for each in body.upper() if each.isalpha())
        if word in _STOP:
            self.opted_out.add(number)
        elif word in _START:
            self.opted_out.discard(number)
        text = Text("SM" + secrets.token_hex(16), number, SENDER, body, self.clock(), "", status="received")
        self.texts.append(text)
        return {**self._named(text), "SmsStatus": "received", "Body": body, "NumMedia": "0", "NumSegments": "1"}

    async def _answer(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        told = self.answer(request.path_params["number"], form.get("Body", ""))
        heard = await run_in_threadpool(self.call, self.webhook, told) if self.webhook else 0
        return JSONResponse({"sid": told["MessageSid"], "webhook": self.webhook, "answered": heard})

    def _phone(self, request: Request) -> Response:
        """List what stands on a telephone, newest last."""
        number = request.path_params["number"]
        return JSONResponse([self._told(text) for text in self.texts if number in (text.to, text.sender)])

    def _list(self, request: Request) -> Response:
        wanted = request.query_params
        found = [
            text for text in reversed(self.texts)
            if wanted.get("To") in (None, text.to) and wanted.get("From") in (None, text.sender)
        ]  # fmt: skip
        page = [self._told(text) for text in found[: int(wanted.get("PageSize", "50"))]]
        return self._not_ours(request) or JSONResponse({"messages": page, "page": 0, "next_page_uri": None})

    def _account(self, request: Request) -> Response:
        told = {"sid": self.account_sid, "status": "active", "type": "Full"}
        return self._not_ours(request) or JSONResponse(told)

    def _named(self, text: Text) -> dict[str, str]:
        return {
            "MessageSid": text.sid, "SmsSid": text.sid, "AccountSid": self.account_sid, "From": text.sender,
            "To": text.to, "ApiVersion": "2010-04-01",
        }  # fmt: skip

    def _told(self, text: Text) -> dict[str, object]:
        return {
            "sid": text.sid, "account_sid": self.account_sid, "from": text.sender, "to": text.to, "body": text.body,
            "status": text.status, "direction": "inbound" if text.to == SENDER else "outbound-api",
            "date_created": format_datetime(text.at), "date_sent": None, "num_segments": "1", "error_message": None,
            "error_code": int(text.error_code) if text.error_code else None, "api_version": "2010-04-01",
        }  # fmt: skip

    def _not_ours(self, request: Request) -> Response | None:
        """Refuse who does not show the account's SID and token, as HTTP Basic."""
        _, _, shown = request.headers.get("authorization", "").partition(" ")
        try:
            user, _, token = base64.b64decode(shown, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            user = token = ""
        if is_same(user, self.account_sid) and is_same(token, self.token()):
            if request.path_params["account"] == self.account_sid:
                return None
            return _refused(20404, "The requested resource was not found", HTTPStatus.NOT_FOUND)
        return _refused(20003, "Authenticate", HTTPStatus.UNAUTHORIZED)


def _refused(code: int, message: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return JSONResponse({"code": code, "message": message, "more_info": more, "status": status.value}, status)
