"""The simulated PassTime: password grant, devices by dealer and serial number, locates that take their time.

What it does beyond what partners' programs show is ours: docs/connectors/passtime.md says which.
"""

from __future__ import annotations

import csv
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from drawbar.sandbox.gps.door import is_same, kept_secret
from drawbar.sandbox.gps.journeys import Spot, last_report, spot
from drawbar.sandbox.gps.trucks import Truck, Yard
from drawbar.sandbox.store import system_clock

DEALER: Final = "700123"
USER: Final = "drawbar@passtime.example"
TOKEN_SECONDS: Final = 86_399
LOCATE_SECONDS: Final = 8
"""How long a device takes to say where it is, once it was asked."""

_EXPORT_HEAD: Final = ("Serial Number", "VIN", "Last Locate", "Latitude", "Longitude", "Address", "Total Miles")
_PORTAL_ZONE: Final = ZoneInfo("America/New_York")
_EST: Final = timedelta(hours=-5)


def serial_of(truck: Truck) -> str:
    """Give the serial number of a truck's device."""
    return f"PT{truck.luck:010d}"


@dataclass
class Device:
    """What a device was told: when it was asked where it is, and whether the truck may start."""

    asked_at: datetime | None = None
    starter: bool = True


@dataclass
class PassTimeVendor:
    """Implements `Vendor`: the trucks of `yard`, one user whose password is kept in `folder`."""

    folder: Path
    yard: Yard
    clock: Callable[[], datetime] = system_clock
    section: str = "passtime"
    devices: dict[str, Device] = field(default_factory=dict)
    _tokens: dict[str, datetime] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/token", self._token, methods=["POST"]),
            Route("/api/device/GetLastLocate", self._last_locate),
            Route("/api/device/GetTotalMiles", self._total_miles),
            Route("/api/device", self._command, methods=["POST"]),
        ]

    def where_found(self, url: str) -> Mapping[str, object]:
        self.password()
        self.write_export()
        return {
            "url": url, "dealer_number": DEALER, "username": USER, "password": f"file:{self._password_file}",
            "calls_per_minute": 6_000, "portal": {"folder": str(self.exports)},
        }  # fmt: skip

    @property
    def exports(self) -> Path:
        """Where the portal's exports are dropped."""
        return self.folder / "exports"

    @property
    def _password_file(self) -> Path:
        return self.folder / "keys" / "password"

    def password(self) -> str:
        """Give the user's password; one is made up the first time."""
        return kept_secret(self._password_file)

    def write_export(self) -> Path:
        """Export the devices as a person at the portal would."""
        self.exports.mkdir(parents=True, exist_ok=True)
        path = self.exports / f"devices-{self.clock():%Y%m%d-%H%M%S}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(_EXPORT_HEAD)
            lines.writerows(self._exported(truck) for truck in self.yard.trucks())
        return path

    def revoke_tokens(self) -> None:
        """Forget all tokens, as a maker does whose server is started anew."""
        with self._lock:
            self._tokens.clear()

    def _exported(self, truck: Truck) -> tuple[object, ...]:
        seen = last_report(truck, self.clock())
        local = seen.at.astimezone(_PORTAL_ZONE)
        address = f"{seen.city.street}, {seen.city.name}, {seen.city.state}" if seen.city else ""
        written = f"{local:%m/%d/%Y %I:%M:%S %p}"
        return (serial_of(truck), truck.vin, written, seen.latitude, seen.longitude, address, int(seen.miles))

    async def _token(self, request: Request) -> Response:
        form = await _form(request)
        right = is_same(form.get("username", ""), USER) and is_same(form.get("password", ""), self.password())
        if form.get("grant_type") != "password":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        if not right:
            said = {"error": "invalid_grant", "error_description": "The user name or password is incorrect."}
            return JSONResponse(said, 400)
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._tokens[token] = self.clock() + timedelta(seconds=TOKEN_SECONDS)
        return JSONResponse({"access_token": token, "token_type": "bearer", "expires_in": TOKEN_SECONDS})

    def _last_locate(self, request: Request) -> Response:
        refusal, truck = self._asked(request, request.query_params)
        if refusal is not None or truck is None:
            return refusal or JSONResponse([])
        seen = self._seen(truck)
        local = (seen.at + _EST).replace(tzinfo=None)
        located = {
            "lat": seen.latitude, "long": seen.longitude, "lastLocate": local.isoformat(timespec="seconds"),
            "totalMiles": int(seen.miles),
        }  # fmt: skip
        return JSONResponse([located])

    def _total_miles(self, request: Request) -> Response:
        refusal, truck = self._asked(request, request.query_params)
        if refusal is not None or truck is None:
            return refusal or JSONResponse([])
        return JSONResponse([{"totalMiles": int(self._seen(truck).miles)}])

    async def _command(self, request: Request) -> Response:
        form = await _form(request)
        refusal, truck = self._asked(request, form)
        if refusal is not None:
            return refusal
        if truck is None:
            return JSONResponse({"Message": "The serial number is not one of this dealer."}, 404)
        device = self.devices.setdefault(serial_of(truck), Device())
        action = form.get("actionName", "")
        if action == "UpdateMap":
            device.asked_at = self.clock()
        elif action == "EnableDisable" and form.get("EnableDisable") in {"0", "1"}:
            device.starter = form["EnableDisable"] == "1"
        else:
            return JSONResponse({"Message": "The request is invalid."}, 400)
        return JSONResponse({"results": {"callresult": "Success"}})

    def _asked(self, request: Request, which: Mapping[str, str]) -> tuple[Response | None, Truck | None]:
        """Give a refusal, or the truck that a call is about; None when the dealer has no such device."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        with self._lock:
            good = kind.lower() == "bearer" and self._tokens.get(token, datetime.min.replace(tzinfo=UTC)) > self.clock()
        if not good:
            return JSONResponse({"Message": "Authorization has been denied for this request."}, 401), None
        if which.get("DealerNumber") != DEALER:
            return JSONResponse({"Message": "The dealer number is not yours."}, 403), None
        return None, self._by_serial(which.get("SerialNumber", ""))

    def _by_serial(self, serial: str) -> Truck | None:
        return next((truck for truck in self.yard.trucks() if serial_of(truck) == serial), None)

    def _seen(self, truck: Truck) -> Spot:
        """Give what the device last said: by itself, or because it was asked and has had its time."""
        asked = self.devices.get(serial_of(truck), Device()).asked_at
        answered = asked + timedelta(seconds=LOCATE_SECONDS) if asked else None
        now, regular = self.clock(), last_report(truck, self.clock())
        return spot(truck, answered) if answered and regular.at < answered <= now else regular


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
