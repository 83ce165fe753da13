"""One month of a lender, with every branch of the repossession process taken and trouble on every way."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import pytest
from sqlalchemy import select

from drawbar.middleware.database.engine import reading
from drawbar.middleware.log import configure_logging
from drawbar.middleware.repossession.states import RepoEvent, RepoState
from drawbar.middleware.repossession.tables import repo_step
from drawbar.middleware.settings import LogSettings
from tests.faults.conftest import LONG, Times
from tests.faults.lender_month import Act, LenderMonth, Scale, open_month
from tests.faults.month_acts import LEASEWORKS, PEOPLE, do
from tests.faults.month_checker import MonthChecker
from tests.faults.month_pages import open_pages
from tests.faults.month_script import ENDS, PARTS, SCRIPT
from tests.jobs.conftest import OpenWorld
from tests.jobs.world import ServedOrg
from tests.markdown import Document
from tests.postgres import create_database

STORY = Document("docs/a-month.md")


@pytest.fixture(params=["sqlite", "postgresql"] if LONG else ["sqlite"])
def hub_url_of_month(request: pytest.FixtureRequest) -> str:
    """The URL of the hub's database, "" for a file: at length on PostgreSQL too."""
    return "" if request.param == "sqlite" else create_database(request.getfixturevalue("postgres"))


@pytest.fixture
def month(
    open_world: OpenWorld, org: ServedOrg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: Times,
    hub_url_of_month: str,
) -> Iterator[LenderMonth]:  # fmt: skip
    configure_logging(LogSettings(level="ERROR"))
    scale = Scale(times(len(PARTS), 5_000), times(1, 6), hub_url_of_month)
    with open_month(open_world, org, tmp_path, monkeypatch, PARTS, scale) as opened:
        yield opened


@pytest.mark.spec("P12", "P13", "P15", "P16", "P17", "P19", "P21", "P22", "P23", "P24", "P27", "P31")
@pytest.mark.fault(1, 12, 13, 15, 17)
def test_a_month_of_repossessions_in_bad_weather_ends_with_all_systems_agreeing_to_the_cent(
    month: LenderMonth, times: Times
) -> None:
    for day, acts in groupby(SCRIPT, lambda each: each.day):
        month.morning(day)
        for hour, group in groupby(acts, lambda each: each.hour):
            _play(month, day, hour, list(group))
        month.evening()

    assert _idle(month) == []
    assert month.crew.kills >= times(3, 20)
    assert set(_ends(month)) == {(part, end) for part, ends in ENDS.items() for end in ends}
    assert _taken(month) == (set(RepoEvent), set(RepoState))
    assert {letter.failure.code for letter in month.world.letters()} == set()
    assert MonthChecker(month).disagreements() == []
    assert _told_otherwise(month) == []
    died = f"{month.crew.kills} at random moments, {len(month.crew.deaths)} at places"
    print(f"workers killed: {died}; agents asked for {month.inquiries} letters")  # noqa: T201
    with open_pages(month) as pages:
        assert [each for part in ("surplus", "deficit") for each in pages.told_otherwise(part)] == []


def _play(month: LenderMonth, day: int, hour: int, acts: Sequence[Act]) -> None:
    month.comes(day, hour)
    for act in acts:
        do(month, act)
    if any(each.actor == LEASEWORKS for each in acts):
        month.delivers()
    month.settle(sweep=any(each.actor in PEOPLE for each in acts))


def _idle(month: LenderMonth) -> list[object]:
    """Give the faults that never fired, and deaths that nobody died: those would prove nothing."""
    armed = [*month.world.org.local.faults.listed(), *month.vendors.faults.listed()]
    deaths = {each.told["place"] for each in SCRIPT if each.act == "kills"}
    return [*(each for each in armed if not each["fired"]), *sorted(deaths - set(month.crew.deaths))]


def _ends(month: LenderMonth) -> Iterator[tuple[str, str]]:
    """Give how the repossessions of each part stand."""
    parts = {f"LW{number:08d}": part for part, numbers in month.parts.items() for number in numbers}
    for row in month.world.org.records("Case").values():
        if row["Repossession_Stage__c"]:
            yield parts[row["Lease_Account__c"]], row["Repossession_Stage__c"]


def _taken(month: LenderMonth) -> tuple[set[RepoEvent], set[RepoState]]:
    """Give the steps that were taken, and the states that somebody stood in."""
    with reading(month.world.hub.engine) as connection:
        steps = connection.execute(select(repo_step.c.kind, repo_step.c.after)).all()
    return {RepoEvent(each.kind) for each in steps}, {RepoState(each.after) for each in steps}


def _told_otherwise(month: LenderMonth) -> list[str]:
    """Give what commands print otherwise than the document shows; times of day and numbers of the org may differ."""
    shown = [block.partition("\n") for block in STORY.blocks("text")]
    assert shown
    told = {line: month.typed(*shlex.split(line.removeprefix("$ drawbar "))).stdout for line, _, _ in shown}
    return [told[line] for line, _, output in shown if _blurred(told[line]) != _blurred(output)]


def _blurred(text: str) -> str:
    return re.sub(r"\d\d:\d\d UTC|(?<=SALE-)\d{6}", "…", text).strip()
