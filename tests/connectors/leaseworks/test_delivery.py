"""Nothing of a delivery is read before its manifest is complete and true; each is read once, in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from drawbar.connectors.leaseworks.connector import LeaseWorks
from drawbar.connectors.leaseworks.delivery import Delivery, DeliveryName
from drawbar.connectors.leaseworks.records import LeaseAccount, Note
from drawbar.connectors.leaseworks.settings import LeaseWorksSettings
from drawbar.middleware.errors import ConfigError, DrawbarError, StopRun
from drawbar.middleware.manifest import (
    ManifestDamagedError,
    ManifestEntry,
    ManifestIncompleteError,
    manifest_text,
    read_manifest,
)
from tests.connectors.leaseworks.exports import ENTITY_ROWS, write_delivery, write_manifest_of
from tests.contracts.row_source import source_rows

ONE_ROW_EACH = dict.fromkeys((f"{entity}.csv" for entity in ENTITY_ROWS), 1)
ASK = "Ask LeaseWorks to send the delivery again, with a true MANIFEST.csv."


@pytest.fixture
def leaseworks(tmp_path: Path) -> LeaseWorks:
    (tmp_path / "outbound").mkdir()
    (tmp_path / "archive").mkdir()
    return LeaseWorks(LeaseWorksSettings.model_validate({"surface": "folder", "folder": {"path": tmp_path}}))


def only(leaseworks: LeaseWorks, after: DeliveryName | None = None) -> Delivery:
    (delivery,) = leaseworks.deliveries(after)
    return delivery


def named(leaseworks: LeaseWorks, text: str) -> DeliveryName:
    name = leaseworks.delivery_name(text)
    assert name is not None
    return name


def test_a_complete_and_true_delivery_is_fetched_and_its_rows_understood(
    leaseworks: LeaseWorks, tmp_path: Path
) -> None:
    write_delivery(tmp_path, "LW-20260302-001")
    delivery = only(leaseworks)
    assert (delivery.status, delivery.problem, delivery.notices) == ("ready", "", ())
    fetched = leaseworks.fetch(delivery, tmp_path / "staging")
    assert fetched.entities == ("lessees", "accounts", "vehicles", "payments", "notes", "promises")
    assert {entity: fetched.rows(entity) for entity in fetched.entities} == dict.fromkeys(fetched.entities, 1)
    for entity in fetched.entities:
        source = fetched.source(entity)
        assert source.description == f"{entity}.csv of delivery LW-20260302-001"
        assert len([source.parse(row) for row in source_rows(source)]) == 1
    notes = fetched.source_of(Note)
    assert [notes.parse(row).text for row in source_rows(notes)] == ['Said "Friday",\r\nthen hung up']
    assert fetched.source_of(LeaseAccount).complete
    assert not notes.complete
    assert fetched.folder.stat().st_mode & 0o077 == 0
    with pytest.raises(StopRun, match="LW-20260302-001: holds no gl_summary"):
        fetched.source("gl_summary")
    fetched.discard()
    assert not fetched.folder.exists()


def test_a_delivery_without_manifest_or_without_its_last_line_is_incomplete(
    leaseworks: LeaseWorks, tmp_path: Path
) -> None:
    folder = write_delivery(tmp_path, "LW-20260302-001", manifest=False)
    assert (only(leaseworks).status, only(leaseworks).problem) == ("incomplete", "there is no manifest yet")
    write_manifest_of(folder, ONE_ROW_EACH)
    whole = (folder / "MANIFEST.csv").read_bytes()
    for cut in range(whole.index(b"END,") + 5):
        (folder / "MANIFEST.csv").write_bytes(whole[:cut])
        assert only(leaseworks).status == "incomplete", whole[:cut]
    with pytest.raises(StopRun, match="LW-20260302-001: the manifest has no END line yet"):
        leaseworks.fetch(only(leaseworks), tmp_path / "staging")
    assert not (tmp_path / "staging").exists()


def test_a_file_that_is_listed_but_not_there_is_damage(leaseworks: LeaseWorks, tmp_path: Path) -> None:
    folder = write_delivery(tmp_path, "LW-20260302-001")
    (folder / "notes.csv").unlink()
    delivery = only(leaseworks)
    assert (delivery.status, delivery.problem, delivery.remedy) == (
        "damaged",
        "notes.csv is in the manifest but not in the delivery",
        ASK,
    )


def test_a_delivery_without_a_required_entity_is_damaged(leaseworks: LeaseWorks, tmp_path: Path) -> None:
    folder = write_delivery(tmp_path, "LW-20260302-001")
    write_manifest_of(folder, {name: 1 for name in ONE_ROW_EACH if name not in {"notes.csv", "promises.csv"}})
    assert only(leaseworks).problem == "the manifest lacks notes.csv, promises.csv"


def test_a_file_with_another_hash_is_damage_and_is_left(leaseworks: LeaseWorks, tmp_path: Path) -> None:
    folder = write_delivery(tmp_path, "LW-20260302-001")
    content = (folder / "accounts.csv").read_bytes()
    (folder / "accounts.csv").write_bytes(content.replace(b"1234.56", b"1234.57", 1))
    with pytest.raises(StopRun) as stop:
        leaseworks.fetch(only(leaseworks), tmp_path / "staging")
    assert str(stop.value) == (
        "LW-20260302-001: is damaged: accounts.csv has not the SHA-256 of the manifest."
        " Ask LeaseWorks to send the delivery again."
    )
    assert folder.exists()
    (folder / "accounts.csv").write_bytes(content)
    assert leaseworks.fetch(only(leaseworks), tmp_path / "staging").entities


def test_a_file_with_another_row_count_is_damage(leaseworks: LeaseWorks, tmp_path: Path) -> None:
    folder = write_delivery(tmp_path, "LW-20260302-001")
    write_manifest_of(folder, ONE_ROW_EACH | {"notes.csv": 2})
    with pytest.raises(StopRun, match=r"is damaged: notes.csv has 1 rows, the manifest says 2\."):
        leaseworks.fetch(only(leaseworks), tmp_path / "staging")


def test_one_unreadable_file_does_not_keep_the_others_from_being_read(leaseworks: LeaseWorks, tmp_path: Path) -> None:
    folder = write_delivery(tmp_path, "LW-20260302-001")
    for name, change in (("vehicles.csv", lambda text: text.replace("VIN", "V.I.N.")), ("notes.csv", str)):
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_bytes(change(text).encode("utf-8" if name == "vehicles.csv" else "utf-16"))
    write_manifest_of(folder, ONE_ROW_EACH)
    fetched = leaseworks.fetch(only(leaseworks), tmp_path / "staging")
    assert len(source_rows(fetched.source("accounts"))) == 1
    with pytest.raises(StopRun, match=r"vehicles.csv: has no column VIN \(our vin\)"):
        source_rows(fetched.source("vehicles"))
    with pytest.raises(StopRun, match=r"notes.csv: looks like utf-16"):
        source_rows(fetched.source("notes"))


def test_names_that_are_no_deliveries_are_passed_over(leaseworks: LeaseWorks, tmp_path: Path) -> None:
    for name in ("LW-20260302-001.tmp", "LW-20261302-001", "LW-20260302-1", "readme", ".LW-20260302-001"):
        (tmp_path / "outbound" / name).mkdir()
    (tmp_path / "outbound" / "LW-20260302-009").write_text("a file, not a folder")
    assert leaseworks.deliveries(None) == []


def test_deliveries_come_in_the_order_of_date_and_sequence_and_gaps_are_told(
    leaseworks: LeaseWorks, tmp_path: Path
) -> None:
    for name in ("LW-20260303-001", "LW-20260302-004", "LW-20260302-001", "LW-20260304-003"):
        write_delivery(tmp_path, name)
    waiting = leaseworks.deliveries(None)
    assert [(delivery.name.text, delivery.notices) for delivery in waiting] == [
        ("LW-20260302-001", ()),
        ("LW-20260302-004", ("comes after a gap: sequence 002 to 003 of 2026-03-02 has not arrived",)),
        ("LW-20260303-001", ()),
        ("LW-20260304-003", ("comes after a gap: sequence 001 to 002 of 2026-03-04 has not arrived",)),
    ]


def test_a_gap_after_the_last_processed_delivery_is_told(leaseworks: LeaseWorks, tmp_path: Path) -> None:
    write_delivery(tmp_path, "LW-20260302-003")
    assert only(leaseworks, named(leaseworks, "LW-20260302-002")).notices == ()
    assert only(leaseworks, named(leaseworks, "LW-20260302-001")).notices == (
        "comes after a gap: sequence 002 of 2026-03-02 has not arrived",
    )


def test_an_older_delivery_than_the_last_processed_is_refused(leaseworks: LeaseWorks, tmp_path: Path) -> None:
    write_delivery(tmp_path, "LW-20260301-001")
    delivery = only(leaseworks, named(leaseworks, "LW-20260302-001"))
    assert delivery.status == "late"
    with pytest.raises(StopRun) as stop:
        leaseworks.fetch(delivery, tmp_path / "staging")
    assert str(stop.value) == (
        "LW-20260301-001: is older than LW-20260302-001, which has been processed already."
        " It would bring back old values: move it out of the outbound folder."
        " What is right in it must come in a newer delivery."
    )


def test_an_older_delivery_is_late_whatever_else_is_wrong_with_it(leaseworks: LeaseWorks, tmp_path: Path) -> None:
    (write_delivery(tmp_path, "LW-20260301-001") / "MANIFEST.csv").unlink()
    (write_delivery(tmp_path, "LW-20260301-002") / "accounts.csv").unlink()
    write_delivery(tmp_path, "LW-20260303-001")
    judged = leaseworks.deliveries(named(leaseworks, "LW-20260302-001"))
    assert [delivery.status for delivery in judged] == ["late", "late", "ready"]


def test_a_delivery_that_was_processed_but_not_archived_is_only_archived(
    leaseworks: LeaseWorks, tmp_path: Path
) -> None:
    write_delivery(tmp_path, "LW-20260302-001")
    name = named(leaseworks, "LW-20260302-001")
    delivery = only(leaseworks, name)
    assert (delivery.status, delivery.remedy) == ("processed", "Archive it.")
    with pytest.raises(StopRun, match="has been processed"):
        leaseworks.fetch(delivery, tmp_path / "staging")
    leaseworks.archive(name)
    assert (leaseworks.deliveries(None), leaseworks.archived()) == ([], [name])


def test_files_that_no_layout_knows_are_mentioned_and_left(leaseworks: LeaseWorks, tmp_path: Path) -> None:
    folder = write_delivery(tmp_path, "LW-20260302-001")
    (folder / "titles.csv").write_text("a\n1\n")
    write_manifest_of(folder, ONE_ROW_EACH | {"titles.csv": 1})
    delivery = only(leaseworks)
    assert (delivery.status, delivery.notices) == ("ready", ("holds files that no layout reads: titles.csv",))
    leaseworks.fetch(delivery, tmp_path / "staging")
    assert not (tmp_path / "staging" / "LW-20260302-001" / "titles.csv").exists()


def test_an_encrypted_file_needs_a_key(leaseworks: LeaseWorks, tmp_path: Path) -> None:
    folder = write_delivery(tmp_path, "LW-20260302-001")
    (folder / "notes.csv").rename(folder / "notes.csv.pgp")
    files = {name: 1 for name in ONE_ROW_EACH if name != "notes.csv"} | {"notes.csv.pgp": 1}
    write_manifest_of(folder, files)
    with pytest.raises(ConfigError, match=r"notes.csv.pgp is encrypted\. Give our key under \[leaseworks.pgp\]"):
        leaseworks.fetch(only(leaseworks), tmp_path / "staging")


HASH = "a" * 64


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"file,rows,sha256\na.csv,1,{HASH}\nEND,2,\n", "the manifest lists 1 files, but its END line says 2"),
        (f"file,rows,sha256\na.csv,1,{HASH}\na.csv,1,{HASH}\nEND,2,\n", "the manifest lists a file twice"),
        (f"file,rows,sha256\n../a.csv,1,{HASH}\nEND,1,\n", "names '../a.csv', which is not a plain file name"),
        (f"file,rows,sha256\n/etc/passwd,1,{HASH}\nEND,1,\n", "names '/etc/passwd', which is not a plain file name"),
        (f"file,rows,sha256\n.ssh,1,{HASH}\nEND,1,\n", "names '.ssh', which is not a plain file name"),
        ("file,rows,sha256\na.csv,1,abc\nEND,1,\n", "the manifest line of a.csv has no row count or no SHA-256"),
        (f"file,rows,sha256\na.csv,-1,{HASH}\nEND,1,\n", "the manifest line of a.csv has no row count or no SHA-256"),
        (f"file,rows,sha256\na.csv,1,{HASH},x\nEND,1,\n", "has not three columns"),
        ("name,rows,sha256\nEND,0,\n", "the manifest begins with 'name,rows,sha256', not with 'file,rows,sha256'"),
        ("\xff", "the manifest is not CSV in UTF-8"),
    ],
)
def test_a_manifest_that_contradicts_itself_is_damaged(text: str, said: str) -> None:
    with pytest.raises(ManifestDamagedError) as damage:
        read_manifest(text.encode("latin-1"))
    assert said in str(damage.value)


def test_a_manifest_comes_back_as_it_was_written() -> None:
    entries = (ManifestEntry("accounts.csv", 0, HASH), ManifestEntry("notes.csv.pgp", 1_000_000, "0" * 64))
    text = manifest_text(entries)
    assert read_manifest(text.encode()).entries == entries
    assert text.splitlines() == [
        "file,rows,sha256",
        f"accounts.csv,0,{HASH}",
        f"notes.csv.pgp,1000000,{'0' * 64}",
        "END,2,",
    ]
    with pytest.raises(ManifestIncompleteError):
        read_manifest(text.encode()[:-3])


def test_an_unreadable_outbound_folder_is_the_operators_business(tmp_path: Path) -> None:
    settings = {"surface": "folder", "folder": {"path": tmp_path / "nowhere"}}
    with pytest.raises(DrawbarError, match=r"cannot be read \(No such file or directory\)"):
        LeaseWorks(LeaseWorksSettings.model_validate(settings)).deliveries(None)
