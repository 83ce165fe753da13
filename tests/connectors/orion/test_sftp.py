"""A delivery arrives by SFTP whole or not at all, once, and its manifest last."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drawbar.connectors.orion.bundle import open_bundle
from drawbar.connectors.orion.settings import OrionSftpSettings
from drawbar.connectors.orion.sftp import SftpInbox
from drawbar.middleware.errors import RetryLater, StopRun
from drawbar.sandbox.leaseworks.login import SftpLogin
from drawbar.sandbox.leaseworks.sftp import LeaseWorksServer, leaseworks_beside
from tests.connectors.orion.samples import MONDAY, PASSWORD, bundle, payment, sftp_section


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("orion-sftp")


@pytest.fixture(scope="module")
def server(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LeaseWorksServer]:
    with leaseworks_beside(root, tmp_path_factory.mktemp("keys"), SftpLogin("drawbar", PASSWORD)) as running:
        yield running


@pytest.fixture
def inbox(server: LeaseWorksServer) -> SftpInbox:
    return SftpInbox(OrionSftpSettings.model_validate(sftp_section(server)))


def there(root: Path, name: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (root / "inbound/orion" / name).iterdir()}


def test_all_files_arrive_as_they_were_written(inbox: SftpInbox, root: Path, tmp_path: Path) -> None:
    made = bundle(tmp_path, payment("P1", "12.34", "=SUM(A1)"))

    inbox.send(made)

    assert there(root, made.name) == {name: (made.folder / name).read_bytes() for name in made.files}
    assert b",=SUM(A1)," in there(root, made.name)["transactions.csv"], "machines get it exactly"


def test_a_delivery_that_is_there_is_not_written_again(inbox: SftpInbox, root: Path, tmp_path: Path) -> None:
    made = bundle(tmp_path, number=2)
    inbox.send(made)
    stamps = {path: path.stat().st_mtime_ns for path in (root / "inbound/orion" / made.name).iterdir()}

    inbox.send(made)

    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps


def test_a_delivery_of_the_same_name_with_other_content_is_never_overwritten(
    inbox: SftpInbox, root: Path, tmp_path: Path
) -> None:
    inbox.send(bundle(tmp_path / "one", payment("P1", "1.00"), number=3))
    before = there(root, "ORION-20260302-003")

    with pytest.raises(StopRun, match=r"other content.*drawbar orion deliver --date 2026-03-02 --again"):
        inbox.send(bundle(tmp_path / "two", payment("P1", "2.00"), number=3))

    assert there(root, "ORION-20260302-003") == before


def test_an_upload_that_broke_off_is_done_again_and_leaves_nothing_behind(
    inbox: SftpInbox, root: Path, tmp_path: Path
) -> None:
    made = bundle(tmp_path, payment("P1", "1.00"), number=4)
    folder = root / "inbound/orion" / made.name
    folder.mkdir()
    (folder / "efforts.csv").write_text("an older attempt")
    (folder / "transactions.csv.part").write_text("half of i")

    inbox.send(made)

    assert there(root, made.name) == {name: (made.folder / name).read_bytes() for name in made.files}


def test_the_manifest_comes_last(inbox: SftpInbox, server: LeaseWorksServer, root: Path, tmp_path: Path) -> None:
    made = bundle(tmp_path, number=5)
    made.folder.joinpath("figures.csv").unlink()

    with pytest.raises(RetryLater):
        inbox.send(made)

    assert "efforts.csv" in there(root, made.name)
    assert "MANIFEST.csv" not in there(root, made.name)


def test_the_checks_say_which_step_fails(inbox: SftpInbox, server: LeaseWorksServer) -> None:
    assert [(each.name, each.ok) for each in inbox.checks()] == [
        ("sftp reachable", True), ("sftp host key", True), ("sftp login", True), ("sftp folders", True),
    ]  # fmt: skip
    elsewhere = OrionSftpSettings.model_validate({**sftp_section(server), "folder": "nowhere"})
    last = list(SftpInbox(elsewhere).checks())[-1]
    assert (last.system, last.name, last.ok) == ("Orion", "sftp folders", False)
    assert "[orion.sftp]" in last.remedy


def test_files_that_were_changed_since_are_no_bundle_any_more(tmp_path: Path) -> None:
    made = bundle(tmp_path)
    assert open_bundle(tmp_path, made.name, MONDAY, made.digest) == made
    assert open_bundle(tmp_path, made.name, MONDAY, "0" * 64) is None
    assert open_bundle(tmp_path, "ORION-20260302-009", MONDAY, made.digest) is None
