"""All that is known of one failure: what failed, what the org said, and what happened since."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from drawbar.jobs.hub import TARGET
from drawbar.jobs.masking import masked_message, masked_row, masked_value
from drawbar.jobs.summaries import readable
from drawbar.middleware.sync.codec import columns_of, decode_refused
from drawbar.middleware.sync.dead_letters import DeadLetter, DeadLetters
from drawbar.middleware.sync.tables import audit, delivery, run

Json = dict[str, Any]
_AT_MOST = 200


def failure_story(connection: Connection, number: int, *, masked: bool) -> Json:
    """Tell one failure with response and timeline; raise NotThere when there is none of that number."""
    letter = DeadLetters(connection).get(number)
    return {
        **as_json(letter, masked=masked),
        "response": _response(connection, letter, masked=masked),
        "timeline": timeline(connection, letter, masked=masked),
    }


def as_json(letter: DeadLetter, *, masked: bool) -> Json:
    """Give a failure; `masked` without names, telephones, addresses and account numbers in message and payload."""
    failure = letter.failure
    message = masked_message(failure.message, failure.field) if masked else failure.message
    return {
        "number": letter.id, "state": letter.state, "kind": failure.kind, "place": failure.place,
        "object": failure.object, "key": failure.key, "row": failure.row_number or None, "source": failure.source,
        "code": failure.code, "field": failure.field, "message": message, "remedy": failure.remedy,
        "attempts": failure.attempts, "first_at": letter.first_at, "last_at": letter.last_at,
        "run": letter.run_id, "settled_by": letter.settled_by, "settled_why": letter.settled_why,
        "payload": _masked_payload(letter) if masked else failure.payload,
    }  # fmt: skip


def _masked_payload(letter: DeadLetter) -> str:
    failure = letter.failure
    if failure.kind != "record":
        return masked_row(failure.payload)
    operation, record = decode_refused(failure.object, failure.key, failure.payload)
    values = {name: readable(value) for name, value in columns_of(record).items()}
    hidden = {name: masked_value(failure.object, name, value) for name, value in values.items()}
    return json.dumps({"operation": operation, **hidden}, ensure_ascii=False)


def _response(connection: Connection, letter: DeadLetter, *, masked: bool) -> Json | None:
    """Give what the org answered to the last attempt that it did not take."""
    if letter.failure.kind != "record":
        return None
    unwilling = _attempts(letter).where(delivery.c.status.in_(("refused", "retry")))
    row = connection.execute(unwilling.order_by(delivery.c.id.desc()).limit(1)).first()
    if row is None:
        return None
    message = masked_message(row.message, letter.failure.field) if masked else row.message
    return {"at": row.at, "status": row.status, "code": row.code, "message": message}


def _attempts(letter: DeadLetter) -> Any:
    return select(delivery).where(
        delivery.c.target == TARGET, delivery.c.object == letter.failure.object,
        delivery.c.key == letter.failure.key, delivery.c.at >= letter.first_at,
    )  # fmt: skip


def timeline(connection: Connection, letter: DeadLetter, *, masked: bool) -> list[Json]:
    """Give what happened to the record and its failure since it first failed, in order of time (the first 200)."""
    found = [
        *_beginning(letter), *_tries(connection, letter, masked=masked), *_acts(connection, letter),
        *_end(letter),
    ]  # fmt: skip
    runs = _run_states(connection, {each["run"] for each in found if each.get("run")})
    for each in found:
        if each.get("run") in runs:
            each["run_state"] = runs[each["run"]]
    return sorted(found, key=lambda each: _moment(each["at"]))[:_AT_MOST]


def _moment(at: datetime) -> float:
    return at.timestamp()


def _beginning(letter: DeadLetter) -> Iterator[Json]:
    source = letter.failure.source
    yield {"at": letter.first_at, "what": "failed first", "by": "", "run": "", "detail": source}
    if letter.state == "open" and letter.last_at > letter.first_at:
        times = f"{letter.failure.attempts} attempts in all"
        yield {"at": letter.last_at, "what": "failed last", "by": "", "run": letter.run_id, "detail": times}


def _tries(connection: Connection, letter: DeadLetter, *, masked: bool) -> Iterator[Json]:
    if letter.failure.key:
        for row in connection.execute(_attempts(letter).order_by(delivery.c.id).limit(_AT_MOST)):
            said = ": ".join(part for part in (row.code, row.message) if part)
            detail = masked_message(said, letter.failure.field) if masked else said
            what = f"sent to {TARGET}: {row.status}"
            yield {"at": row.at, "what": what, "by": "", "run": row.run_id, "detail": detail or row.why}


def _acts(connection: Connection, letter: DeadLetter) -> Iterator[Json]:
    lines = select(audit).where(audit.c.subject == f"failure {letter.id}").order_by(audit.c.id).limit(_AT_MOST)
    for row in connection.execute(lines):
        yield {"at": row.at, "what": row.action, "by": row.actor, "run": "", "detail": _reason(row)}


def _reason(row: Row[tuple[object, ...]]) -> str:
    detail = json.loads(row.detail)
    return str(detail.get("reason") or detail.get("used") or "")


def _end(letter: DeadLetter) -> Iterator[Json]:
    if letter.state != "open":
        yield {
            "at": letter.last_at, "what": letter.state, "by": letter.settled_by, "run": "",
            "detail": letter.settled_why,
        }  # fmt: skip


def _run_states(connection: Connection, ids: set[str]) -> dict[str, str]:
    rows = connection.execute(select(run.c.id, run.c.state).where(run.c.id.in_(sorted(ids)[:_AT_MOST])))
    return {row.id: row.state for row in rows}
