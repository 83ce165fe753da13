"""Which vendors are offered for a vehicle, and which one is preselected (R01 to R03); pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from drawbar.middleware.errors import RecordRejected
from drawbar.middleware.remarketing.requests import Collateral, Storage
from drawbar.middleware.remarketing.settings import Criterion, OfferedVendor, RemarketingSettings


@dataclass(frozen=True, slots=True)
class Judged:
    """A criterion and why it does not fit the vehicle, "" when it does."""

    criterion: Criterion
    misfit: str


@dataclass(frozen=True, slots=True)
class Offer:
    """The vendors that are offered, in order, the one that is preselected ("" for none), and how that came about."""

    vendors: tuple[str, ...]
    preselected: str
    why: str
    judged: tuple[Judged, ...]


def offer(collateral: Collateral, storage: Storage, settings: RemarketingSettings) -> Offer:
    """Offer the vendors of the first criterion that fits company, branch and territory of the vehicle."""
    judged = tuple(Judged(each, misfit(each, collateral, storage)) for each in settings.criteria)
    fitting = next((each.criterion for each in judged if not each.misfit), None)
    if fitting is None:
        why = "no criterion fits" if judged else "there are no assignment criteria"
        return Offer((), "", why, judged)
    vendors, preselected = ranked(fitting.vendors)
    return Offer(vendors, preselected, f"criterion {fitting.name}: {_why(fitting, preselected)}", judged)


def misfit(criterion: Criterion, collateral: Collateral, storage: Storage) -> str:
    """Say what about a vehicle a criterion does not fit, "" when it fits."""
    wanted = (
        ("company", criterion.company, collateral.company),
        ("branch", criterion.branch, collateral.branch),
        ("country", criterion.country, storage.country),
    )
    for what, asked, there in wanted:
        if asked and asked.casefold() != there.casefold():
            return f"{what} is {there or 'not known'}, not {asked}"
    states = [each.casefold() for each in criterion.states]
    if states and storage.state.casefold() not in states:
        return f"it is stored in {storage.state or 'no known state'}, not in {', '.join(criterion.states)}"
    return ""


def ranked(listed: Sequence[OfferedVendor]) -> tuple[tuple[str, ...], str]:
    """Give vendors in order and the preselected one.

    By sort order, the lowest preselected; where several share the lowest, none, and all in the order of creation.
    """
    if not listed:
        return (), ""
    counts = Counter(each.sort_order for each in listed)
    lowest = min(counts)
    if counts[lowest] > 1:
        return tuple(each.vendor for each in listed), ""
    by_order = sorted(listed, key=lambda each: each.sort_order)
    return tuple(each.vendor for each in by_order), by_order[0].vendor


def chosen(offered: Offer, vendor: str, override_reason: str, settings: RemarketingSettings, *, record: str) -> str:
    """Give the vendor of a work order: the one that is asked for, or the preselected one, "" when there is none.

    Raises RecordRejected for a vendor that nobody knows, and for one that is not offered without a reason (R06).
    """
    if not vendor:
        return offered.preselected
    if vendor not in settings.vendors:
        raise RecordRejected(
            f"there is no vendor {vendor}", record=record, field="vendor", code="UNKNOWN_VENDOR",
            remedy=f"There is: {', '.join(settings.vendors) or 'none'}. Vendors are set in [remarketing.vendors].",
        )  # fmt: skip
    if vendor not in offered.vendors and not override_reason.strip():
        raise RecordRejected(
            f"{vendor} is not offered for it: {offered.why}", record=record, field="override reason",
            remedy=f"Choose one of {', '.join(offered.vendors) or 'none'}, or say why it is {vendor}.",
            code="NOT_OFFERED",
        )  # fmt: skip
    return vendor


def _why(criterion: Criterion, preselected: str) -> str:
    if preselected:
        return f"{preselected} has the lowest sort order"
    return "several share the lowest sort order, so none is preselected" if criterion.vendors else "it has no vendors"
