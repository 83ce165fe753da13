"""The org as something to read in full: all records of an object by Bulk query, and the calls that are left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from drawbar.connectors.salesforce.bulk import PollPlan
from drawbar.connectors.salesforce.bulk_query import PAGE_RECORDS, BulkQuery
from drawbar.connectors.salesforce.client import SalesforceClient
from drawbar.connectors.salesforce.settings import SalesforceSettings
from drawbar.connectors.salesforce.soql import select, select_all
from drawbar.middleware.ports import ApiBudget, Condition


class SalesforceReader:
    """Implements `BulkReader`. `external_ids` names the external id field of each object."""

    def __init__(
        self,
        client: SalesforceClient,
        external_ids: Mapping[str, str],
        *,
        plan: PollPlan | None = None,
        patience: float = 6 * 3600.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        page_records: int = PAGE_RECORDS,
    ) -> None:
        self._client = client
        self._external_ids = external_ids
        self._query = BulkQuery(client, plan or PollPlan(), patience, clock, sleep, page_records)

    @property
    def calls(self) -> int:
        return self._client.gauge.calls

    def daily_calls(self) -> ApiBudget:
        """Ask how many calls of the rolling 24 hours are used; costs one call."""
        daily = self._client.limits()["DailyApiRequests"]
        allowed, left = int(daily["Max"]), int(daily["Remaining"])
        return ApiBudget(allowed - left, allowed)

    def keys_of(self, object_name: str, ids: Sequence[str]) -> dict[str, str]:
        """Ask for the external ids of up to 200 records; costs one call."""
        key_field = self._external_ids[object_name]
        found = self._client.query(select(["Id", key_field], object_name, "Id", ids))
        return {str(each["Id"]): str(each[key_field]) for each in found if each[key_field]}

    def open_bulk_read(self, object_name: str, fields: Sequence[str], where: Sequence[Condition] = ()) -> str:
        """Ask for all records that have an external id and fulfil `where`; raises QuotaSpent when only the reserve is
        left.
        """
        self._client.gauge.require()
        key_field = self._external_ids[object_name]
        return self._query.open(select_all([key_field, *fields], object_name, key_field, where))

    def wait_for_bulk_read(self, job_id: str) -> int:
        return self._query.wait(job_id)

    def bulk_read(self, job_id: str, object_name: str, fields: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
        """Stream key and cells of every record; the cells are in the order of `fields`, an empty one is null."""
        rows = self._query.rows(job_id)
        header = next(rows, None)
        if header is None:
            return
        # Salesforce promises neither the order of the columns nor the case of their names.
        places = {name.casefold(): place for place, name in enumerate(header)}
        key_place = places[self._external_ids[object_name].casefold()]
        order = [places[name.casefold()] for name in fields]
        for row in rows:
            yield row[key_place], [row[place] for place in order]


def open_reader(
    client: SalesforceClient, settings: SalesforceSettings, external_ids: Mapping[str, str]
) -> SalesforceReader:
    """Open the reader beside a target, on the same client; nothing is called yet."""
    plan = PollPlan(settings.bulk_poll_first_seconds, settings.bulk_poll_longest_seconds)
    return SalesforceReader(client, external_ids, plan=plan, patience=settings.bulk_patience_seconds)
