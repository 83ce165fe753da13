"""What every `RecordTarget` must do, and every `Target` besides, whatever system it writes to.

A test module subclasses `RecordTargetContract` (records that are there already are changed, a few at once),
`MakingTargetContract` (records are made and deleted as well) or `TargetContract` (bulk jobs are taken as well), gives
it a target and records of one object, and every rule is a test.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace

import pytest

from drawbar.middleware.ports import RecordTarget, Target
from drawbar.middleware.records import OutcomeStatus, Scalar, TargetRecord

UNKNOWN_JOB = "750000000000000AAA"


class RecordTargetContract:
    """The rules for all. `text_field` is a field of `object_name` that takes any text and can be empty.

    `first` is what becomes of a record that was not written before, `nobody` a key that no record has.
    """

    object_name: str
    text_field: str
    first: OutcomeStatus = "created"
    nobody = "never there"

    @abstractmethod
    def open_target(self) -> RecordTarget:
        """Open the target afresh, as another process would; what was written before is there."""

    @abstractmethod
    def record(self, key: str, text: str | None) -> TargetRecord:
        """Make a record that the target takes."""

    @abstractmethod
    def bad_record(self, key: str) -> TargetRecord:
        """Make a record that the target refuses for good."""

    def held(self, target: RecordTarget, *keys: str) -> dict[str, Scalar]:
        found = target.read(self.object_name, keys, [self.text_field])
        return {key: row[self.text_field] for key, row in found.items()}

    @pytest.fixture
    def target(self) -> RecordTarget:
        return self.open_target()

    def test_outcomes_stand_in_the_order_of_the_records(self, target: RecordTarget) -> None:
        keys = ["K3", "K1", "K2"]
        outcomes = target.upsert([self.record(key, key) for key in keys])
        assert [(each.object, each.key) for each in outcomes] == [(self.object_name, key) for key in keys]

    def test_one_bad_record_does_not_keep_the_others_out(self, target: RecordTarget) -> None:
        outcomes = target.upsert([self.record("K1", "a"), self.bad_record("K2"), self.record("K3", "c")])
        assert [each.status for each in outcomes] == [self.first, "refused", self.first]
        assert outcomes[1].code
        assert outcomes[1].message
        assert outcomes[1].remedy
        held = self.held(target, "K1", "K2", "K3")
        assert (held["K1"], held.get("K2"), held["K3"]) == ("a", None, "c")

    def test_none_empties_a_field(self, target: RecordTarget) -> None:
        target.upsert([self.record("K1", "a")])
        target.upsert([self.record("K1", None)])
        assert self.held(target, "K1") == {"K1": None}

    def test_nothing_to_do_is_done_at_once(self, target: RecordTarget) -> None:
        assert target.upsert([]) == []
        assert target.delete(self.object_name, []) == []
        assert target.read(self.object_name, [], [self.text_field]) == {}

    def test_more_than_a_chunk_is_a_mistake_of_the_caller(self, target: RecordTarget) -> None:
        too_many = [self.record(f"K{number}", "x") for number in range(target.chunk_size + 1)]
        with pytest.raises(ValueError, match=str(target.chunk_size)):
            target.upsert(too_many)
        with pytest.raises(ValueError, match=str(target.chunk_size)):
            target.delete(self.object_name, [each.key for each in too_many])

    def test_keys_that_do_not_exist_are_left_out_of_what_is_read(self, target: RecordTarget) -> None:
        target.upsert([self.record("K1", "a")])
        assert self.held(target, "K1", self.nobody) == {"K1": "a"}

    def test_writing_the_same_again_changes_nothing(self, target: RecordTarget) -> None:
        target.upsert([self.record("K1", "a")])
        (outcome,) = self.open_target().upsert([self.record("K1", "a")])
        assert outcome.status == "updated"
        assert self.held(target, "K1") == {"K1": "a"}


class MakingTargetContract(RecordTargetContract):
    """The rules for a target that makes and deletes records."""

    def test_a_record_is_created_once_and_updated_after(self, target: RecordTarget) -> None:
        first = target.upsert([self.record("K1", "one")])
        second = target.upsert([self.record("K1", "two")])
        assert [each.status for each in (*first, *second)] == ["created", "updated"]
        assert first[0].target_id == second[0].target_id != ""
        assert self.held(target, "K1") == {"K1": "two"}

    def test_deleting_twice_is_deleting_once(self, target: RecordTarget) -> None:
        target.upsert([self.record("K1", "a"), self.record("K2", "b")])
        outcomes = [target.delete(self.object_name, ["K1", "never there"]) for _ in range(2)]
        assert [[(each.key, each.status) for each in batch] for batch in outcomes] == [
            [("K1", "deleted"), ("never there", "deleted")]
        ] * 2
        assert self.held(target, "K1", "K2") == {"K2": "b"}

    def test_a_key_is_text_whatever_it_looks_like(self, target: RecordTarget) -> None:
        odd = ["O'Brien", "a\\", 'quo"te', "') OR Name != ('", "%", "Größe", "🚚"]
        target.upsert([self.record("K1", "other"), *(self.record(key, f"of {key}") for key in odd)])
        for key in odd:
            assert self.held(target, key) == {key: f"of {key}"}
        assert {each.status for each in target.delete(self.object_name, odd)} == {"deleted"}
        assert self.held(target, "K1", *odd) == {"K1": "other"}


class TargetContract(MakingTargetContract):
    """The rules for a target that takes bulk jobs as well."""

    unknown_job = UNKNOWN_JOB

    @abstractmethod
    def open_target(self) -> Target:
        """Open the target afresh, as another process would; what was written before is there."""

    @pytest.fixture
    def target(self) -> Target:
        return self.open_target()

    def bulk(self, target: Target, *records: TargetRecord) -> str:
        job = target.open_bulk_upsert(self.object_name)
        target.upload_bulk(job, records)
        return job

    def test_a_bulk_job_writes_what_calls_would_write(self, target: Target) -> None:
        target.upsert([self.record("K1", "old")])
        job = self.bulk(target, self.record("K1", "new"), self.record("K2", "two"), self.bad_record("K3"))
        assert target.wait_for_bulk(job) == "complete"
        outcomes = {each.key: each for each in target.bulk_outcomes(job, self.object_name)}
        assert {key: each.status for key, each in outcomes.items()} == {
            "K1": "updated",
            "K2": "created",
            "K3": "refused",
        }
        assert outcomes["K1"].target_id
        assert outcomes["K3"].remedy
        assert self.held(target, "K1", "K2", "K3") == {"K1": "new", "K2": "two"}

    def test_a_bulk_job_leaves_alone_what_a_record_does_not_name(self, target: Target) -> None:
        target.upsert([self.record("K1", "old"), self.record("K2", "old")])
        whole = self.record("K1", "x")
        unnamed = replace(whole, fields={name: each for name, each in whole.fields.items() if name != self.text_field})
        job = self.bulk(target, unnamed, self.record("K2", None), self.record("K3", "new"))
        target.wait_for_bulk(job)
        assert {each.key for each in target.bulk_outcomes(job, self.object_name)} == {"K1", "K2", "K3"}
        assert self.held(target, "K1", "K2", "K3") == {"K1": "old", "K2": None, "K3": "new"}

    def test_odd_text_arrives_by_bulk_as_it_is(self, target: Target) -> None:
        odd = ["line\nbreak", "a\rb", 'say "hi", twice', "=1+1", "🚚 Größe", "null", None]
        texts = {f"K{number}": text for number, text in enumerate(odd)}
        job = self.bulk(target, *(self.record(key, text) for key, text in texts.items()))
        target.wait_for_bulk(job)
        assert {each.status for each in target.bulk_outcomes(job, self.object_name)} == {"created"}
        assert self.held(target, *texts) == texts

    def test_a_job_is_found_again_by_its_id_alone(self, target: Target) -> None:
        job = self.bulk(target, self.record("K1", "a"))
        after_the_crash = self.open_target()
        assert after_the_crash.bulk_state(job) in {"running", "complete"}
        assert after_the_crash.wait_for_bulk(job) == "complete"
        assert [each.key for each in after_the_crash.bulk_outcomes(job, self.object_name)] == ["K1"]

    def test_a_job_that_was_opened_and_not_uploaded_can_be_uploaded_by_another_process(self, target: Target) -> None:
        job = target.open_bulk_upsert(self.object_name)
        after_the_crash = self.open_target()
        assert after_the_crash.bulk_state(job) == "open"
        after_the_crash.upload_bulk(job, [self.record("K1", "a")])
        assert after_the_crash.wait_for_bulk(job) == "complete"
        assert self.held(after_the_crash, "K1") == {"K1": "a"}

    def test_uploading_twice_is_uploading_once(self, target: Target) -> None:
        job = self.bulk(target, self.record("K1", "a"))
        target.upload_bulk(job, [self.record("K1", "a")])
        target.wait_for_bulk(job)
        assert [each.status for each in target.bulk_outcomes(job, self.object_name)] == ["created"]

    def test_an_aborted_job_writes_nothing_and_aborting_twice_does_no_harm(self, target: Target) -> None:
        job = target.open_bulk_upsert(self.object_name)
        target.abort_bulk(job)
        target.abort_bulk(job)
        assert target.bulk_state(job) == "aborted"

    def test_a_job_that_the_target_has_forgotten_is_gone(self, target: Target) -> None:
        assert target.bulk_state(self.unknown_job) == "gone"
        assert target.wait_for_bulk(self.unknown_job) == "gone"
        target.abort_bulk(self.unknown_job)
