"""The token endpoint and what belongs to it: JWT bearer, client credentials, user name and password."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import unquote

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.schema import SObject
from drawbar.sandbox.seeds import ORGANIZATION_ID
from drawbar.sandbox.sessions import Sessions
from drawbar.sandbox.store import Org
from drawbar.sandbox.values import Stored

LONGEST_ASSERTION_SECONDS = 180
"""How far ahead the expiry of an assertion may lie."""

CLOCK_TOLERANCE_SECONDS = 5
"""Clients write exactly the longest time, rounded, by their own clock."""

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCES = frozenset({"https://login.salesforce.com", "https://test.salesforce.com"})
SCOPE = "api"

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ConnectedApp:
    """The one client that may log in, and as whom.

    `jwt_public_key` verifies the assertions of the client; without one JWT bearer is refused. `user_id` is the user of
    the client credentials flow and of the password flow.
    """

    client_id: str
    client_secret: str = field(repr=False)
    username: str
    password: str = field(repr=False)
    jwt_public_key: RSAKey | None = None


class OAuthError(Exception):
    """A log-in that the org refuses: `error` and `error_description` of the answer."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description


class Login:
    """Decides who may sign in."""

    def __init__(self, org: Org, app: ConnectedApp) -> None:
        self._org = org
        self._app = app
        self._grants: Mapping[str, Callable[[Form, str], str]] = {
            JWT_BEARER: self._by_assertion,
            "client_credentials": self._by_client_credentials,
            "password": self._by_password,
        }

    def user(self, form: Form, base_url: str) -> str:
        """Give the name of the user that a token request signs in; `base_url` is this org's own audience."""
        grant = self._grants.get(form.get("grant_type", ""))
        if grant is None:
            raise OAuthError("unsupported_grant_type", "grant type not supported")
        return grant(form, base_url)

    def _by_client_credentials(self, form: Form, _base_url: str) -> str:
        self._check_client(form)
        return self._app.username

    def _by_password(self, form: Form, _base_url: str) -> str:
        self._check_client(form)
        known = _same(form.get("username", "").lower(), self._app.username.lower())
        if not known or not _same(form.get("password", ""), self._app.password):
            raise OAuthError("invalid_grant", "authentication failure")
        return self._app.username

    def _check_client(self, form: Form) -> None:
        self._check_client_id(form.get("client_id", ""))
        if not _same(form.get("client_secret", ""), self._app.client_secret):
            raise OAuthError("invalid_client", "invalid client credentials")

    def _check_client_id(self, client_id: object) -> None:
        if not isinstance(client_id, str) or not _same(client_id, self._app.client_id):
            raise OAuthError("invalid_client_id", "client identifier invalid")

    def _by_assertion(self, form: Form, base_url: str) -> str:
        claims = self._verified(form.get("assertion", ""))
        self._check_client_id(claims.get("iss"))
        _check_audience(claims.get("aud"), base_url)
        _check_expiry(claims.get("exp"), self._org.now())
        subject = claims.get("sub", claims.get("prn"))
        if not isinstance(subject, str):
            raise OAuthError("invalid_grant", "user hasn't approved this consumer")
        return subject

    def _verified(self, assertion: str) -> Mapping[str, object]:
        if self._app.jwt_public_key is None:
            raise OAuthError("invalid_client", "no public key is configured for this client")
        try:
            return jwt.decode(assertion, self._app.jwt_public_key, algorithms=["RS256"]).claims
        except (JoseError, ValueError) as problem:
            raise OAuthError("invalid_grant", "invalid assertion") from problem


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode(), right.encode())


def _check_audience(audience: object, base_url: str) -> None:
    named = audience if isinstance(audience, list) else [audience]
    if not any(isinstance(each, str) and each.rstrip("/") in AUDIENCES | {base_url} for each in named):
        raise OAuthError("invalid_grant", "audience is invalid")


def _check_expiry(given: object, now: datetime) -> None:
    expiry = _seconds(given)
    if expiry is None:
        raise OAuthError("invalid_grant", "invalid assertion")
    ahead = expiry - now.timestamp()
    if ahead <= 0:
        raise OAuthError("invalid_grant", "expired authorization code")
    if ahead > LONGEST_ASSERTION_SECONDS + CLOCK_TOLERANCE_SECONDS:
        raise OAuthError("invalid_grant", "invalid assertion")


def _seconds(given: object) -> float | None:
    """Read the time of an expiry; simple-salesforce writes it as a text, which a real org takes too."""
    if isinstance(given, str) and given.isascii() and given.isdigit():
        return float(given)
    return given if isinstance(given, int | float) and not isinstance(given, bool) else None


