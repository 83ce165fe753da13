"""The generated part of the `salesforce/` folder: written, compared, and cleared of what is no longer generated.

Hand-written files live in the same folders. What was generated is listed in `generated-files.txt`; nothing that is
not listed there is ever changed or removed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from drawbar.connectors.salesforce.metadata.cycle import cycle_files
from drawbar.connectors.salesforce.metadata.markup import document
from drawbar.connectors.salesforce.metadata.objects import object_files, standard_value_set
from drawbar.connectors.salesforce.metadata.permission_sets import (
    HUB_INTEGRATION,
    PERMISSION_SET_GROUPS,
    PERMISSION_SETS,
    hub_permission,
    permission_set,
    permission_set_group,
)
from drawbar.connectors.salesforce.records.case import ORIGINS
from drawbar.connectors.salesforce.records.catalogue import OBJECTS
from drawbar.middleware.errors import ConfigError

API_VERSION = "67.0"
SOURCE = "force-app/main/default"
MANIFEST = "generated-files.txt"

Kind = Literal["missing", "different", "stale"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A generated file that is missing, differs from the models, or is no longer generated; `path` in the folder."""

    path: str
    kind: Kind


def package_files() -> dict[str, bytes]:
    """Give every generated file of the package by its path in the folder, in the order of paths."""
    files = {"sfdx-project.json": project_file()}
    for sobject in OBJECTS:
        files |= {f"{SOURCE}/{path}": document(node) for path, node in object_files(sobject)}
    files |= {f"{SOURCE}/{path}": document(node) for path, node in cycle_files()}
    for permissions in PERMISSION_SETS:
        path = f"{SOURCE}/permissionsets/{permissions.name}.permissionset-meta.xml"
        files[path] = document(permission_set(permissions))
    for group in PERMISSION_SET_GROUPS:
        path = f"{SOURCE}/permissionsetgroups/{group.name}.permissionsetgroup-meta.xml"
        files[path] = document(permission_set_group(group))
    files[f"{SOURCE}/customPermissions/{HUB_INTEGRATION}.customPermission-meta.xml"] = document(hub_permission())
    path = f"{SOURCE}/standardValueSets/CaseOrigin.standardValueSet-meta.xml"
    files[path] = document(standard_value_set(ORIGINS))
    return dict(sorted(files.items()))


def project_file() -> bytes:
    """Give the description of an SFDX project."""
    project = {
        "packageDirectories": [{"path": "force-app", "default": True}],
        "name": "drawbar",
        "namespace": "",
        "sourceApiVersion": API_VERSION,
    }
    return f"{json.dumps(project, indent=2)}\n".encode()


def check(folder: Path) -> list[Difference]:
    """Compare the folder with the models; an empty list says that generating would change nothing."""
    files = _with_manifest(package_files())
    found = [
        Difference(path, "different" if (folder / path).is_file() else "missing")
        for path, content in files.items()
        if not (folder / path).is_file() or (folder / path).read_bytes() != content
    ]
    stale = [Difference(path, "stale") for path in _listed(folder) if path not in files and (folder / path).is_file()]
    return sorted([*found, *stale], key=lambda each: each.path)


def generate(folder: Path) -> list[Difference]:
    """Bring the folder in step with the models and give what had to be changed."""
    differences = check(folder)
    files = _with_manifest(package_files())
    for each in differences:
        path = folder / each.path
        if each.kind == "stale":
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[each.path])
    return differences


def _with_manifest(files: dict[str, bytes]) -> dict[str, bytes]:
    lines = "".join(f"{path}\n" for path in files)
    return files | {MANIFEST: lines.encode()}


def _listed(folder: Path) -> list[str]:
    manifest = folder / MANIFEST
    if not manifest.is_file():
        return []
    paths = manifest.read_text(encoding="utf-8").splitlines()
    for path in paths:
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise ConfigError(
                f"{manifest} names {path!r}, which lies outside the folder",
                remedy="Restore the file from version control.",
            )
    return paths
