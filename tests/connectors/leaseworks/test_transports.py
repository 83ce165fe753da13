"""Deliveries come the same way over SFTP and from a folder; on SFTP, from nobody but the server that we know."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from drawbar.connectors.leaseworks import sftp
from drawbar.connectors.leaseworks.connector import LeaseWorks
from drawbar.connectors.leaseworks.folder import FolderTransport
from drawbar.connectors.leaseworks.settings import FolderSettings, LeaseWorksSettings, SftpSettings
from drawbar.connectors.leaseworks.sftp import SftpTransport
from drawbar.connectors.leaseworks.transport import RemoteFile, Transport
from drawbar.middleware.errors import ConfigError, RetryLater, StopRun
from drawbar.middleware.sftp import HostKeyRefused, LoginRefused
from drawbar.sandbox.leaseworks.login import SftpLogin
from drawbar.sandbox.leaseworks.sftp import LeaseWorksServer, leaseworks_beside
from tests.connectors.leaseworks.exports import write_delivery, write_manifest_of

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def client_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = asyncssh.generate_private_key("ssh-ed25519")
    path = tmp_path_factory.mktemp("client") / "id_ed25519"
    path.write_bytes(key.export_private_key(passphrase="opens it"))
    path.with_suffix(".pub").write_bytes(key.export_public_key())
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    for name in ("outbound", "archive"):
        (folder / name).mkdir(parents=True)
    return folder


@pytest.fixture
def server(root: Path, tmp_path: Path, client_key: Path) -> Iterator[LeaseWorksServer]:
    (tmp_path / "keys").mkdir()
    keys = (client_key.with_suffix(".pub").read_text(),)
    with leaseworks_beside(root, tmp_path / "keys", SftpLogin("drawbar", PASSWORD, keys)) as running:
        yield running


def sftp_settings(server: LeaseWorksServer, **changes: Any) -> SftpSettings:
    known = {"host": server.host, "port": server.port, "user": "drawbar", "known_hosts": server.known_hosts}
    return SftpSettings.model_validate({**known, "password": PASSWORD, "timeout_seconds": 10, **changes})


@pytest.fixture(params=["folder", "sftp"])
def transport(request: pytest.FixtureRequest, root: Path) -> Transport:
    if request.param == "folder":
        return FolderTransport(FolderSettings(path=root))
    return SftpTransport(sftp_settings(request.getfixturevalue("server")))


def every(name: str) -> bool:
    return bool(name)


def test_waiting_deliveries_are_listed_with_their_files_and_manifest(transport: Transport, root: Path) -> None:
    folder = write_delivery(root, "LW-20260302-001")
    write_delivery(root, "LW-20260303-001", manifest=False)
    write_delivery(root, "LW-20260303-001.tmp")
    first, second = transport.waiting(lambda name: not name.endswith(".tmp"))
    assert (first.name, first.manifest) == ("LW-20260302-001", (folder / "MANIFEST.csv").read_bytes())
    assert {(file.name, file.size) for file in first.files} == {
        (path.name, path.stat().st_size) for path in folder.iterdir()
    }
    assert (second.name, second.manifest) == ("LW-20260303-001", None)


def test_fetched_files_are_equal_and_complete_ones_are_left_alone(
    transport: Transport, root: Path, tmp_path: Path
) -> None:
    folder, here = write_delivery(root, "LW-20260302-001"), tmp_path / "here"
    here.mkdir()
    (delivery,) = transport.waiting(every)
    transport.fetch(delivery.name, delivery.files, here)
    assert {path.name: path.read_bytes() for path in here.iterdir()} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }
    stamps = {path.name: path.stat().st_mtime_ns for path in here.iterdir()}
    transport.fetch(delivery.name, delivery.files, here)
    assert {path.name: path.stat().st_mtime_ns for path in here.iterdir()} == stamps


def test_archiving_moves_a_delivery_once_and_does_nothing_the_second_time(transport: Transport, root: Path) -> None:
    write_delivery(root, "LW-20260302-001")
    transport.archive("LW-20260302-001")
    transport.archive("LW-20260302-001")
    assert transport.archived() == ["LW-20260302-001"]
    assert transport.waiting(every) == []


def test_a_second_delivery_of_the_same_name_does_not_overwrite_the_archived_one(
    transport: Transport, root: Path
) -> None:
    for _ in range(3):
        write_delivery(root, "LW-20260302-001")
        transport.archive("LW-20260302-001")
    assert transport.archived() == ["LW-20260302-001", "LW-20260302-001.2", "LW-20260302-001.3"]


def test_archiving_what_is_nowhere_is_refused(transport: Transport) -> None:
    with pytest.raises(StopRun, match="LW-20260302-001: is neither in outbound nor in archive"):
        transport.archive("LW-20260302-001")


def test_a_ready_transport_passes_its_checks(transport: Transport) -> None:
    assert [check.detail for check in transport.checks() if not check.ok] == []


def test_a_private_key_opens_the_server_too(server: LeaseWorksServer, client_key: Path, root: Path) -> None:
    write_delivery(root, "LW-20260302-001")
    settings = sftp_settings(server, password=None, private_key=client_key, private_key_passphrase="opens it")
    assert len(SftpTransport(settings).waiting(every)) == 1


def checks_of(settings: SftpSettings) -> dict[str, bool]:
    return {check.name.removeprefix("sftp "): check.ok for check in SftpTransport(settings).checks()}


def test_a_server_with_another_host_key_is_refused(server: LeaseWorksServer, tmp_path: Path) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().split()
    known_hosts = tmp_path / "other_hosts"
    known_hosts.write_text(f"[{server.host}]:{server.port} {other[0]} {other[1]}\n")
    settings = sftp_settings(server, known_hosts=known_hosts)
    with pytest.raises(HostKeyRefused, match=r"does not show the host key that .*other_hosts holds") as refused:
        SftpTransport(settings).waiting(every)
    assert f"ssh-keyscan -p {server.port} 127.0.0.1" in refused.value.remedy
    assert checks_of(settings) == {"reachable": True, "host key": False}


def test_a_server_that_known_hosts_does_not_name_is_refused(server: LeaseWorksServer, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("")
    with pytest.raises(HostKeyRefused):
        SftpTransport(sftp_settings(server, known_hosts=tmp_path / "empty")).waiting(every)
    with pytest.raises(ConfigError, match=r"there is no known_hosts file .*Run: ssh-keyscan"):
        SftpTransport(sftp_settings(server, known_hosts=tmp_path / "none")).waiting(every)


def test_a_wrong_password_is_refused_without_being_shown(server: LeaseWorksServer) -> None:
    settings = sftp_settings(server, password="wrong-secret")
    with pytest.raises(LoginRefused) as refused:
        SftpTransport(settings).waiting(every)
    assert "does not let user drawbar in" in str(refused.value)
    assert "wrong-secret" not in f"{refused.value!r} {refused.value} {settings!r}"
    assert checks_of(settings) == {"reachable": True, "host key": True, "login": False}


def test_a_key_that_cannot_be_opened_is_the_operators_business(server: LeaseWorksServer, client_key: Path) -> None:
    settings = sftp_settings(server, password=None, private_key=client_key, private_key_passphrase="not it")
    with pytest.raises(LoginRefused, match="cannot be used"):
        SftpTransport(settings).waiting(every)


def test_forbidden_folders_stop_the_run(server: LeaseWorksServer) -> None:
    server.faults.deny("/outbound")
    with pytest.raises(StopRun, match="refuses a path"):
        SftpTransport(sftp_settings(server)).waiting(every)
    assert checks_of(sftp_settings(server)) == {"reachable": True, "host key": True, "login": True, "folders": False}


def test_a_server_that_is_gone_is_tried_again_later(server: LeaseWorksServer, tmp_path: Path) -> None:
    nobody_listens = sftp_settings(server, port=1)
    with pytest.raises(RetryLater, match=r"127\.0\.0\.1:1 does not answer"):
        SftpTransport(nobody_listens).waiting(every)
    assert checks_of(nobody_listens) == {"reachable": False}


def test_a_server_that_says_nothing_is_tried_again_later(server: LeaseWorksServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = sftp_settings(server, port=silent.getsockname()[1], connect_timeout_seconds=0.2)
        with pytest.raises(RetryLater, match="does not answer"):
            SftpTransport(settings).waiting(every)


# the server is stopped in the middle of an answer and leaves its file to the garbage collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_server_that_answers_too_slowly_is_tried_again_later(
    server: LeaseWorksServer, root: Path, tmp_path: Path
) -> None:
    write_delivery(root, "LW-20260302-001")
    server.faults.slow_to(10)
    with pytest.raises(RetryLater, match="does not answer"):
        SftpTransport(sftp_settings(server, timeout_seconds=0.2)).waiting(every)


def test_a_transfer_that_is_cut_goes_on_where_it_stopped(
    server: LeaseWorksServer, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sftp, "CHUNK_BYTES", 100_000)
    here = tmp_path / "here"
    here.mkdir()
    folder = write_delivery(root, "LW-20260302-001")
    content = b"".join(b"%015d\n" % number for number in range(50_000))
    (folder / "accounts.csv").write_bytes(content)
    transport, files = SftpTransport(sftp_settings(server)), [RemoteFile("accounts.csv", len(content))]
    server.faults.cut_after(450_000)
    with pytest.raises(RetryLater):
        transport.fetch("LW-20260302-001", files, here)
    partial = here / "accounts.csv.part"
    assert not (here / "accounts.csv").exists()
    assert partial.read_bytes() == content[:400_000]
    server.faults.cut_after(450_000)
    transport.fetch("LW-20260302-001", files, here)
    assert (here / "accounts.csv").read_bytes() == content
    assert not partial.exists()


def test_a_partial_file_of_something_else_does_not_survive(
    server: LeaseWorksServer, root: Path, tmp_path: Path
) -> None:
    write_delivery(root, "LW-20260302-001")
    staging = tmp_path / "staging"
    (staging / "LW-20260302-001").mkdir(parents=True)
    (staging / "LW-20260302-001" / "accounts.csv.part").write_bytes(b"remains of another day")
    (staging / "LW-20260302-001" / "notes.csv.part").write_bytes(b"x" * 100_000)
    leaseworks = LeaseWorks(LeaseWorksSettings(surface="sftp", sftp=sftp_settings(server)))
    (delivery,) = leaseworks.deliveries(None)
    fetched = leaseworks.fetch(delivery, staging)
    assert {path.name for path in fetched.folder.iterdir()} == {path.name for path in fetched.files.values()}


def test_a_file_that_shrank_under_us_is_tried_again_later(server: LeaseWorksServer, root: Path, tmp_path: Path) -> None:
    write_delivery(root, "LW-20260302-001")
    with pytest.raises(RetryLater, match="of 99999 bytes"):
        SftpTransport(sftp_settings(server)).fetch("LW-20260302-001", [RemoteFile("notes.csv", 99_999)], tmp_path)


def test_doctor_tells_the_age_of_the_newest_delivery(root: Path) -> None:
    leaseworks = LeaseWorks(LeaseWorksSettings(surface="folder", folder=FolderSettings(path=root)))
    assert newest(leaseworks, 2) == (False, "there is none")
    write_delivery(root, "LW-20260227-001")
    leaseworks.archive(leaseworks.deliveries(None)[0].name)
    assert newest(leaseworks, 2) == (True, "LW-20260227-001 of 2026-02-27")
    assert newest(leaseworks, 3) == (False, "LW-20260227-001 of 2026-02-27")


def newest(leaseworks: LeaseWorks, march: int) -> tuple[bool, str]:
    checks = list(leaseworks.checks(datetime(2026, 3, march, 6, tzinfo=UTC)))
    return next((check.ok, check.detail) for check in checks if check.name == "newest delivery")


def test_a_file_that_is_wrong_here_but_right_there_is_fetched_anew(root: Path, tmp_path: Path) -> None:
    folder = write_delivery(root, "LW-20260302-001")
    leaseworks = LeaseWorks(LeaseWorksSettings(surface="folder", folder=FolderSettings(path=root)))
    fetched = leaseworks.fetch(leaseworks.deliveries(None)[0], tmp_path)
    size = fetched.files["notes"].stat().st_size
    fetched.files["notes"].write_bytes(b"x" * size)
    again = leaseworks.fetch(leaseworks.deliveries(None)[0], tmp_path)
    assert again.files["notes"].read_bytes() == (folder / "notes.csv").read_bytes()
    write_manifest_of(folder, {"notes.csv": 1})
    assert leaseworks.deliveries(None)[0].status == "damaged"
