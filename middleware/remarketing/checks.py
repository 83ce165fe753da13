"""What `drawbar doctor` asks of remarketing: who is offered, how each vendor is told, and where the cycle leads."""

from __future__ import annotations

from collections.abc import Iterator

from drawbar.middleware.ports import Check
from drawbar.middleware.remarketing.settings import RemarketingSettings
from drawbar.middleware.remarketing.statuses import RemarketingStatus

SYSTEM = "Remarketing"


def remarketing_checks(settings: RemarketingSettings) -> Iterator[Check]:
    """Check vendors and cycle table; nothing where there are no vendors."""
    if not settings.vendors:
        return
    offered = {each.vendor for criterion in settings.criteria for each in criterion.vendors}
    left_out = sorted(set(settings.vendors) - offered)
    detail = f"{', '.join(sorted(offered)) or 'nobody is offered'}"
    if left_out:
        detail += f"; with an override alone: {', '.join(left_out)}"
    yield Check(
        SYSTEM, "vendors", ok=bool(offered), detail=detail,
        remedy="" if offered else "Add [[remarketing.criteria]] with vendors to drawbar.toml.",
    )  # fmt: skip
    silent = sorted(name for name, vendor in settings.vendors.items() if not vendor.client)
    told = f"people tell {', '.join(silent)}" if silent else "each has a client of the server"
    yield Check(SYSTEM, "who is told", ok=True, detail=told)
    hidden = _unreached(settings)
    yield Check(
        SYSTEM, "cycle", ok=not hidden, detail=f"never reached: {', '.join(hidden)}" if hidden else "reaches all",
        remedy="Name it after some status in [remarketing.cycle]." if hidden else "",
    )  # fmt: skip


def _unreached(settings: RemarketingSettings) -> list[str]:
    cycle, reached, new = settings.whole_cycle, {RemarketingStatus.NEW}, {RemarketingStatus.NEW}
    while new:
        new = {after for each in new for after in cycle[each]} - reached
        reached |= new
    return [each.value for each in RemarketingStatus if each not in reached]
