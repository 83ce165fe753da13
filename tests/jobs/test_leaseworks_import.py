"""What people change in Salesforce reaches LeaseWorks by its import file, once, and does not come back as news."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from drawbar.commands.leaseworks import leaseworks
from drawbar.commands.session import Session
from drawbar.jobs.import_desk import ImportDesk
from drawbar.middleware.database.engine import reading
from drawbar.middleware.log import configure_logging
from drawbar.middleware.settings import LogSettings
from drawbar.middleware.sync.edit_log import EditLog
from drawbar.sandbox.leaseworks.delivery import IMPORT_ANSWERS
from drawbar.sandbox.leaseworks.taking import take_imports
from tests.jobs.conftest import OpenWorld
from tests.jobs.office import IMPORT_JOB, NOTE, PROMISE, VEHICLE, Died, Office, with_imports
from tests.jobs.world import ServedOrg

KINDS = {"notes": 0, "promises": 0, "vehicles": 0, "sales": 0, "charges": 0}


@pytest.fixture
def office_on_both(open_world: OpenWorld, org: ServedOrg, tmp_path: Path, hub_url: str) -> Office:
    """The same on SQLite, and once more on PostgreSQL."""
    return Office(open_world(url=hub_url, leaseworks=with_imports(tmp_path / "leaseworks")), org)


@pytest.fixture
def office(open_world: OpenWorld, org: ServedOrg, tmp_path: Path) -> Office:
    return Office(open_world(leaseworks=with_imports(tmp_path / "leaseworks")), org)


@pytest.mark.spec("P03")
def test_a_note_of_a_rep_reaches_leaseworks_and_its_return_writes_nothing(office: Office) -> None:
    note = office.note()
    office.hears()
    sent = office.world.run(IMPORT_JOB)
    taken = take_imports(office.world.files, office.world.clock())
    office.world.run(IMPORT_JOB)
    held = office.org.record(NOTE, f"SF-{note}")
    night = office.night()
    office.hears()
    again = office.world.run(IMPORT_JOB)

    assert sent.summary["imports"] == [{"name": taken[0], "rows": KINDS | {"notes": 1}}]
    (row,) = office.imported()["notes"]
    assert (row["NOTE_NO"], row["ACCT_NO"], row["CHANNEL"]) == (f"SF-{note}", "LW00000001", "PH")
    assert (row["TEXT"], row["AUTHOR"]) == ("Will pay on Friday", "Casey Collector")
    assert (held["Id"], held["Source_System__c"]) == (note, "Salesforce")
    assert (night.state, again.summary["imports"]) == ("succeeded", [])
    assert night.summary["deliveries"][0]["entities"]["notes"]["rows"] == 1
    assert office.org.records(NOTE) == {f"SF-{note}": held}


@pytest.mark.spec("P05")
def test_a_promise_of_a_rep_joins_the_history_and_is_the_same_when_leaseworks_shows_it(office: Office) -> None:
    terms = {"Promised_Date__c": "2026-03-20", "Amount__c": 250, "Channel__c": "Text", "Taken_Date__c": "2026-03-02"}
    promise = office.rep.makes(PROMISE, Name="Friday", Lease_Account__c=office.account, **terms)
    office.hears()
    office.exchange()
    first = office.org.record(PROMISE, "LW00000001-0001")
    night = office.night()

    assert (first["Id"], first["Status__c"], first["Sequence__c"]) == (promise, "Open", 1)
    (row,) = office.imported()["promises"]
    assert (row["PROMISE_KEY"], row["PROMISED_FOR_DT"], row["AMOUNT"]) == ("LW00000001-0001", "03/20/2026", "250.00")
    assert night.state == "succeeded"
    assert list(office.org.records(PROMISE)) == ["LW00000001-0001"]
    assert office.world.letters() == []


@pytest.mark.spec("P16", "P27")
def test_what_salesforce_owns_of_a_vehicle_wins_and_what_leaseworks_changed_of_it_is_noted(office: Office) -> None:
    office.rep.changes(VEHICLE, office.truck, Storage_Place__c="Yard 4", Odometer_Reading__c=412_900)
    office.hears()
    office.exchange()
    office.night()
    echoed = len(office.imported()["vehicles"])
    kept = office.world.files / "taken_imports.json"
    taken = json.loads(kept.read_text())
    stamp = f"{office.world.clock():%Y-%m-%dT%H:%M:%SZ}"
    taken["rows"]["vehicles"]["VH00000001"] |= {"STORAGE_PLACE": "Yard 9", "UPDATED_TS": stamp}
    kept.write_text(json.dumps(taken))
    office.night()
    office.exchange()

    truck = office.org.record(VEHICLE, "VH00000001")
    assert (truck["Storage_Place__c"], truck["Odometer__c"]) == ("Yard 4", 412_900)
    assert echoed == 1
    assert [row["STORAGE_PLACE"] for row in office.imported()["vehicles"]] == ["Yard 4", "Yard 4"]
    with reading(office.world.hub.engine) as connection:
        (conflict,) = EditLog(connection).conflicts(limit=9)
    assert (conflict.field, conflict.target_value, conflict.source_value) == ("Storage_Place__c", "Yard 4", "Yard 9")
    assert (conflict.winner, conflict.kind) == ("Salesforce", "overruled")


@pytest.mark.spec("P03", "P30")
def test_a_rejected_row_is_a_failure_with_leaseworks_reason_and_goes_again_when_it_is_replayed(office: Office) -> None:
    good, bad = office.note(), office.note("x" * 31_990 + "\nand more than LeaseWorks takes")
    office.hears()
    shutil.rmtree(office.world.files / "archive" / "LW-20260302-001")
    office.exchange()
    rejected = {each.failure.key: each for each in office.world.letters(place="leaseworks")}
    office.night()
    replayed = office.world.replay().replay([rejected[f"SF-{good}"].id])
    office.exchange()

    assert rejected[f"SF-{good}"].failure.message == "there is no account LW00000001"
    assert rejected[f"SF-{good}"].failure.object == NOTE
    assert replayed[0].job == IMPORT_JOB
    assert [each.failure.key for each in office.world.letters(place="leaseworks")] == []
    assert [each.failure.code for each in office.world.letters(place="inbox")] == ["NOT_TAKEN"]
    assert bad in office.world.letters(place="inbox")[0].failure.key


@pytest.mark.fault(1)
def test_an_import_whose_process_died_after_sending_is_the_same_import_again(office_on_both: Office) -> None:
    office = office_on_both
    office.note()
    office.hears()
    office.imports_dying_once()
    with pytest.raises(Died):
        office.world.run(IMPORT_JOB)
    office.note("Called again")
    office.hears()
    left = {path: path.read_bytes() for path in (office.world.files / "inbound").rglob("*.csv")}
    first = office.exchange()
    same = {path: path.read_bytes() for path in left}
    second = office.exchange()

    assert same == left
    assert (first, second) == (["SFIMP-20260302-001"], ["SFIMP-20260302-002"])
    assert [row["TEXT"] for row in office.imported()["notes"]] == ["Will pay on Friday", "Called again"]
    with reading(office.world.hub.engine) as connection:
        told = [(each.state, each.accepted, each.rejected) for each in ImportDesk(connection).latest(9)]
    assert told == [("answered", 1, 0), ("answered", 1, 0)]


def test_an_import_without_answer_is_a_failure_until_the_answer_comes_once_or_twice(office: Office) -> None:
    office.note()
    office.hears()
    office.world.run(IMPORT_JOB)
    office.world.clock.time += timedelta(hours=27)
    late = office.world.run(IMPORT_JOB)
    (letter,) = office.world.letters(place="leaseworks.imports")
    take_imports(office.world.files, office.world.clock())
    answer = office.world.files / IMPORT_ANSWERS / "SFIMP-20260302-001.csv"
    content = answer.read_bytes()
    answered = office.world.run(IMPORT_JOB)
    answer.write_bytes(content)
    repeated = office.world.run(IMPORT_JOB)

    assert (late.state, late.summary["unanswered"]) == ("incomplete", ["SFIMP-20260302-001"])
    assert letter.failure.code == "NOT_ANSWERED"
    assert answered.summary["answers"][0] == repeated.summary["answers"][0] | {"again": False}
    assert repeated.summary["answers"][0]["again"]
    assert office.world.letters() == []
    assert not answer.exists()


def test_an_answer_in_unknown_words_is_refused_by_name_and_read_again_when_it_is_right(office: Office) -> None:
    office.note()
    office.hears()
    office.world.run(IMPORT_JOB)
    take_imports(office.world.files, office.world.clock())
    answer = office.world.files / IMPORT_ANSWERS / "SFIMP-20260302-001.csv"
    right = answer.read_text()
    answer.write_text(right.replace("ACCEPTED", "MAYBE"))
    wrong = office.world.run(IMPORT_JOB)
    (letter,) = office.world.letters()
    answer.write_text(right.rpartition("END")[0])
    unfinished = office.world.run(IMPORT_JOB)
    answer.write_text(right)
    office.world.run(IMPORT_JOB)

    assert "'MAYBE' in line 2" in wrong.summary["answers"][0]["problem"]
    assert (letter.failure.code, letter.failure.field) == ("ANSWER_NOT_UNDERSTOOD", "status")
    assert unfinished.summary["answers"] == []
    assert office.world.letters() == []


def test_a_lost_import_goes_again_under_the_next_name(office: Office) -> None:
    office.note()
    office.hears()
    office.world.run(IMPORT_JOB)
    shutil.rmtree(office.world.files / "inbound" / "imports" / "SFIMP-20260302-001")
    tried = resent(office, "SFIMP-20260302-001", "--dry-run")
    with office.world.hub.engine.begin() as connection:
        rows = ImportDesk(connection).resend(
            "SFIMP-20260302-001", office.world.hub, actor="ada", now=office.world.clock()
        )
    taken = office.exchange()

    assert tried == {"import": "SFIMP-20260302-001", "rows": 1, "dry_run": True}
    assert (rows, taken) == (1, ["SFIMP-20260302-002"])
    assert len(office.imported()["notes"]) == 1


def resent(office: Office, name: str, *words: str) -> Any:
    """Type `drawbar leaseworks resend`, and give what it answers."""
    session = Session(Path("drawbar.toml"), explicit=True)
    vars(session).update(hub=office.world.hub, settings=office.world.settings)
    configure_logging(LogSettings(level="WARNING"))  # logs go to standard error, as they do for commands
    result = CliRunner().invoke(leaseworks, ["resend", name, *words, "--json"], obj=session)
    return json.loads(result.stdout)
