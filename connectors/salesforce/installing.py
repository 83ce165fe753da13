"""Installs the package in an org: its zips one after the other, each checked before it is applied."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from drawbar.connectors.salesforce.client import SalesforceClient, about_no_record
from drawbar.connectors.salesforce.deployment import Deployer, DeployResult
from drawbar.connectors.salesforce.errors import SalesforceStopped
from drawbar.connectors.salesforce.known_deployments import KnownDeployments
from drawbar.connectors.salesforce.metadata.archive import Archive

DEVELOPER_EDITION = "Developer Edition"


@dataclass(frozen=True, slots=True)
class OrgKind:
    """The org as a person knows it; `production` when people work in it."""

    name: str
    edition: str
    is_sandbox: bool

    @property
    def production(self) -> bool:
        return not self.is_sandbox and self.edition != DEVELOPER_EDITION

    @property
    def text(self) -> str:
        kind = "production" if self.production else "sandbox" if self.is_sandbox else "not production"
        return f"{self.name} ({self.edition}, {kind})"


def org_kind(client: SalesforceClient) -> OrgKind:
    """Ask the org what it is."""
    with about_no_record():
        row = next(iter(client.query("SELECT Name, OrganizationType, IsSandbox FROM Organization")))
    return OrgKind(str(row["Name"]), str(row["OrganizationType"]), bool(row["IsSandbox"]))


@dataclass(frozen=True, slots=True)
class Step:
    """One deployment that has to be made: which zip of how many, as a check or for good."""

    number: int
    of: int
    archive: Archive
    check_only: bool

    @property
    def text(self) -> str:
        count = sum(len(names) for names in self.archive.members.values())
        purpose = "check" if self.check_only else "apply"
        return f"step {self.number} of {self.of}, {purpose}: {count} components, {len(self.archive.content):,} bytes"


@dataclass(frozen=True, slots=True)
class Done:
    """A step and how its deployment ended; `resumed` when it had been sent before."""

    step: Step
    result: DeployResult
    resumed: bool


Told = Callable[[Step, DeployResult], None]


def steps(archives: Sequence[Archive], *, apply: bool) -> list[Step]:
    """Give the steps in order. What builds on an earlier zip can be checked only when that one is in the org."""
    numbered = list(enumerate(archives, start=1))
    if not apply:
        return [Step(number, len(archives), each, check_only=True) for number, each in numbered[:1]]
    return [
        Step(number, len(archives), each, check_only=check_only)
        for number, each in numbered
        for check_only in (True, False)
    ]


@dataclass(frozen=True, slots=True)
class Installer:
    """Makes deployments one after the other, and goes on with those that were sent before."""

    deployer: Deployer
    known: KnownDeployments
    patience: float

    def run(self, wanted: Sequence[Step], told: Told) -> Iterator[Done]:
        """Make steps until one fails; each is given when it has ended.

        Raises SalesforceBusy when one takes longer than `patience` seconds; it goes on in the org.
        """
        for step in wanted:
            done = self._make(step, told)
            yield done
            if not done.result.success:
                return

    def _make(self, step: Step, told: Told) -> Done:
        archive, check_only = step.archive, step.check_only
        known = self.known.get(archive, check_only=check_only)
        if known is not None and self._is_gone(known, archive):
            known = None
        deployment_id = known or self.deployer.start(archive, check_only=check_only)
        self.known.keep(archive, deployment_id, check_only=check_only)
        result = self.deployer.follow(deployment_id, archive, lambda each: told(step, each), self.patience)
        self.known.forget(archive, check_only=check_only)
        return Done(step, result, resumed=known is not None)

    def _is_gone(self, deployment_id: str, archive: Archive) -> bool:
        """Say whether the org has forgotten a deployment, as it does after some days."""
        try:
            self.deployer.look(deployment_id, archive)
        except SalesforceStopped as error:
            if error.code != "NOT_FOUND":
                raise
            return True
        return False
