"""The local step: accounts of a delivery that is here already are examined and taken in, up to the outbox.

`python -m tests.bench.local YARD ...` does it in all yards at the same time, each in a thread of its own.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from drawbar.jobs.deliveries import DeliveryWork
from drawbar.jobs.hub import Hub
from drawbar.jobs.inbound import Inbound, Waiting, fetch, look_out
from drawbar.jobs.wiring import Settings, open_hub
from drawbar.middleware.settings import load_settings
from tests.bench.floor import timed

_Fetched = tuple[Hub, Waiting, Inbound]


def _fetched(yard: Path) -> _Fetched:
    os.chdir(yard)  # the settings name the LeaseWorks folder and the data folder as seen from their own
    settings = load_settings(Settings, yard / "drawbar.toml")
    hub = open_hub(settings)
    waiting = look_out(hub, datetime.now(UTC)).ready[0]
    return hub, waiting, fetch(hub, waiting)


def _take(fetched: _Fetched, start: threading.Barrier) -> int:
    hub, waiting, inbound = fetched
    start.wait()
    with hub.engine.connect() as connection:
        work = DeliveryWork(
            hub, connection, "bench", datetime.now(UTC), accept_shrink=False, commit=connection.commit,
            progress=lambda *_: None,
        )  # fmt: skip
        work.note(waiting, "taken", inbound.content)
        work.examine(waiting, inbound)
        result = work.take(waiting, inbound, "accounts")
    return int(result["created"] + result["changed"])


def _take_all(all_fetched: Sequence[_Fetched]) -> int:
    start = threading.Barrier(len(all_fetched))
    with ThreadPoolExecutor(len(all_fetched)) as threads:
        return sum(threads.map(lambda each: _take(each, start), all_fetched))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(timed(_take_all, [_fetched(Path(each)) for each in sys.argv[1:]])))
