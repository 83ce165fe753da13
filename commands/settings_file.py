"""Writes drawbar.toml: all settings with their meaning, commented out; or the ones that reach a sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from drawbar.jobs.wiring import Settings
from drawbar.middleware.errors import ConfigError

_HEAD = """\
# Settings of Drawbar. Every setting can also come from the environment, which wins:
# DRAWBAR_<SECTION>__<NAME>, for instance DRAWBAR_SALESFORCE__CLIENT_ID.
# Secrets are named, not written: "env:NAME", "file:/path" or "keyring:service/user".
# A line that is commented out shows its default ("..." where there is none).
"""


def settings_template() -> str:
    """Give the whole file with everything commented out."""
    return "\n".join([_HEAD, *_lines(Settings, "")]) + "\n"


def _lines(model: type[BaseModel], section: str) -> Iterator[str]:
    plain = {name: field for name, field in model.model_fields.items() if _section_of(field) is None}
    nested = {name: inner for name, field in model.model_fields.items() if (inner := _section_of(field)) is not None}
    if section:
        yield ""
        yield from (f"# {line}" for line in (model.__doc__ or "").strip().splitlines()[:1])
        yield f"#[{section}]"
    for name, field in plain.items():
        if field.description:
            yield f"# {field.description}"
        yield f"#{name} = {_default(field)}"
    for name, inner in nested.items():
        yield from _lines(inner, f"{section}.{name}" if section else name)


def _section_of(field: FieldInfo) -> type[BaseModel] | None:
    """Find the model of a nested table, also where the table may be missing; None for a plain value."""
    union = get_origin(field.annotation) in (Union, UnionType)
    kinds = get_args(field.annotation) if union else (field.annotation,)
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def _default(field: FieldInfo) -> str:
    value = None if field.is_required() else field.get_default(call_default_factory=True, validated_data={})
    return '"..."' if value is None else toml_value(value)


def toml_value(value: Any) -> str:
    """Write a value as TOML: a JSON string is a TOML basic string, and so are numbers, booleans and lists."""
    if isinstance(value, SecretStr):
        return '"..."'
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(str(name))} = {toml_value(each)}" for name, each in value.items()) + " }"
    if isinstance(value, (list, tuple, set, frozenset)):
        return "[" + ", ".join(toml_value(each) for each in value) + "]"
    return json.dumps(value if isinstance(value, (bool, int, float, str)) else str(value))


def sandbox_settings(data: Path) -> str:
    """Give the settings that reach the sandbox with this data folder; it must run, or have run.

    Raises ConfigError when no sandbox has written its addresses there.
    """
    place = data.expanduser().absolute()
    try:
        found: dict[str, Any] = json.loads((place / "addresses.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ConfigError(
            f"{place} is not the data folder of a sandbox that has run",
            remedy=f"Start one first: drawbar sandbox --data {place}",
        ) from None
    tables: dict[str, dict[str, Any]] = {"salesforce": found["salesforce"]}
    if "leaseworks" in found:
        server = found["leaseworks"]
        tables |= {"leaseworks": {"surface": "sftp"}, "leaseworks.sftp": server, "leaseworks.imports": {}}
        tables |= {"orion.sftp": {**server, "folder": "inbound/orion"}}
    tables |= found.get("vendors", {})
    tables |= {f"agents.{name}": values for name, values in found.get("agents", {}).items()}
    lines = [_HEAD, "# These settings reach the local sandbox."]
    for name, values in tables.items():
        lines += ["", f"[{name}]", *(f"{key} = {toml_value(value)}" for key, value in values.items())]
    return "\n".join(lines) + "\n"
