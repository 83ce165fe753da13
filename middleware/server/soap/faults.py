"""What a SOAP caller is told when something is wrong, and how the hub's own errors become that."""

from __future__ import annotations

from enum import Enum

from drawbar.middleware.errors import DrawbarError, NotThere, RecordRejected, RetryLater


class FaultSide(Enum):
    """Whose fault it is, in words of our own; each version of SOAP has its own for them."""

    CALLER = "caller"
    HUB = "hub"
    VERSION = "version"
    UNDERSTANDING = "understanding"


class SoapFault(DrawbarError):
    """The call gets a fault. `code` is ours, for programs; it stands in the detail, beside record, field and remedy."""

    def __init__(
        self,
        message: str,
        *,
        side: FaultSide,
        code: str = "",
        record: str = "",
        field: str = "",
        remedy: str = "",
    ) -> None:
        super().__init__(message, record=record, field=field, remedy=remedy)
        self.side = side
        self.code = code


def fault_of(error: DrawbarError) -> SoapFault:
    """Give the fault that tells of an error: what the caller can mend is the caller's, anything else the hub's."""
    told = {"record": error.record, "field": error.field, "remedy": error.remedy}
    match error:
        case SoapFault():
            return error
        case RecordRejected():
            return SoapFault(error.message, side=FaultSide.CALLER, code=error.code, **told)
        case NotThere():
            return SoapFault(error.message, side=FaultSide.CALLER, code="NOT_THERE", **told)
        case RetryLater():
            return SoapFault(error.message, side=FaultSide.HUB, code="RETRY_LATER", **told)
        case _:
            return SoapFault("the hub cannot do this now", side=FaultSide.HUB, code="STOPPED")
