"""Field visits that reps enter in Salesforce reach LeaseWorks once, with what was promised, and do not come back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drawbar.middleware.collections.settings import CollectionSettings
from tests.jobs.conftest import OpenWorld
from tests.jobs.office import IMPORT_JOB, NOTE, PROMISE, Died, Office, with_imports
from tests.jobs.world import ServedOrg, next_second

VISIT = "Field_Visit__c"
SEEN = {
    "Visited_At__c": "2026-03-01T20:15:00Z", "Rep__c": "Robin Rider", "Disposition__c": "Nobody Home",
    "Latitude__c": 32.78, "Longitude__c": -96.8, "Comments__c": "Gate shut.\nDog.", "Follow_Up_Date__c": "2026-03-05",
}  # fmt: skip


@pytest.fixture
def office(open_world: OpenWorld, org: ServedOrg, tmp_path: Path) -> Office:
    return Office(open_world(leaseworks=with_imports(tmp_path / "leaseworks")), org)


def visit(office: Office, **fields: Any) -> str:
    return office.rep.makes(VISIT, Lease_Account__c=office.account, **(SEEN | fields))


@pytest.mark.spec("F05", "F11")
def test_a_visit_reaches_leaseworks_as_one_note_and_its_return_writes_nothing(office: Office) -> None:
    made = visit(office)
    office.hears()
    office.exchange()
    held = office.org.record(VISIT, f"SF-{made}")
    night = office.night()
    office.hears()
    office.exchange()

    (row,) = office.imported()["notes"]
    assert (row["NOTE_NO"], row["ACCT_NO"], row["AUTHOR"], row["CHANNEL"]) == (
        f"SF-{made}", "LW00000001", "Robin Rider", "IP",
    )  # fmt: skip
    assert row["TEXT"].splitlines() == [
        "Field visit: Nobody Home.", "Gate shut.", "Dog.", "Follow up on 2026-03-05.", "Position 32.78, -96.8.",
    ]  # fmt: skip
    assert (held["Id"], held["Source_System__c"]) == (made, "Salesforce")
    assert night.summary["deliveries"][0]["entities"]["notes"]["rows"] == 1
    assert office.org.records(VISIT) == {f"SF-{made}": held}
    assert office.org.records(NOTE) == {}
    assert office.world.letters() == []


@pytest.mark.spec("F05", "F11", "P05")
def test_what_was_promised_on_a_visit_joins_the_history_once_and_the_visit_shows_it(office: Office) -> None:
    made = visit(
        office, Disposition__c="Promised to Pay", Promise_Amount__c=250, Promise_Date__c="2026-03-20",
    )  # fmt: skip
    office.hears()
    office.exchange()
    office.world.run("deliver")
    promise = office.org.record(PROMISE, "LW00000001-0001")
    shown = office.org.record(VISIT, f"SF-{made}")
    office.rep.changes(VISIT, made, Comments__c="Gate shut, came back at noon.")
    office.hears()
    office.exchange()
    office.night()

    assert (promise["Status__c"], promise["Taken_By__c"], promise["Channel__c"]) == ("Open", "Robin Rider", "In Person")
    assert (promise["Amount__c"], promise["Taken_Date__c"]) == (250, "2026-03-01")
    assert shown["Promise__c"] == "LW00000001-0001"
    (row,) = office.imported()["promises"]
    assert (row["PROMISE_KEY"], row["PROMISED_FOR_DT"], row["AMOUNT"]) == ("LW00000001-0001", "03/20/2026", "250.00")
    assert [each["TEXT"].splitlines()[1] for each in office.imported()["notes"]] == [
        "Gate shut.", "Gate shut, came back at noon.",
    ]  # fmt: skip
    assert list(office.org.records(PROMISE)) == ["LW00000001-0001"]
    assert office.world.letters() == []


@pytest.mark.spec("F05", "P30")
def test_a_promise_that_is_changed_after_it_was_taken_is_refused_until_it_is_set_back(office: Office) -> None:
    made = visit(office, Promise_Amount__c=250, Promise_Date__c="2026-03-20")
    office.hears()
    office.exchange()
    office.world.run("deliver")
    office.org.change(VISIT, f"SF-{made}", Promise_Amount__c=300)
    office.hears()
    office.exchange()
    (letter,) = office.world.letters()
    next_second()
    office.org.change(VISIT, f"SF-{made}", Promise_Amount__c=250)
    office.hears()
    office.exchange()

    assert (letter.failure.code, letter.failure.field) == ("PROMISE_TAKEN", "Promise_Date__c")
    assert "LW00000001-0001" in letter.failure.message
    assert len(office.imported()["promises"]) == 1
    assert office.world.letters() == []


@pytest.mark.spec("F11")
def test_a_promise_that_was_logged_as_well_is_the_same_promise(office: Office) -> None:
    terms = {"Amount__c": 250, "Promised_Date__c": "2026-03-20", "Taken_Date__c": "2026-03-01"}
    office.rep.makes(
        PROMISE, Name="x", Lease_Account__c=office.account, Channel__c="In Person", Taken_By__c="Robin Rider", **terms
    )
    office.hears()
    office.exchange()
    made = visit(office, Promise_Amount__c=250, Promise_Date__c="2026-03-20")
    office.hears()
    office.exchange()
    office.world.run("deliver")

    assert list(office.org.records(PROMISE)) == ["LW00000001-0001"]
    assert office.org.record(VISIT, f"SF-{made}")["Promise__c"] == "LW00000001-0001"
    assert len(office.imported()["promises"]) == 1
    assert office.world.letters() == []


@pytest.mark.spec("F05", "P30")
def test_a_visit_that_is_refused_says_so_on_its_record_until_it_is_right(office: Office) -> None:
    bad, good = visit(office, Disposition__c="Ate Lunch"), visit(office)
    office.hears()
    office.exchange()
    (error,) = office.org.records("Sync_Error__c").values()
    told_then = [each["NOTE_NO"] for each in office.imported()["notes"]]
    office.rep.changes(VISIT, bad, Disposition__c="Truck Seen")
    office.hears()
    office.exchange()

    assert (error["Error_Code__c"], error["Field__c"]) == ("UNKNOWN_CODE", "Disposition__c")
    assert error["Field_Visit__c"] == bad
    assert error["Remedy__c"].startswith("Choose one of Spoke to Lessee, ")
    assert told_then == [f"SF-{good}"]
    assert [each["NOTE_NO"] for each in office.imported()["notes"]] == [f"SF-{good}", f"SF-{bad}"]
    assert office.org.records("Sync_Error__c") == {}


@pytest.mark.fault(1)
@pytest.mark.spec("F11")
def test_an_import_of_a_visit_whose_process_died_after_sending_is_sent_once(office: Office) -> None:
    made = visit(office, Promise_Amount__c=250, Promise_Date__c="2026-03-20")
    office.hears()
    office.imports_dying_once()
    with pytest.raises(Died):
        office.world.run(IMPORT_JOB)
    office.hears()
    office.exchange()
    office.exchange()

    assert [each["NOTE_NO"] for each in office.imported()["notes"]] == [f"SF-{made}"]
    assert [each["PROMISE_KEY"] for each in office.imported()["promises"]] == ["LW00000001-0001"]
    assert office.world.letters() == []


@pytest.mark.spec("F05")
def test_the_lender_has_words_of_its_own_for_what_comes_of_a_visit(office: Office) -> None:
    own = CollectionSettings(visit_dispositions=("Ate Lunch",))
    office.world.hub = replace(office.world.hub, collections=own)
    taken, refused = visit(office, Disposition__c="Ate Lunch"), visit(office)
    office.hears()

    assert f"SF-{taken}" in office.org.records(VISIT)
    (letter,) = office.world.letters()
    assert (letter.failure.code, refused in letter.failure.key) == ("UNKNOWN_CODE", True)
    assert letter.failure.remedy == "Choose one of Ate Lunch; or add it to collections.visit_dispositions."
