"""The sweep of changes: nothing is missed for being many, and what cannot be seen is said."""

from __future__ import annotations

from datetime import timedelta

from drawbar.connectors.quickbooks_online.changes import ChangedObject, Sweep
from drawbar.connectors.quickbooks_online.client import QuickBooksClient
from drawbar.connectors.quickbooks_online.target import QuickBooksTarget
from tests.connectors.quickbooks_online.conftest import Served
from tests.connectors.quickbooks_online.test_target import bill


def swept(sweep: Sweep, *, minutes: float | None = None) -> list[ChangedObject]:
    since = None if minutes is None else sweep.now - timedelta(minutes=minutes)
    return list(sweep.since(since))


def test_what_drawbar_posted_is_known_by_its_key_also_when_it_was_deleted(
    target: QuickBooksTarget, quickbooks: Served
) -> None:
    first, second = target.upsert([bill("WO-1"), bill("WO-2")])
    target.delete("Bill", ["WO-2"])

    found = {each.number: each for each in swept(Sweep(target.client, quickbooks.time.now(), ["Bill"]))}

    assert (found[first.target_id].key, found[first.target_id].deleted) == ("WO-1", False)
    assert str(found[first.target_id].balance) == "412.5"
    assert found[second.target_id].deleted


def test_only_what_changed_since_comes(target: QuickBooksTarget, quickbooks: Served) -> None:
    target.upsert([bill("WO-1")])
    quickbooks.time.seconds += 600
    target.upsert([bill("WO-2")])
    found = swept(Sweep(target.client, quickbooks.time.now(), ["Bill", "Vendor"]), minutes=5)
    assert [each.key for each in found] == ["WO-2"]


def test_a_full_answer_is_asked_for_in_parts_until_nothing_is_missing(
    client: QuickBooksClient, quickbooks: Served
) -> None:
    company = quickbooks.vendor.company
    for number in range(1_050):
        quickbooks.time.seconds += 1
        company.write("Customer", {"DisplayName": f"Buyer {number}"})
    for number in range(3):
        company.write("Vendor", {"DisplayName": f"Shop {number}"})
    sweep = Sweep(client, quickbooks.time.now(), ["Customer", "Vendor"])

    found = swept(sweep, minutes=60)

    names = {each.name for each in found}
    assert {f"Buyer {number}" for number in range(1_050)} | {f"Shop {number}" for number in range(3)} <= names
    assert sweep.notices
    assert all("changes of Customer or more at once: deletions before" in each for each in sweep.notices)


def test_a_hub_that_slept_for_long_is_told_what_it_cannot_know(client: QuickBooksClient, quickbooks: Served) -> None:
    sweep = Sweep(client, quickbooks.time.now(), ["Bill"])
    assert swept(sweep, minutes=60 * 24 * 40) == []
    assert "is not told any more" in sweep.notices[0]
