"""What doctor says of repossessions: whether orders reach somebody, and whether somebody may decide."""

from __future__ import annotations

from typing import Any

import pytest

from drawbar.middleware.repossession.agents import AgentSettings
from drawbar.middleware.repossession.checks import repossession_checks
from drawbar.middleware.repossession.settings import RepossessionSettings

AGENTS = {
    "lone_star": AgentSettings(channel="rdn", id="4711"),
    "desert": AgentSettings(channel="mail", address="a@b.c"),
}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, [(True, "by agent_mail: desert"), (True, "everybody whom repossession.roles does not name")]),
        ({"order_by": "mbsi"}, [(False, "by mbsi: no agent is reached so"), (True, "everybody whom")]),
        ({"role_of_others": "none"}, [(True, "by agent_mail: desert"), (False, "nobody may")]),
        ({"role_of_others": "sales", "roles": {"ada": "admin"}}, [(True, "by agent_mail"), (True, "ada")]),
    ],
)  # fmt: skip
def test_doctor_says_whether_orders_reach_somebody_and_who_decides(
    given: dict[str, Any], found: list[tuple[bool, str]]
) -> None:
    lines = list(repossession_checks(RepossessionSettings.model_validate(given), AGENTS))

    assert [(line.ok, line.detail[: len(said)]) for line, (_, said) in zip(lines, found, strict=True)] == found
    assert all(bool(line.remedy) != line.ok for line in lines)


def test_doctor_says_nothing_of_repossessions_where_there_are_no_agents() -> None:
    assert list(repossession_checks(RepossessionSettings(), {})) == []
