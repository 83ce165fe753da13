"""`[remarketing]` of the settings: vendors, who is offered where, which status may follow which, what is tracked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from drawbar.middleware.remarketing.requests import CHANNEL, RE_SALE
from drawbar.middleware.remarketing.statuses import DEFAULT_CYCLE, Cycle, RemarketingStatus
from drawbar.middleware.settings import Section

_NAME_LENGTH = 60


class VendorSettings(Section):
    """One vendor that sells vehicles: an auction."""

    name: str = Field("", max_length=100, description="the vendor as QuickBooks names it; empty: the name of its table")
    client: str = Field("", description="the client of the server that acts for it (drawbar clients); empty: none")


class OfferedVendor(Section):
    """A vendor within a criterion."""

    vendor: str = Field(description="the vendor, by the name of its table in [remarketing.vendors]")
    sort_order: int = Field(0, ge=0, description="the lowest is preselected, unless several share it")


class Criterion(Section):
    """Which vendors are offered for which vehicles; what is left empty fits every vehicle (R01)."""

    name: str = Field(description="what people call it")
    channel: Literal["GAI"] = Field(CHANNEL, description="GAI, the generic auction interface")
    order_type: Literal["RE SALE"] = Field(RE_SALE, description="the type of the work order")
    company: str = Field("", description="company of the lease account")
    branch: str = Field("", description="office of the lease account")
    country: str = Field("", description="country in which the vehicle is stored, such as US")
    states: tuple[str, ...] = Field((), description="states in which the vehicle is stored, such as TX")
    vendors: tuple[OfferedVendor, ...] = Field((), description="who is offered, in the order in which they were added")


class RemarketingSettings(Section):
    """Who sells vehicles for the lender, and by which rules."""

    vendors: dict[str, VendorSettings] = Field(
        {}, description="vendors by name, each in a table [remarketing.vendors.NAME]: name, client"
    )
    criteria: tuple[Criterion, ...] = Field(
        (), description="assignment criteria, each in a table [[remarketing.criteria]]; the first that fits counts"
    )
    cycle: dict[RemarketingStatus, tuple[RemarketingStatus, ...]] = Field(
        {}, description="status = the statuses that may follow it, instead of the default ones"
    )
    attributes: tuple[str, ...] = Field((), max_length=100, description="names of the tracking attributes of a request")

    @field_validator("attributes")
    @classmethod
    def _names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if not name.isprintable() or not 0 < len(name.strip()) == len(name) <= _NAME_LENGTH or ":" in name:
                raise ValueError(f"must be names of up to {_NAME_LENGTH} characters without colons")
        if len(set(names)) < len(names):
            raise ValueError("names an attribute twice")
        return names

    @model_validator(mode="after")
    def _vendors_there(self) -> Self:
        for criterion in self.criteria:
            names = [each.vendor for each in criterion.vendors]
            if unknown := sorted(set(names) - set(self.vendors)):
                raise ValueError(f"criterion {criterion.name!r} names {', '.join(unknown)}, none of the vendors")
            if len(set(names)) < len(names):
                raise ValueError(f"criterion {criterion.name!r} names a vendor twice")
        return self

    @property
    def whole_cycle(self) -> Cycle:
        """The cycle table: the default one, with the rows of the settings instead of its own."""
        return {**DEFAULT_CYCLE, **self.cycle}

    @property
    def vendor_names(self) -> Mapping[str, str]:
        """Each vendor's name in QuickBooks."""
        return {key: vendor.name or key for key, vendor in self.vendors.items()}

    def vendors_of(self, client: str) -> frozenset[str]:
        """Name the vendors that a client of the server acts for."""
        return frozenset(key for key, vendor in self.vendors.items() if client and vendor.client == client)
