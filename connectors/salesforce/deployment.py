"""Deploys a zip of metadata over REST: sends it, asks how it stands, and understands what the org says of it.

Source: Metadata API Developer Guide, "Deploy Metadata with Apex Testing Using REST", "DeployResult", "Canceling a
Deployment in Progress" (read 2026-11).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from drawbar.connectors.salesforce.client import SalesforceClient, about_no_record
from drawbar.connectors.salesforce.errors import SalesforceBusy
from drawbar.connectors.salesforce.metadata.archive import Archive, Place
from drawbar.middleware.errors import ConfigError
from drawbar.middleware.retry import Clocks

PATH: Final = "metadata/deployRequest"
LARGEST_ZIP: Final = 39 * 1024 * 1024
"""Bytes that an org takes in one zip."""

FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 15.0
"""Seconds between two questions how a deployment stands: each wait is twice the one before, up to this."""


@dataclass(frozen=True, slots=True)
class ComponentProblem:
    """Why an org refuses a component: `file`, `line` and `column` are the zip's, `source` is where people edit it."""

    component_type: str
    name: str
    file: str
    line: int
    column: int
    problem: str
    source: Place


@dataclass(frozen=True, slots=True)
class DeployResult:
    """How a deployment stands; counts are of components, `error` is why it failed as a whole."""

    id: str
    status: str
    done: bool
    success: bool
    check_only: bool
    deployed: int
    total: int
    created: int
    problems: tuple[ComponentProblem, ...]
    error: str = ""


SENT_BEFORE: Final = Archive(b"", {}, {})
"""Stands for a zip that is not at hand: its problems are told by the org's own places."""

Told = Callable[[DeployResult], None]


class Deployer:
    """Deployments of one org."""

    def __init__(self, client: SalesforceClient, clocks: Clocks | None = None) -> None:
        self._client = client
        self._clocks = clocks or Clocks()

    def start(self, archive: Archive, *, check_only: bool) -> str:
        """Send a zip and give the id of its deployment.

        Raises ConfigError for a zip that no org takes. After SalesforceBusy the deployment may have begun.
        """
        if len(archive.content) > LARGEST_ZIP:
            raise ConfigError(
                f"the zip has {len(archive.content):,} bytes; Salesforce takes {LARGEST_ZIP:,}",
                remedy="Deploy the package in parts, from folders that hold fewer components.",
            )
        options = {
            "allowMissingFiles": False,
            "autoUpdatePackage": False,
            "checkOnly": check_only,
            "ignoreWarnings": False,
            "performRetrieve": False,
            "purgeOnDelete": False,
            "rollbackOnError": True,
            "singlePackage": True,
        }
        with about_no_record():
            answer = self._client.send_parts(
                PATH,
                {
                    "json": (None, json.dumps({"deployOptions": options}).encode(), "application/json"),
                    "file": ("deploy.zip", archive.content, "application/zip"),
                },
            )
        return str(answer.json()["id"])

    def look(self, deployment_id: str, archive: Archive) -> DeployResult:
        """Ask how a deployment stands; SalesforceStopped with the code NOT_FOUND when the org does not know it."""
        with about_no_record():
            answer = self._client.call("GET", f"{PATH}/{deployment_id}", params={"includeDetails": "true"})
        return _read(answer.json()["deployResult"], archive)

    def cancel(self, deployment_id: str) -> None:
        """Have the org give up a deployment that has not ended."""
        with about_no_record():
            self._client.call("PATCH", f"{PATH}/{deployment_id}", body={"deployResult": {"status": "Canceling"}})

    def give_up(self, deployment_id: str, told: Told, patience: float) -> DeployResult:
        """Have the org give up a deployment, whoever sent it, and wait until it has ended; it may have succeeded.

        Raises SalesforceStopped for one that the org does not know, or that has ended; SalesforceBusy after `patience`
        seconds.
        """
        self.cancel(deployment_id)
        return self.follow(deployment_id, SENT_BEFORE, told, patience)

    def follow(self, deployment_id: str, archive: Archive, told: Told, patience: float) -> DeployResult:
        """Ask until a deployment has ended, telling of each answer; SalesforceBusy after `patience` seconds.

        The deployment goes on in the org then.
        """
        until = self._clocks.monotonic() + patience
        wait = FIRST_WAIT
        while not (result := self.look(deployment_id, archive)).done:
            told(result)
            if self._clocks.monotonic() + wait > until:
                raise SalesforceBusy(
                    f"the deployment {deployment_id} still runs ({result.status})",
                    remedy="Run the same command again: it goes on waiting, and sends nothing twice.",
                )
            self._clocks.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)
        told(result)
        return result


def _read(answer: Mapping[str, Any], archive: Archive) -> DeployResult:
    details = answer.get("details") or {}
    code, message = answer.get("errorStatusCode") or "", answer.get("errorMessage") or ""
    return DeployResult(
        id=answer["id"],
        status=answer["status"],
        done=bool(answer["done"]),
        success=bool(answer["success"]),
        check_only=bool(answer["checkOnly"]),
        deployed=int(answer.get("numberComponentsDeployed") or 0),
        total=int(answer.get("numberComponentsTotal") or 0),
        created=sum(bool(each.get("created")) for each in details.get("componentSuccesses") or ()),
        problems=tuple(_problem(each, archive) for each in details.get("componentFailures") or ()),
        error=f"{code}: {message}" if code else message,
    )


def _problem(answer: Mapping[str, Any], archive: Archive) -> ComponentProblem:
    file = str(answer.get("fileName") or "").removeprefix("deploy/")
    line, column = int(answer.get("lineNumber") or 0), int(answer.get("columnNumber") or 0)
    return ComponentProblem(
        component_type=answer.get("componentType") or "",
        name=answer.get("fullName") or "",
        file=file,
        line=line,
        column=column,
        problem=answer.get("problem") or "",
        source=archive.source_of(file, line),
    )
