"""The server is killed under load and stopped under load: what it has acknowledged is there, and handled once."""

from __future__ import annotations

import os
import random
import signal
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
import requests
from sqlalchemy import Engine, func, select

from drawbar.connectors.leaseworks.settings import LeaseWorksSettings
from drawbar.jobs.wiring import Settings
from drawbar.middleware.database.engine import open_database, reading
from drawbar.middleware.database.migrate import upgrade
from drawbar.middleware.server.callers import SYNC_REQUESTS, Callers
from drawbar.middleware.sync.dead_letters import DeadLetters
from drawbar.middleware.sync.runs import Runs
from drawbar.middleware.sync.tables import inbox_message
from tests.faults.conftest import Times
from tests.faults.workers import Workers, eventually, finished, killed

SENDERS = 3


class Senders:
    """Callers who send messages without pause, and each again and again until it is acknowledged."""

    def __init__(self, port: int, key: str) -> None:
        self._place = f"http://127.0.0.1:{port}/v1/sync-requests"
        self._headers = {"Authorization": f"Bearer {key}"}
        self._numbers = count()
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._send, name="sender") for _ in range(SENDERS)]
        self.acknowledged: dict[str, str] = {}
        """The hub's id of each message, by the sender's."""

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        while not self._stopping.is_set():
            name = f"m{next(self._numbers)}"
            with requests.Session() as session:
                while not self._stopping.is_set() and name not in self.acknowledged:
                    self._try(session, name)

    def _try(self, session: requests.Session, name: str) -> None:
        asked = {"object": "Case", "key": name}
        try:
            answer = session.post(
                self._place, json=asked, headers=self._headers | {"Idempotency-Key": name}, timeout=30
            )
        except requests.RequestException:
            self._stopping.wait(0.02)
            return
        if answer.status_code == 202:
            self.acknowledged[name] = answer.json()["id"]


@pytest.fixture
def settings(new_hub_url: str, tmp_path: Path) -> Settings:
    files = LeaseWorksSettings.model_validate({"surface": "folder", "folder": {"path": tmp_path / "files"}})
    return Settings.model_validate(
        {"data_folder": tmp_path / "hub", "database": {"url": new_hub_url}, "leaseworks": files,
         "server": {"calls_per_minute": 1_000_000}}
    )  # fmt: skip


@pytest.fixture
def database(settings: Settings) -> Iterator[Engine]:
    settings.data_folder.mkdir()
    engine = open_database(settings.database_url)
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture
def senders(database: Engine, port: int) -> Iterator[Senders]:
    with database.begin() as connection:
        key = Callers(connection).add("yard", [SYNC_REQUESTS], datetime.now(UTC))
    senders = Senders(port, key)
    senders.start()
    yield senders
    senders.stop()


@pytest.mark.fault(8, 22)
def test_what_a_server_acknowledged_before_it_died_is_stored_and_handled_once(
    settings: Settings, database: Engine, port: int, senders: Senders, workers: Workers, times: Times
) -> None:
    dice, deaths = random.Random(22), times(2, 200)

    def some_more() -> None:
        wanted = len(senders.acknowledged) + dice.randint(1, 5)
        eventually(lambda: len(senders.acknowledged) >= wanted, "an acknowledgement")

    for _ in range(deaths):
        process = workers.take_in(settings, port)
        some_more()
        killed(process)
    process = workers.take_in(settings, port)
    some_more()
    os.kill(process.pid or 0, signal.SIGTERM)
    assert finished(process) == 0
    senders.stop()

    with reading(database) as connection:
        stored = {row.message_id: row for row in connection.execute(select(inbox_message))}
    assert {name: stored[name].id for name in senders.acknowledged} == senders.acknowledged
    assert all(f'"{name}"' in row.body.decode() for name, row in stored.items())

    workers.serve(settings)
    waiting = select(func.count()).where(inbox_message.c.state == "waiting")

    def all_done() -> bool:
        with reading(database) as connection:
            follows = [run for run in Runs(connection).latest(job="deliver") if run.finished_at]
            return connection.execute(waiting).scalar_one() == 0 and bool(follows)

    eventually(all_done, "the handling of all messages")
    with reading(database) as connection:
        letters = DeadLetters(connection).find()
        tries = set(connection.execute(select(inbox_message.c.attempts)).scalars())
    assert sorted(each.failure.key for each in letters) == sorted(f"yard {name}" for name in stored)
    assert {each.failure.attempts for each in letters} == tries == {1}
    print(f"{deaths} kills, {len(senders.acknowledged)} acknowledged, {len(stored)} stored")  # noqa: T201
