"""Reads GeoJSON files (RFC 7946) into areas and lines, or says what is wrong with which feature."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from geojson_pydantic import Feature, FeatureCollection
from geojson_pydantic.geometries import Geometry
from pydantic import BaseModel, ValidationError
from shapely import is_valid_reason
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from drawbar.middleware.errors import ConfigError

Properties = TypeVar("Properties", bound=BaseModel)

_REMEDY = "Mend it; drawbar gps geofences check FILE names all that is wrong."


def read_features(path: Path, properties: type[Properties]) -> list[tuple[Properties, BaseGeometry]]:
    """Read a FeatureCollection whose features have such properties.

    Raises ConfigError that names every feature that is wrong: by its place (the first is 0), field and reason.
    """
    collection = _validated(path, properties)
    found = []
    wrong = []
    for number, each in enumerate(collection.features):
        if each.properties is None or each.geometry is None:
            wrong.append(f"features.{number}: has no {'properties' if each.properties is None else 'geometry'}")
            continue
        area = shape(each.geometry.model_dump(exclude_none=True))
        if not area.is_valid:
            wrong.append(f"features.{number}.geometry: {is_valid_reason(area)}")
        elif reason := _off_the_earth(area):
            wrong.append(f"features.{number}.geometry: {reason}")
        found.append((each.properties, area))
    if wrong:
        raise ConfigError("; ".join(wrong), record=path.name, remedy=_REMEDY)
    return found


def _validated(path: Path, properties: type[Properties]) -> FeatureCollection[Any]:
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise ConfigError(
            f"cannot be read ({error.strerror})", record=str(path), remedy="Mend gps.geofences."
        ) from None
    except ValueError as error:
        raise ConfigError(f"is not JSON: {error}", record=path.name, remedy=_REMEDY) from None
    model = FeatureCollection[Feature[Geometry, properties]]  # type: ignore[valid-type]
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise ConfigError(_told(error), record=path.name, remedy=_REMEDY) from None


def _told(error: ValidationError) -> str:
    lines = dict.fromkeys(f"{_place(item['loc'])}: {item['msg']}" for item in error.errors(include_input=False))
    return "; ".join(lines)


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location)) or "the file"


def _off_the_earth(area: BaseGeometry) -> str:
    west, south, east, north = area.bounds
    if west >= -180 and east <= 180 and south >= -90 and north <= 90:  # noqa: PLR2004  (degrees)
        return ""
    return f"lies at {west:g} to {east:g} degrees east, {south:g} to {north:g} north; GeoJSON wants longitude first"
