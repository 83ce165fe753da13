"""Turns what a vendor answers into records, and what cannot be understood into a refusal of the record by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.vendor import VendorBusy

Model = TypeVar("Model", bound=BaseModel)
Answer = Mapping[str, object]


def understood(model: type[Model], answer: object, *, record: str, vendor: str) -> Model:
    """Read a record of a vendor's answer; raises RecordRejected with the first field that is wrong, and why."""
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise RecordRejected(
            first["msg"].removeprefix("Value error, "),
            record=record,
            field=".".join(map(str, first["loc"])),
            remedy=f"Correct it at {vendor}, or ask {vendor} what it means.",
            code="NOT_UNDERSTOOD",
        ) from None


def as_object(answer: object, vendor: str) -> Answer:
    """Take an answer that has to be a JSON object; raises VendorBusy for another, as something else has answered."""
    if not isinstance(answer, Mapping):
        raise _not_the_vendor(vendor)
    return answer


def as_list(answer: object, vendor: str) -> list[Answer]:
    """Take an answer that has to be a JSON array of objects; raises VendorBusy for another."""
    if not isinstance(answer, list) or not all(isinstance(each, Mapping) for each in answer):
        raise _not_the_vendor(vendor)
    return answer


def _not_the_vendor(vendor: str) -> VendorBusy:
    return VendorBusy(f"{vendor} answered something else than was asked for", remedy="Check url; try again later.")
