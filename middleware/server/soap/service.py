"""A service by contract: what is asked becomes a model and meets a handler, the same ones that other ways in use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from lxml import etree
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool

from drawbar.middleware.errors import ConfigError
from drawbar.middleware.server.soap.call import SoapCall
from drawbar.middleware.server.soap.contract import Contract, ContractOperation, decode, encode
from drawbar.middleware.server.soap.envelope import Envelope
from drawbar.middleware.server.soap.faults import FaultSide, SoapFault
from drawbar.middleware.server.soap.multiref import inline_references
from drawbar.middleware.server.soap.parsing import XmlLimits

Asked = TypeVar("Asked", bound=BaseModel)
Caller = TypeVar("Caller")
CallerT_co = TypeVar("CallerT_co", covariant=True)
CallerT_contra = TypeVar("CallerT_contra", contravariant=True)


class SoapService(Protocol):
    """What answers the messages that come to one address."""

    @property
    def limits(self) -> XmlLimits:
        """How large a message may be."""
        ...

    def wsdl(self, address: str) -> bytes | None:
        """Give the WSDL that names an address; None when none is served."""
        ...

    async def answer(self, call: SoapCall) -> etree._Element:
        """Give what stands in the body of the answer; a DrawbarError becomes a fault. What waits does so elsewhere."""
        ...


class Gate(Protocol[CallerT_co]):
    """Finds out who calls, from the header of the message."""

    def caller(self, call: SoapCall) -> CallerT_co:
        """Give the caller; SoapFault for one who may not enter."""
        ...


@dataclass(frozen=True, slots=True)
class OpenGate:
    """Lets everybody pass: for contracts whose operations prove by themselves who calls; the caller is an address."""

    def caller(self, call: SoapCall) -> str:
        return call.peer


class Answering(Protocol[CallerT_contra]):
    """An operation as the service sees it: values in, values out."""

    def answer(self, asked: Mapping[str, object], caller: CallerT_contra, now: datetime) -> Mapping[str, Any]:
        """Answer; SoapFault when what is asked does not fit the model."""
        ...


def validated(model: type[Asked], asked: Mapping[str, object]) -> Asked:
    """Make a model of what is asked; SoapFault names the first field that does not fit."""
    try:
        return model.model_validate(asked)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SoapFault(first["msg"], side=FaultSide.CALLER, code="INVALID", field=place) from None


@dataclass(frozen=True, slots=True)
class Operation(Generic[Asked, Caller]):
    """A model for what is asked, and a handler that gives a model for the answer."""

    model: type[Asked]
    handle: Callable[[Asked, Caller, datetime], BaseModel]

    def answer(self, asked: Mapping[str, object], caller: Caller, now: datetime) -> Mapping[str, Any]:
        return self.handle(validated(self.model, asked), caller, now).model_dump(by_alias=True)


@dataclass(frozen=True, slots=True)
class ContractService(Generic[Caller]):
    """A contract, who may call, and an operation of ours for each operation of the contract.

    With `lenient`, messages are not validated: elements that the contract does not know are passed over, and missing
    ones are for the model to judge. Vendors' programs differ from their own WSDL here and there.
    """

    contract: Contract
    gate: Gate[Caller]
    operations: Mapping[str, Answering[Caller]]
    limits: XmlLimits = field(default_factory=XmlLimits)
    lenient: bool = False

    def __post_init__(self) -> None:
        promised = {each.name for each in self.contract.operations}
        if promised != set(self.operations):
            raise ConfigError(f"contract and operations differ: {sorted(promised ^ set(self.operations))}")

    def wsdl(self, address: str) -> bytes | None:
        return self.contract.served(address)

    async def answer(self, call: SoapCall) -> etree._Element:
        """Answer on a thread: gate and operations ask the database."""
        return await run_in_threadpool(self._answer, call)

    def _answer(self, call: SoapCall) -> etree._Element:
        caller, envelope = self.gate.caller(call), call.envelope
        operation = self.contract.operation(envelope.payload)
        if not self.lenient:
            self._validate(envelope)
        asked = decode(envelope.payload, operation.asks.type)
        return self._answered(operation, self.operations[operation.name].answer(asked, caller, call.now))

    def _validate(self, envelope: Envelope) -> None:
        complaint = self.contract.complaint(envelope.payload)
        if complaint and inline_references(envelope.body):
            complaint = self.contract.complaint(envelope.payload)
        if complaint:
            raise SoapFault(
                f"the message is not as the contract says: {complaint}", side=FaultSide.CALLER, code="NOT_VALID",
                remedy="Compare it with the WSDL of this address (?wsdl).",
            )  # fmt: skip

    def _answered(self, operation: ContractOperation, values: Mapping[str, Any]) -> etree._Element:
        return encode(operation.answers, values)
