"""The round of repossessions: asks for those of accounts in default, and looks at the open ones anew (F14, P13)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from drawbar.jobs.hub import Hub
from drawbar.jobs.polling import PollingJob, Reading
from drawbar.jobs.repo_facts import read_facts
from drawbar.jobs.repossessions import RepoOffice
from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.collections.book import CollectionsBook
from drawbar.middleware.collections.records import CaseStatus
from drawbar.middleware.collections.tables import delinquency_case
from drawbar.middleware.gps.device_tables import lease_vehicle
from drawbar.middleware.repossession.cases import RepoCases
from drawbar.middleware.repossession.events import CaseEvent
from drawbar.middleware.repossession.states import RepoEvent
from drawbar.middleware.sync.polled import PolledResult, PolledRun

_CHUNK: Final = 200


@dataclass(frozen=True, slots=True)
class RepossessionRounds(PollingJob):
    """Needs no other system than Salesforce: what is known of accounts and vehicles stands there."""

    def readings(self, now: datetime) -> Sequence[Reading]:  # noqa: ARG002  (each reading is told its run's time)
        return [
            Reading("accounts in default", self._defaults), Reading("open repossessions", self._open),
        ]  # fmt: skip

    def _defaults(self, run: PolledRun) -> PolledResult:
        """Ask for the vehicles of accounts that are late enough, once in each spell of delinquency."""
        result = PolledResult("drawbar.defaults", "collections")
        due = list(_in_default(self.hub, run)) if self.hub.repossession.default_after_days else []
        for chunk in in_chunks(due, _CHUNK):
            run.commit()  # no transaction stays open while Salesforce is waited for
            facts = read_facts(self.hub, [asset for asset, _ in chunk])
            office = RepoOffice(self.hub, run.connection, run.now, run.run_id)
            for asset, spell in chunk:
                if asset in facts:
                    event = CaseEvent(
                        "drawbar", f"{spell}/{asset}", RepoEvent.REQUEST, run.now, "Drawbar",
                        f"{self.hub.repossession.default_after_days} days past due or more",
                    )  # fmt: skip
                    office.request(facts[asset], event, "admin")
                    result.created += 1
            result.read += len(chunk)
            run.commit()
        return result

    def _open(self, run: PolledRun) -> PolledResult:
        """Show on every open case what account and vehicle look like now."""
        result = PolledResult("drawbar.repossessions", "Salesforce")
        keys = [(each.key, each.asset) for each in RepoCases(run.connection).listed(only_open=True)]
        for chunk in in_chunks(keys, _CHUNK):
            run.commit()
            facts = read_facts(self.hub, [asset for _, asset in chunk])
            office = RepoOffice(self.hub, run.connection, run.now, run.run_id)
            for key, asset in chunk:
                case = office.cases.get(key)
                if asset in facts:
                    result.changed += facts[asset] != case.facts
                    office.see(case, facts[asset])  # a hold may have ended since, though the facts are the same
            result.read += len(chunk)
            run.commit()
            run.progress(result.read)
        result.unchanged = result.read - result.changed
        return result


def _in_default(hub: Hub, run: PolledRun) -> Iterator[tuple[str, str]]:
    """Give the vehicles of accounts in default, each with the spell of delinquency, that nobody asked for in it."""
    cases = RepoCases(run.connection)
    late = CollectionsBook(run.connection, hub.collections).delinquent(run.now.astimezone(hub.zone).date())
    accounts = sorted(each for each, days in late.items() if days >= hub.repossession.default_after_days)
    for chunk in in_chunks(accounts, _CHUNK):
        joined = select(lease_vehicle.c.asset_number, lease_vehicle.c.account_number, delinquency_case.c.sequence).join(
            delinquency_case, delinquency_case.c.account_number == lease_vehicle.c.account_number
        )
        query = joined.where(
            lease_vehicle.c.account_number.in_(chunk), delinquency_case.c.status == CaseStatus.OPEN.value
        )
        for row in run.connection.execute(query.order_by(lease_vehicle.c.asset_number)).all():
            spell = f"{row.account_number}-D{row.sequence:03d}"
            known = cases.of_event("drawbar", f"{spell}/{row.asset_number}") or cases.open_of(row.asset_number)
            if known is None:
                yield row.asset_number, spell
