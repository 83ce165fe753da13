"""The package's own components in a browser, on the pages of the sandbox."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.lightning.browsing import open_at
from tests.lightning.scene import ACCOUNT, CASE, OTHERS, REPOSSESSION, VEHICLE
from tests.lightning.yard import SOLD

AXE = Path(__file__).parent.parent / "lwc" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = {
    "account": f"/account/{ACCOUNT}", "vehicle": f"/vehicle/{VEHICLE}", "case": f"/case/{CASE}", "queue": "/queue",
    "repossession": f"/case/{REPOSSESSION}", "sold": f"/account/{SOLD}", "collector": "/page/Collector_Home",
    "supervisor": "/page/Supervisor_Home", "assets": "/page/Asset_Manager_Home", "accounting": "/page/Accounting_Home",
}  # fmt: skip


def said(page: Page, component: str) -> str:
    """Give the text of a component, as one line."""
    return " ".join(page.locator(component).inner_text().split())


@pytest.mark.spec("P01", "P25")
@pytest.mark.parametrize("name", ["account", "vehicle", "case"])
def test_the_account_is_summed_up_on_its_page_and_on_those_of_its_case_and_vehicle(
    org: str, page: Page, name: str
) -> None:
    open_at(page, org + PAGES[name])

    summary = said(page, "c-account-summary")

    for text in (
        f"Account {ACCOUNT}", "Ruiz <Hauling> LLC", "Days past due 46 since Jan 15, 2026", "Past due $4,800.00",
        "2 missed payments", "Late fees $240.50", "Payoff $61,250.40", "Next due Mar 15, 2026", "Promises kept 33%",
        "1 kept, 1 broken", "Open promise $2,400.00 by Mar 6, 2026", "synced from LeaseWorks 4 hours ago",
        "1 sync error", "On hold Cure Letter until Mar 12, 2026: Letter of February 20",
    ):  # fmt: skip
        assert text in summary


@pytest.mark.spec("P05", "P26")
def test_the_timeline_tells_what_happened_newest_first_and_more_when_asked(org: str, page: Page) -> None:
    open_at(page, org + PAGES["account"])
    timeline = page.locator("c-collections-timeline")
    entries = timeline.locator("li.entry")

    expect(timeline.get_by_role("status")).to_have_text("20 of 42")
    expect(entries.nth(0)).to_contain_text("payments.method: 'BARTER' is not known.")
    expect(entries.nth(1)).to_contain_text("Outside of the hours in which lessees are written to")
    expect(entries.nth(2)).to_contain_text("Spoke to the dispatcher.")
    expect(entries.nth(3)).to_contain_text("Nothing of $2,400.00 came so far.")
    expect(timeline.locator("li.entry", has_text="Broken")).to_contain_text("Nothing came by Feb 16, 2026.")

    timeline.get_by_role("button", name="Load more").click()
    expect(timeline.get_by_role("status")).to_have_text("40 of 42")
    timeline.get_by_role("button", name="Load more").click()
    expect(timeline.get_by_role("status")).to_have_text("42 of 42")
    expect(entries).to_have_count(42)


def test_kinds_are_left_out_by_keyboard(org: str, page: Page) -> None:
    open_at(page, org + PAGES["account"])
    timeline = page.locator("c-collections-timeline")

    timeline.get_by_role("button", name="Payments (26)").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(timeline.locator("li.entry")).to_have_count(11)
    expect(timeline.get_by_role("button", name="Notes and calls (5)")).to_have_attribute("aria-pressed", "false")


@pytest.mark.spec("P30")
def test_the_state_of_the_sync_is_told_with_its_errors_and_their_remedy(org: str, page: Page) -> None:
    open_at(page, org + PAGES["account"])

    status = said(page, "c-sync-status")

    assert "Payments LeaseWorks 4 hours ago" in status
    assert "Cases Drawbar 4 hours ago" in status
    assert "1 record could not be synced Payment__c P99 payments.method: 'BARTER' is not known." in status
    assert "Enter the word in the layout, then replay." in status


@pytest.mark.spec("P30")
def test_drawbar_is_asked_for_the_account_of_the_page(org: str, page: Page) -> None:
    open_at(page, org + PAGES["account"])
    status = page.locator("c-sync-status")

    status.get_by_role("button", name="Sync again").click()

    expect(status.get_by_role("status")).to_contain_text("Drawbar was asked for this record.")
    record = status.evaluate("each => each.recordId")
    saved = page.request.get(f"{org}/pages/records/{record}?fields=Lease_Account__c.Sync_Asked__c").json()
    assert saved["fields"]["Sync_Asked__c"]["value"].startswith("2026-03-02T15:00:00")


@pytest.mark.spec("P07")
def test_the_map_shows_where_the_vehicle_is_and_how_it_came(org: str, page: Page) -> None:
    open_at(page, org + PAGES["vehicle"])
    shown = page.locator("c-vehicle-map")

    expect(shown.get_by_role("img")).to_have_accessible_name("Map without roads, north up. Positions: 30. Devices: 1.")
    expect(shown.get_by_role("list", name="Geofences in view")).to_have_text("Dallas yard (Yard)")
    assert "PassTime 77001342 Stopped Last report 4 hours ago 1400 Commerce St, Dallas, TX" in said(
        page, "c-vehicle-map"
    )


@pytest.mark.spec("P02")
def test_the_queue_stands_in_the_order_of_work_and_goes_by_keyboard(org: str, page: Page) -> None:
    open_at(page, org + PAGES["queue"])
    queue = page.locator("c-collector-queue")
    days = [int(each) for each in queue.locator("tbody tr td:nth-child(4)").all_inner_texts()]

    assert days == sorted(days, reverse=True)
    expect(queue.locator("tbody tr").first).to_contain_text("61+ days past due, no open promise, 1 broken promise")
    expect(queue.get_by_role("status")).to_have_text(f"1 to 25 of {OTHERS + 1} open cases")

    queue.locator("a.case").first.focus()
    page.keyboard.press("ArrowDown")
    second = queue.locator("a.case").nth(1)
    expect(second).to_be_focused()
    page.keyboard.press("PageDown")
    expect(queue.get_by_role("status")).to_have_text(f"26 to {OTHERS + 1} of {OTHERS + 1} open cases")


def test_the_queue_of_one_collector_is_theirs(org: str, page: Page) -> None:
    open_at(page, org + PAGES["queue"])
    queue = page.locator("c-collector-queue")

    queue.get_by_label("Show").select_option("Collector RPATEL")

    expect(queue.get_by_role("status")).to_have_text("1 to 10 of 10 open cases")
    assert set(queue.locator("tbody tr td:nth-child(7)").all_inner_texts()) == {"RPATEL"}


def test_a_case_leads_from_the_queue_to_its_account(org: str, page: Page) -> None:
    open_at(page, org + PAGES["queue"])
    row = page.locator("c-collector-queue tbody tr", has_text=ACCOUNT)

    row.locator("a.case").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=CASE).wait_for()
    page.locator("main").get_by_role("link", name=ACCOUNT).first.click()

    expect(page.get_by_role("heading", name=ACCOUNT, exact=True)).to_be_visible()


@pytest.mark.spec("P13", "P15")
def test_a_repossession_shows_all_that_it_is_decided_from(org: str, page: Page) -> None:
    open_at(page, org + PAGES["repossession"])

    shown = said(page, "c-repo-decision")

    for text in (
        "Days past due 46 $4,800.00 past due", "Payments made 26", "Promises 1 kept 1 broken", "Payoff $61,250.40",
        "Market value $4,000.00 Price Guide, 3 days ago", "Condition Running",
        "Estimated recovery $2,100.00 after $1,900.00 of costs at least $2,500.00: too little",
        "GPS verdict DOUBTFUL No report for 4 hours. The truck left Texas in February.",
        "No order may go out now cure letter in force until 2026-03-12", "Feb 13, 2026 BROKEN $0.00 of $1,200.00",
        "Jan 12, 2026 $700.00", "and 21 earlier payments", "Cure Letter from Feb 20, 2026 until Mar 12, 2026",
        "Drawbar refused: another chance needs a reason Say why, and save again.",
    ):  # fmt: skip
        assert text.lower() in shown.lower()


@pytest.mark.spec("P13")
def test_a_decision_needs_its_reasons_and_is_saved_on_the_case(org: str, page: Page) -> None:
    open_at(page, org + PAGES["repossession"])
    decision = page.locator("c-repo-decision")
    save = decision.get_by_role("button", name="Save the decision")

    decision.get_by_text("Proceed", exact=True).click()
    save.click()
    expect(decision.get_by_role("alert").last).to_have_text("Say why you decide so.")
    decision.get_by_label("Reason", exact=False).first.fill("Two promises were broken")
    save.click()
    expect(decision.get_by_role("alert").last).to_contain_text("say why it is to be repossessed all the same")
    decision.get_by_label("Reason to override").fill("The truck blocks the yard of a customer")
    save.click()

    expect(decision.locator("p[role=status]")).to_contain_text("Saved.")
    page.reload()
    step = page.locator("section", has=page.get_by_role("heading", name="Decide", exact=True))
    expect(step).to_contain_text("Two promises were broken")
    expect(step).to_contain_text("The truck blocks the yard of a customer")


@pytest.mark.spec("P25", "P28", "F05")
def test_the_timeline_of_a_sold_truck_tells_of_repairs_repossession_and_sale_in_order(org: str, page: Page) -> None:
    open_at(page, org + PAGES["sold"])
    timeline = page.locator("c-collections-timeline")

    told = timeline.locator("li.entry a").all_inner_texts()
    assert told[:4] == ["Repair order RO-8", "Repossession", "Sale of VH00003001", "Promise to pay"]
    assert told[-1] == "Repossession"
    expect(timeline.locator("li.entry", has_text="Failed Attempt").first).to_contain_text("rdn (nobody home)")
    expect(timeline.get_by_role("button", name="Repossession steps (6)")).to_be_visible()

    open_at(page, org + PAGES["account"])
    expect(page.locator("c-collections-timeline li.entry", has_text="Field visit")).to_contain_text("Robin Rider")


@pytest.mark.spec("P25")
@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "collector",
            ["Collector queue", "Open promises (1)", "Visits to follow up", "Holds in force (1)", "Sync status"],
        ),
        ("supervisor", ["Collector queue", "Repossessions to be decided (2)", "Broken promises, 14 days (2)"]),
        (
            "assets",
            [
                "Repossessions by stage (9)", "Work orders to approve (1)", "Inventory (2)", "Repairs under way (1)",
                "Titles that are late (4)",
            ],
        ),
        (
            "accounting",
            [
                "Approved work orders (1)", "Work orders to approve (1)", "Sales (1)", "Reviews to sign off (1)",
                "Reversed payments, 30 days", "Purchases that differ (1)",
            ],
        ),
    ],
)  # fmt: skip
def test_each_job_has_a_home_page_with_what_waits_for_it(org: str, page: Page, name: str, told: list[str]) -> None:
    open_at(page, org + PAGES[name])

    said_here = " ".join(page.locator("main").inner_text().split())

    for text in told:
        assert text in said_here
    assert "could not be read" not in said_here


@pytest.mark.spec("P28")
def test_a_stage_of_repossessions_opens_by_keyboard_and_leads_to_its_case(org: str, page: Page) -> None:
    open_at(page, org + PAGES["assets"])
    states = page.locator("c-repo-states")
    ordered = states.get_by_role("button", name="Ordered")

    ordered.focus()
    page.keyboard.press("Enter")

    expect(ordered).to_have_attribute("aria-expanded", "true")
    expect(states.locator(".cases a")).to_have_count(2)
    states.locator(".cases a").first.click()
    expect(page.get_by_role("list").locator("[aria-current=step]")).to_have_text("Ordered")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible(org: str, page: Page, name: str) -> None:
    open_at(page, org + PAGES[name])

    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")

    assert {each["id"]: [node["html"] for node in each["nodes"]] for each in found["violations"]} == {}
