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

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
PROVENANCE = frozenset({"Source_System__c", "Source_Updated__c", "Last_Synced__c", "Left_Source_Date__c"})

many = settings(
    max_examples=15,
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
    def test_the_same_source_gives_the_same_record(self, data: st.DataObject) -> None:
        source = data.draw(self.sources())

        assert self.mapped(source, NOW) == self.mapped(source, NOW)

    @many
    @given(data=st.data())
    def test_salesforce_would_take_every_valid_source_record(self, data: st.DataObject) -> None:
        target = to_target(self.mapped(data.draw(self.sources()), NOW))

        assert target.object in SYNCED_OBJECTS
        assert target.key

    @many
    @given(data=st.data())
    def test_only_bookkeeping_depends_on_the_time_of_the_run(self, data: st.DataObject) -> None:
        source = data.draw(self.sources())

        early = to_target(self.mapped(source, NOW))
        late = to_target(self.mapped(source, NOW + timedelta(days=1)))

        differing = {name for name, value in early.fields.items() if late.fields[name] != value}
        assert differing <= BOOKKEEPING[early.object]
        assert early.references == late.references

    @many
    @given(data=st.data())
    def test_it_sets_only_fields_that_its_object_has_and_its_system_owns(self, data: st.DataObject) -> None:
        target = to_target(self.mapped(data.draw(self.sources()), NOW))

        owners = {field.api_name: field.owner for field in object_fields(target.object)}
        assert all(owners[name] == self.owner for name in target.fields if name not in PROVENANCE)
        assert EXTERNAL_IDS[target.object] not in target.fields

    @many
    @given(data=st.data())
    def test_the_locked_parent_is_one_of_its_references(self, data: st.DataObject) -> None:
        record = self.mapped(data.draw(self.sources()), NOW)
        target = to_target(record)

        locked = target.references.get(record.sobject.locks)
        assert target.parent == (locked.key if locked else "")

    @many
    @given(data=st.data())
    def test_no_field_holds_an_empty_text(self, data: st.DataObject) -> None:
        target = to_target(self.mapped(data.draw(self.sources()), NOW))

        assert "" not in target.fields.values()

    def test_its_fingerprint_is_stable(self) -> None:
        assert mapping_fingerprint(self.module) == mapping_fingerprint(self.module)
