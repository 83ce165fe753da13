"""What the org answers of a deployment.

Source: Metadata API Developer Guide, "REST Resources", "DeployResult" (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from drawbar.sandbox.deploying.component import Component, Problem
from drawbar.sandbox.deploying.deployments import Deployment, Options
from drawbar.sandbox.ids import metadata_id
from drawbar.sandbox.values import instant

JsonObject = dict[str, object]


def accepted(deployment: Deployment, root: str) -> JsonObject:
    """Answer the call that brought a deployment."""
    return {
        "id": deployment.id,
        "validatedDeployRequestId": None,
        "url": f"{root}/{deployment.id}?includeDetails=true",
        "deployOptions": _options(deployment.options),
    }


def _options(options: Options) -> JsonObject:
    return {
        "allowMissingFiles": False,
        "autoUpdatePackage": False,
        "checkOnly": options.check_only,
        "ignoreWarnings": options.ignore_warnings,
        "performRetrieve": False,
        "purgeOnDelete": False,
        "rollbackOnError": options.rollback_on_error,
        "runTests": None,
        "singlePackage": options.single_package,
        "testLevel": None,
    }


def standing(deployment: Deployment, root: str, *, details: bool) -> JsonObject:
    """Answer how a deployment stands."""
    result = _result(deployment)
    if details:
        result["details"] = _details(deployment)
    return {
        "id": deployment.id,
        "validatedDeployRequestId": None,
        "url": f"{root}/{deployment.id}",
        "deployResult": result,
        "deployOptions": _options(deployment.options),
    }


def _result(deployment: Deployment) -> JsonObject:
    total, failed = len(deployment.components), len(deployment.problems)
    result: JsonObject = {
        "checkOnly": deployment.options.check_only,
        "ignoreWarnings": deployment.options.ignore_warnings,
        "rollbackOnError": deployment.options.rollback_on_error,
        "status": deployment.status,
        "done": deployment.done,
        "success": deployment.status == "Succeeded",
        "id": deployment.id,
        "numberComponentsTotal": max(total, failed),
        "numberComponentsDeployed": total if deployment.status == "Succeeded" else 0,
        "numberComponentErrors": failed,
        "numberTestsTotal": 0,
        "numberTestsCompleted": 0,
        "numberTestErrors": 0,
        "runTestsEnabled": False,
        "createdBy": deployment.created_by,
        "createdDate": instant(deployment.created),
        "startDate": _when(deployment.started),
        "completedDate": _when(deployment.ended),
        "stateDetail": None,
    }
    if deployment.refusal is not None:
        code, message = deployment.refusal
        result |= {"errorStatusCode": code, "errorMessage": message}
    return result


def _when(moment: datetime | None) -> str | None:
    return None if moment is None else instant(moment)


def _details(deployment: Deployment) -> JsonObject:
    return {
        "allComponentMessages": [],
        "componentFailures": [_failure(each, deployment) for each in deployment.problems],
        "componentSuccesses": list(_successes(deployment)),
        "retrieveResult": None,
        "runTestResult": {"numFailures": 0, "numTestsRun": 0, "totalTime": 0.0},
    }


def _failure(problem: Problem, deployment: Deployment) -> JsonObject:
    line, column = problem.spot
    return {
        **_message(deployment, problem.kind, problem.name, problem.file),
        "columnNumber": column,
        "lineNumber": line,
        "problem": problem.text,
        "problemType": "Error",
        "success": False,
    }


def _successes(deployment: Deployment) -> Iterator[JsonObject]:
    if deployment.status != "Succeeded":
        return
    for each in deployment.components:
        made = (each.kind, each.name) in deployment.new
        message = _message(deployment, each.kind, each.name, each.file)
        yield {**message, "created": made, "changed": True, "id": _component_id(each), "success": True}


def _component_id(component: Component) -> str:
    return metadata_id("00N", f"{component.kind}:{component.name}")


def _message(deployment: Deployment, kind: str, name: str, file: str) -> JsonObject:
    return {
        "changed": False,
        "componentType": kind,
        "created": False,
        "createdDate": instant(deployment.created),
        "deleted": False,
        "fileName": file,
        "forPackageManifestFile": False,
        "fullName": name,
        "id": None,
        "knownPackagingProblem": False,
        "requiresProductionTestRun": False,
        "warning": False,
    }
