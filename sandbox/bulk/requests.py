"""Reads the bodies of requests that create or change a Bulk job, and refuses them in Salesforce's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from drawbar.sandbox.errors import SalesforceError

Delimiter = Literal["BACKQUOTE", "CARET", "COMMA", "PIPE", "SEMICOLON", "TAB"]
LineEnding = Literal["LF", "CRLF"]
_Body = TypeVar("_Body", bound=BaseModel)


class _JobBody(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)

    content_type: Literal["CSV"] = "CSV"
    column_delimiter: Delimiter = "COMMA"
    line_ending: LineEnding = "LF"
    concurrency_mode: Literal["Parallel"] = "Parallel"


class NewIngest(_JobBody):
    """The body of `POST …/jobs/ingest`; `processing_seconds` is ours, the time that the job shall take."""

    object: Annotated[str, Field(min_length=1)]
    operation: Literal["insert", "update", "upsert", "delete", "hardDelete"]
    external_id_field_name: str | None = None
    assignment_rule_id: str | None = None
    processing_seconds: Annotated[float, Field(ge=0, le=3600)] | None = None


class NewQuery(_JobBody):
    """The body of `POST …/jobs/query`; `processing_seconds` is ours, the time that the job shall take."""

    operation: Literal["query", "queryAll"]
    query: Annotated[str, Field(min_length=1)]
    processing_seconds: Annotated[float, Field(ge=0, le=3600)] | None = None


class NewState(BaseModel):
    """The body of a PATCH of a job."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["UploadComplete", "Aborted"]


def read_body(model: type[_Body], body: bytes | str) -> _Body:
    """Read a JSON body; JSON_PARSER_ERROR names what cannot be read."""
    try:
        return model.model_validate_json(body)
    except ValidationError as refused:
        raise SalesforceError("JSON_PARSER_ERROR", _reason(refused)) from refused


def _reason(refused: ValidationError) -> str:
    first = refused.errors(include_url=False, include_context=False)[0]
    place: Sequence[int | str] = first["loc"]
    name = ".".join(str(part) for part in place)
    if first["type"] == "extra_forbidden":
        return f'Unrecognized field "{name}", not marked as ignorable'
    return f"{name}: {first['msg']}" if name else str(first["msg"])