class OAuthEndpoints:
    """The HTTP side: tokens, revocation, who am I."""

    def __init__(self, org: Org, app: ConnectedApp, sessions: Sessions) -> None:
        self._org = org
        self._app = app
        self._login = Login(org, app)
        self._sessions = sessions
        self._signing_key = secrets.token_bytes(32)

    def routes(self) -> list[Route]:
        """Give the routes below `/services/oauth2` and the identity URL."""
        return [
            Route("/services/oauth2/token", self._token, methods=["POST"]),
            Route("/services/oauth2/revoke", self._revoke, methods=["GET", "POST"]),
            Route("/services/oauth2/userinfo", self._userinfo, methods=["GET", "POST"]),
            Route("/id/{organization_id}/{user_id}", self._identity, methods=["GET", "POST"]),
        ]

    async def _token(self, request: Request) -> Response:
        form = _with_basic_credentials(request, await _form(request))
        base_url = _base_url(request)
        try:
            username = self._login.user(form, base_url)
            user = await run_in_threadpool(self._active_user, username)
        except OAuthError as refusal:
            return _refused(refusal)
        return JSONResponse(self._granted(str(user["Id"]), base_url), headers={"Cache-Control": "no-store"})

    def _granted(self, user_id: str, base_url: str) -> dict[str, str]:
        identity = f"{base_url}/id/{ORGANIZATION_ID}/{user_id}"
        issued_at = str(int(self._org.now().timestamp() * 1000))
        signature = hmac.new(self._signing_key, f"{identity}{issued_at}".encode(), hashlib.sha256).digest()
        return {
            "access_token": self._sessions.start(user_id),
            "signature": base64.b64encode(signature).decode(),
            "scope": SCOPE,
            "instance_url": base_url,
            "id": identity,
            "token_type": "Bearer",
            "issued_at": issued_at,
        }

    def _active_user(self, username: str) -> dict[str, Stored]:
        rows = self._org.read('SELECT "Id" FROM "User" WHERE "Username" = ? AND "IsActive" = 1', (username,))
        if not rows:
            raise OAuthError("invalid_grant", "user hasn't approved this consumer")
        return self._user(str(rows[0][0]))

    def _user(self, user_id: str) -> dict[str, Stored]:
        return self._org.record(self._users, user_id) or {}

    @property
    def _users(self) -> SObject:
        users = self._org.schema.get("User")
        if users is None:
            raise SalesforceError("UNKNOWN_EXCEPTION", "the org has no users", status=500)
        return users

    async def _revoke(self, request: Request) -> Response:
        token = (await _form(request)).get("token") or request.query_params.get("token", "")
        if not self._sessions.revoke(token):
            return _refused(OAuthError("invalid_token", "invalid token"))
        return Response(status_code=200)

    async def _userinfo(self, request: Request) -> Response:
        try:
            user_id = self._sessions.signed_in(request)
        except SalesforceError:
            return Response("Bad_OAuth_Token", status_code=403, media_type="text/html")
        user = await run_in_threadpool(self._user, user_id)
        base_url = _base_url(request)
        return JSONResponse(
            {
                "sub": f"{base_url}/id/{ORGANIZATION_ID}/{user_id}",
                "user_id": user_id,
                "organization_id": ORGANIZATION_ID,
                "preferred_username": user["Username"],
                "name": user["Name"],
                "given_name": user["FirstName"],
                "family_name": user["LastName"],
                "email": user["Email"],
                "zoneinfo": user["TimeZoneSidKey"],
                "locale": user["LocaleSidKey"],
                "active": bool(user["IsActive"]),
                "urls": _urls(base_url),
            }
        )

    async def _identity(self, request: Request) -> Response:
        try:
            signed_in = self._sessions.signed_in(request)
        except SalesforceError:
            return Response("Bad_OAuth_Token", status_code=403, media_type="text/html")
        if not signed_in.startswith(request.path_params["user_id"][:15]):
            return Response("Bad_Id", status_code=403, media_type="text/html")
        user = await run_in_threadpool(self._user, signed_in)
        base_url = _base_url(request)
        return JSONResponse(
            {
                "id": f"{base_url}/id/{ORGANIZATION_ID}/{signed_in}",
                "asserted_user": True,
                "user_id": signed_in,
                "organization_id": ORGANIZATION_ID,
                "username": user["Username"],
                "display_name": user["Name"],
                "email": user["Email"],
                "active": bool(user["IsActive"]),
                "user_type": "STANDARD",
                "language": user["LanguageLocaleKey"],
                "locale": user["LocaleSidKey"],
                "timezone": user["TimeZoneSidKey"],
                "urls": _urls(base_url),
            }
        )


def _urls(base_url: str) -> dict[str, str]:
    data = f"{base_url}/services/data/v{{version}}"
    return {
        "rest": f"{data}/",
        "sobjects": f"{data}/sobjects/",
        "query": f"{data}/query/",
        "recent": f"{data}/recent/",
    }


def _base_url(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


async def _form(request: Request) -> dict[str, str]:
    form = await request.form()
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _with_basic_credentials(request: Request, form: dict[str, str]) -> dict[str, str]:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form
    try:
        client_id, _, client_secret = base64.b64decode(credentials, validate=True).decode().partition(":")
    except ValueError:
        return form
    return {"client_id": unquote(client_id), "client_secret": unquote(client_secret), **form}


def _refused(refusal: OAuthError) -> Response:
    body = {"error": refusal.error, "error_description": refusal.description}
    return JSONResponse(body, status_code=400, headers={"Cache-Control": "no-store"})
