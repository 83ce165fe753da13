"""Access tokens: JWT bearer or client credentials, fetched once for all threads that need one.

Neither flow gives a refresh token or says when a token ends, so the only sign is a 401; the token that was refused is
then handed to `renew`, which logs in again only if nobody has done so since.
Source: Salesforce Help, "OAuth 2.0 JWT Bearer Flow", "OAuth 2.0 Client Credentials Flow" (read 2026-07).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from requests import RequestException, Response, Session

from drawbar.connectors.salesforce.errors import LoginRefused, OrgError, SalesforceBusy, read_error
from drawbar.connectors.salesforce.settings import SYSTEM, SalesforceSettings
from drawbar.middleware.errors import ConfigError
from drawbar.middleware.http import TimedAdapter, is_safe_origin, open_session
from drawbar.middleware.observe import LoggedIn, Observer, Observers
from drawbar.middleware.retry import (
    GIVE_UP,
    HTTP_RETRIES,
    Failure,
    RetryDecision,
    RetryPolicy,
    call_with_retries,
    decide,
    read_retry_after,
)
from drawbar.middleware.settings import Secret

TOKEN_PATH: Final = "/services/oauth2/token"  # noqa: S105  (a path)
_ASSERTION_SECONDS: Final = 180
_REFUSAL_HOLDS_SECONDS: Final = 60.0

_REMEDIES: Final[Mapping[str, str]] = {
    "user hasn't approved this consumer": "Pre-authorise the app: set Permitted Users to admin-approved and assign a "
    "permission set.",
    "audience is invalid": "Set audience: https://login.salesforce.com, or https://test.salesforce.com for a sandbox.",
    "invalid assertion": "Upload the certificate that belongs to private_key to the External Client App.",
    "expired authorization": "Set this machine's clock: the assertion was out of its time.",
    "no client credentials user": "Choose a Run As user for the client credentials flow in the External Client App.",
    "request not supported on this domain": "Set login_url to the My Domain address of the org.",
    "invalid_client_id": "Set client_id to the consumer key of the External Client App.",
    "invalid_client": "Set client_secret to the consumer secret of the External Client App.",
    "inactive": "Activate or unlock the integration user.",
    "invalid_app_access": "Assign the app to the user's profile or permission set.",
    "invalid_grant": "Check username, audience and certificate, and that the user may use the app.",
}
"""What the token endpoint says (part of error or description, the first that fits) → what to do."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token and the address of the org that it is for."""

    value: str = field(repr=False)
    instance_url: str


class TokenProvider:
    """Holds the current token; safe for any number of threads, one log-in at a time."""

    def __init__(
        self,
        settings: SalesforceSettings,
        *,
        policy: RetryPolicy | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
        observer: Observer | None = None,
    ) -> None:
        self._settings = settings
        self._policy = policy or RetryPolicy()
        self._clock = clock
        self._wall_clock = wall_clock
        self._sleep = sleep
        self._observer = observer or Observers()
        self._session: Session = open_session(TimedAdapter(settings.http, system=SYSTEM, observer=observer))
        self._lock = threading.Lock()
        self._token: AccessToken | None = None
        self._refusal: LoginRefused | None = None
        self._refused_at = 0.0

    def current(self) -> AccessToken:
        """Give the token, after logging in when there is none yet.

        Raises LoginRefused when Salesforce does not accept us (for a minute without asking again, so that many
        threads do not lock the user out), SalesforceBusy when it cannot say.
        """
        with self._lock:
            return self._token or self._log_in()

    def renew(self, refused: AccessToken) -> AccessToken:
        """Give another token than `refused`: the one that another thread has fetched meanwhile, or a new one."""
        with self._lock:
            if self._token is not None and self._token != refused:
                return self._token
            self._token = None
            return self._log_in()

    def _log_in(self) -> AccessToken:
        if self._refusal is not None and self._clock() - self._refused_at < _REFUSAL_HOLDS_SECONDS:
            raise LoginRefused(self._refusal.message, remedy=self._refusal.remedy)
        try:
            self._token = call_with_retries(self._request, self._decide, sleep=self._sleep)
        except LoginRefused as refusal:
            self._refusal, self._refused_at = refusal, self._clock()
            self._observer.happened(LoggedIn(SYSTEM, "refused"))
            raise
        except SalesforceBusy:
            self._observer.happened(LoggedIn(SYSTEM, "unanswered"))
            raise
        self._observer.happened(LoggedIn(SYSTEM, "accepted"))
        self._refusal = None
        return self._token

    def _request(self) -> AccessToken:
        url = self._settings.login_url + TOKEN_PATH
        try:
            response = self._session.post(url, data=self._grant(), allow_redirects=False)
        except RequestException as error:
            raise SalesforceBusy(
                f"cannot reach {self._settings.login_url} ({type(error).__name__})",
                remedy="Check login_url, the network and ca_file.",
            ) from error
        if response.ok and not response.is_redirect:
            return _read_token(response)
        after = read_retry_after(response.headers.get("Retry-After"), self._wall_clock())
        raise self._refused(read_error(response.status_code, response.text, after))

    def _decide(self, error: BaseException, attempt: int) -> RetryDecision:
        if not isinstance(error, SalesforceBusy):
            return GIVE_UP
        failure = Failure(503, retry_after=error.after_seconds)
        return decide(failure, attempt, repeatable=True, table=HTTP_RETRIES, policy=self._policy)

    def _refused(self, error: OrgError) -> Exception:
        said = f"{error.code}: {error.message}" if error.code else error.message
        if (error.status, "") in HTTP_RETRIES or "rate exceeded" in said.lower():
            return SalesforceBusy(f"log-in to Salesforce failed for now ({said})", after_seconds=error.retry_after)
        remedy = next((text for sign, text in _REMEDIES.items() if sign in said.lower()), "Check login_url.")
        return LoginRefused(f"Salesforce refuses the log-in ({said}).", remedy=remedy)

    def _grant(self) -> dict[str, str]:
        if self._settings.auth == "jwt":
            return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": self._assertion()}
        return {
            "grant_type": "client_credentials",
            "client_id": self._settings.client_id,
            "client_secret": _reveal(self._settings.client_secret),
        }

    def _assertion(self) -> str:
        claims = {
            "iss": self._settings.client_id,
            "sub": self._settings.username,
            "aud": self._settings.audience,
            "exp": int(self._wall_clock().timestamp()) + _ASSERTION_SECONDS,
        }
        try:
            return jwt.encode({"alg": "RS256"}, claims, RSAKey.import_key(_reveal(self._settings.private_key)))
        except (JoseError, ValueError, TypeError) as error:
            raise ConfigError(
                f"salesforce.private_key cannot sign ({type(error).__name__})",
                remedy="Give an unencrypted RSA private key in PEM form.",
            ) from None


def _reveal(secret: Secret | None) -> str:
    return secret.get_secret_value() if secret is not None else ""


def _read_token(response: Response) -> AccessToken:
    try:
        answer = response.json()
        token = AccessToken(str(answer["access_token"]), str(answer["instance_url"]).rstrip("/"))
    except (ValueError, KeyError, TypeError):
        raise LoginRefused("the log-in answer is not Salesforce's", remedy="Check login_url.") from None
    if not is_safe_origin(token.instance_url):
        raise LoginRefused("the log-in answer names an address that is not https", remedy="Check login_url.")
    return token
