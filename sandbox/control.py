"""The control endpoints of the sandbox, for people and tests on the same machine: faults and the meter."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from drawbar.sandbox.faults import Fault, Faults
from drawbar.sandbox.meter import Meter

_Endpoint = Callable[[Request], Awaitable[Response]]


class MeterChange(BaseModel):
    """What may be changed of the meter while the org runs."""

    model_config = ConfigDict(extra="forbid")

    daily_limit: int = Field(ge=0)


def control_routes(*, meter: Meter, faults: Faults) -> list[Route]:
    """Give the routes below `/sandbox/`; each answers only callers on loopback, and only JSON bodies are read."""
    return [*_fault_routes(faults), *_meter_routes(meter)]


def _fault_routes(faults: Faults) -> list[Route]:
    async def listed(_request: Request) -> Response:
        return JSONResponse({"faults": faults.listed()})

    async def arm(request: Request) -> Response:
        fault = Fault.model_validate_json(await request.body())
        return JSONResponse({"number": faults.arm(fault)}, status_code=201)

    async def clear(_request: Request) -> Response:
        return JSONResponse({"cleared": faults.clear()})

    async def clear_one(request: Request) -> Response:
        number = request.path_params["number"]
        cleared = faults.clear(number)
        return JSONResponse({"cleared": cleared}, status_code=200 if cleared else 404)

    return [
        Route("/sandbox/faults", _local(listed), methods=["GET"]),
        Route("/sandbox/faults", _local(arm), methods=["POST"]),
        Route("/sandbox/faults", _local(clear), methods=["DELETE"]),
        Route("/sandbox/faults/{number:int}", _local(clear_one), methods=["DELETE"]),
    ]


def _meter_routes(meter: Meter) -> list[Route]:
    async def show(_request: Request) -> Response:
        return JSONResponse(meter.snapshot())

    async def clear(request: Request) -> Response:
        counts = meter.snapshot()
        meter.clear(limit_too=request.query_params.get("limit") == "true")
        return JSONResponse(counts)

    async def change(request: Request) -> Response:
        meter.daily_limit = MeterChange.model_validate_json(await request.body()).daily_limit
        return JSONResponse(meter.snapshot())

    return [
        Route("/sandbox/meter", _local(show), methods=["GET"]),
        Route("/sandbox/meter", _local(clear), methods=["DELETE"]),
        Route("/sandbox/meter", _local(change), methods=["PATCH"]),
    ]


def _local(endpoint: _Endpoint) -> _Endpoint:
    async def guarded(request: Request) -> Response:
        if request.client is None or not ipaddress.ip_address(request.client.host).is_loopback:
            return JSONResponse({"error": "The control endpoints answer only on loopback."}, status_code=403)
        # A page in a browser cannot send JSON here without asking first, and nobody answers it.
        if request.method in {"POST", "PATCH"} and not _is_json(request):
            return JSONResponse({"error": "Send Content-Type: application/json."}, status_code=415)
        try:
            return await endpoint(request)
        except ValidationError as refused:
            return JSONResponse({"error": _reasons(refused)}, status_code=400)

    return guarded


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").split(";")[0].strip().lower() == "application/json"


def _reasons(refused: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}".removeprefix(": ")
        for each in refused.errors(include_url=False, include_context=False, include_input=False)
    )
