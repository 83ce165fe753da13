"""What `drawbar doctor` asks of the org: log-in, API version, clock, calls left, objects and fields."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from drawbar.connectors.salesforce.client import SalesforceClient
from drawbar.connectors.salesforce.describe import ObjectDescription
from drawbar.connectors.salesforce.errors import RULINGS
from drawbar.connectors.salesforce.metadata.comparison import compare_objects, summary
from drawbar.connectors.salesforce.metadata.source import Package
from drawbar.middleware.errors import DrawbarError
from drawbar.middleware.ports import Check

_SKEW_SECONDS: Final = 120
"""An assertion lives for three minutes; beyond two of skew a log-in fails sooner or later."""


@dataclass(frozen=True, slots=True)
class SalesforceChecks:
    """Implements `Checkable`. `needed` names the fields that Drawbar writes, `external_ids` the key, per object.

    `package` is what this release installs in an org.
    """

    client: SalesforceClient
    needed: Mapping[str, Collection[str]]
    external_ids: Mapping[str, str]
    reserve_percent: float
    package: Package
    system: str = "Salesforce"

    def checks(self, now: datetime) -> Iterator[Check]:
        """Check the org, costing about two calls and one per 25 objects; what depends on the log-in ends with it."""
        try:
            versions, org_time = self.client.versions()
            allowed, left = self._calls()
        except DrawbarError as error:
            yield self._check("log-in", ok=False, detail=error.message, remedy=error.remedy)
            return
        yield self._check("log-in", ok=True, detail="Salesforce accepts us")
        yield self._version(versions)
        if org_time is not None:
            yield self._clock(now, org_time)
        yield self._budget(allowed, left)
        yield from self._objects()

    def _calls(self) -> tuple[int, int]:
        daily = self.client.limits()["DailyApiRequests"]
        return int(daily["Max"]), int(daily["Remaining"])

    def _version(self, versions: Collection[str]) -> Check:
        version = self.client.version
        newest = max(versions, key=float, default="none")
        return self._check(
            "API version",
            ok=version in versions,
            detail=f"{version} is {'there' if version in versions else 'not there'}; the newest is {newest}",
            remedy=f"Set salesforce.api_version to {newest}.",
        )

    def _clock(self, now: datetime, org_time: datetime) -> Check:
        skew = round(abs((now - org_time).total_seconds()))
        return self._check(
            "clock",
            ok=skew <= _SKEW_SECONDS,
            detail=f"{skew} s apart from Salesforce's",
            remedy="Set this machine's clock (NTP): log-ins by JWT fail when it is wrong.",
        )

    def _budget(self, allowed: int, left: int) -> Check:
        reserve = allowed * self.reserve_percent / 100
        return self._check(
            "API calls",
            ok=left > reserve,
            detail=f"{left} of {allowed} are left for 24 hours, {reserve:.0f} of them the reserve",
            remedy="Wait until calls come free, find who spends them (Setup, API Usage), or buy more.",
        )

    def _objects(self) -> Iterator[Check]:
        try:
            described = self.client.describe_all(sorted({*self.needed, *self.package.described}))
        except DrawbarError as error:
            yield self._check("objects", ok=False, detail=error.message, remedy=error.remedy)
            return
        for name in self.needed:
            wrong = self._wrong(name, described.get(name))
            detail = "; ".join(wrong) or f"{len(self.needed[name])} fields can be written"
            yield self._check(name, ok=not wrong, detail=detail, remedy=RULINGS["INVALID_FIELD"].remedy)
        yield self._release(described)

    def _release(self, described: Mapping[str, ObjectDescription]) -> Check:
        """Say whether the org has what this release brings; what an org has besides is its own affair."""
        lacking = [each for each in compare_objects(self.package, described) if each.kind != "extra"]
        return self._check(
            "package",
            ok=not lacking,
            detail=summary(lacking) if lacking else f"{len(self.package.fields)} fields are as this release has them",
            remedy="Look: drawbar salesforce diff. Install: drawbar salesforce deploy --apply.",
        )

    def _wrong(self, name: str, described: ObjectDescription | None) -> list[str]:
        if described is None:
            return ["the object is missing, or hidden from the user"]
        held = described.fields
        missing = sorted(each for each in self.needed[name] if each not in held)
        locked = sorted(
            each for each in self.needed[name] if each in held and not (held[each].createable and held[each].updateable)
        )
        key = self.external_ids[name]
        unfit = [] if key in held and held[key].external_id and held[key].unique else [key]
        groups = {"missing or hidden": missing, "read-only": locked, "not a unique external id": unfit}
        return [f"{text}: {', '.join(names)}" for text, names in groups.items() if names]

    def _check(self, name: str, *, ok: bool, detail: str, remedy: str = "") -> Check:
        return Check(self.system, name, ok, detail, "" if ok else remedy)
