"""A throwaway PostgreSQL server on a free loopback port, for the length of a test session."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql


def postgres_program(name: str) -> str:
    found = shutil.which(name) or next(
        (str(path) for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)), None
    )
    if found is None:
        message = f"{name} is not installed; run: make test-deps"
        raise RuntimeError(message)
    return found


def unprivileged(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root; Debian's package brings the user to run it as."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[str]:
    """Start a server and give its URL, without a database name (`postgresql://user:password@127.0.0.1:port`).

    Only a `durable` one flushes each commit to the disk, as it is by default outside of tests.
    """
    folder = Path(tempfile.mkdtemp(prefix="drawbar-pg-"))
    password = secrets.token_hex(8)
    (folder / "password").write_text(password)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        shutil.chown(folder / "password", "postgres")
    cluster, port = folder / "cluster", _free_port()
    initialise = [postgres_program("initdb"), "-D", str(cluster), "-U", "drawbar", "-A", "scram-sha-256", "-E", "UTF8"]
    subprocess.run(
        unprivileged([*initialise, "--locale=C.UTF-8", "--no-sync", f"--pwfile={folder / 'password'}"]),
        check=True,
        capture_output=True,
        cwd=folder,
    )
    control = [postgres_program("pg_ctl"), "-D", str(cluster), "-w"]
    flushing = "on" if durable else "off"
    options = f"-p {port} -h 127.0.0.1 -k {folder} -c fsync={flushing} -c max_connections=200 -c timezone=UTC"
    subprocess.run(
        unprivileged([*control, "-l", str(folder / "log"), "-o", options, "start"]),
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=folder,
    )
    try:
        yield f"postgresql://drawbar:{password}@127.0.0.1:{port}"
    finally:
        stop = unprivileged([*control, "-m", "immediate", "stop"])
        subprocess.run(stop, check=False, capture_output=True, cwd=folder)
        shutil.rmtree(folder, ignore_errors=True)


def create_database(server: str, *, like: str = "") -> str:
    """Create a database on the server and give its URL: empty, or `like` another to which nobody is connected.

    A copy takes a tenth of the time in which migrations make the same tables.
    """
    name = f"drawbar_{secrets.token_hex(6)}"
    template = sql.Identifier(like.rpartition("/")[2] or "template1")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), template))
    return f"{server}/{name}"


def empty_database(url: str) -> None:
    """Take all rows out of a database, and begin its numbers anew; who is still at work in it is sent away."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        )
        asked = [
            sql.SQL("SELECT {}, EXISTS (SELECT FROM {})").format(sql.Literal(name), sql.Identifier(name))
            for (name,) in tables
        ]
        filled = [sql.Identifier(name) for name, has in connection.execute(sql.SQL(" UNION ALL ").join(asked)) if has]
        if filled:
            connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(filled)))
        used = connection.execute("SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL").fetchall()
        for (name,) in used:
            connection.execute(sql.SQL("ALTER SEQUENCE {} RESTART").format(sql.Identifier(name)))
