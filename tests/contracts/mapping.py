"""What every mapping into Salesforce must pass; a new mapping's test names its module and its source records."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import ModuleType

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drawbar.connectors.salesforce.fields import Owner
from drawbar.connectors.salesforce.records.catalogue import (
    BOOKKEEPING,
    EXTERNAL_IDS,
    SYNCED_OBJECTS,
    object_fields,
)
from drawbar.connectors.salesforce.records.sobject import SalesforceRecord
from drawbar.connectors.salesforce.records.target import to_target
from drawbar.mappings.fingerprint import mapping_fingerprint
from drawbar.middleware.records import TargetRecord

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
PROVENANCE = frozenset({"Source_System__c", "Source_Updated__c", "Last_Synced__c", "Left_Source_Date__c"})

many = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow, HealthCheck.data_too_large],
)


class MappingContract:
    """Set `module` and `owner` (whose fields the mapping may set), and give source records in `sources`."""

    module: ModuleType
    owner: Owner

    def sources(self) -> st.SearchStrategy[object]:
        raise NotImplementedError(type(self).__name__)

    def mapped(self, source: object, now: datetime) -> SalesforceRecord:
        record: SalesforceRecord = self.module.to_salesforce(source, now=now)
        return record

    @many
    @given(data=st.data())
    def test_what_it_makes_of_any_valid_source_record_keeps_the_rules(self, data: st.DataObject) -> None:
        """One record is held against all rules: to make up valid ones takes most of the time."""
        source = data.draw(self.sources())

        record = self.mapped(source, NOW)

        assert record == self.mapped(source, NOW)
        target = to_target(record)
        _salesforce_would_take(target)
        _sets_only_what_its_object_has_and_the_owner_may_set(target, self.owner)
        _locks_one_of_its_references(target, record)
        _only_bookkeeping_differs(target, to_target(self.mapped(source, NOW + timedelta(days=1))))

    def test_its_fingerprint_is_stable(self) -> None:
        assert mapping_fingerprint(self.module) == mapping_fingerprint(self.module)


def _salesforce_would_take(target: TargetRecord) -> None:
    assert target.object in SYNCED_OBJECTS
    assert target.key
    assert "" not in target.fields.values()


def _sets_only_what_its_object_has_and_the_owner_may_set(target: TargetRecord, owner: Owner) -> None:
    owners = {field.api_name: field.owner for field in object_fields(target.object)}
    assert all(owners[name] == owner for name in target.fields if name not in PROVENANCE)
    assert EXTERNAL_IDS[target.object] not in target.fields


def _locks_one_of_its_references(target: TargetRecord, record: SalesforceRecord) -> None:
    locked = target.references.get(record.sobject.locks)
    assert target.parent == (locked.key if locked else "")


def _only_bookkeeping_differs(early: TargetRecord, late: TargetRecord) -> None:
    differing = {name for name, value in early.fields.items() if late.fields[name] != value}
    assert differing <= BOOKKEEPING[early.object]
    assert early.references == late.references
