"""What `drawbar doctor` asks of repossessions: the way that orders go, and who may decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from drawbar.middleware.ports import Check
from drawbar.middleware.repossession.agents import AgentSettings
from drawbar.middleware.repossession.roles import MAY, Role
from drawbar.middleware.repossession.settings import RepossessionSettings

SYSTEM = "Repossessions"


def repossession_checks(settings: RepossessionSettings, agents: Mapping[str, AgentSettings]) -> Iterator[Check]:
    """Check that orders reach somebody, and that somebody may decide; nothing where there are no agents."""
    if not agents:
        return
    way = settings.order_by
    mine = sorted(name for name, each in agents.items() if each.target == way)
    yield Check(
        SYSTEM, "way of orders", ok=bool(mine), detail=f"by {way}: {', '.join(mine) or 'no agent is reached so'}",
        remedy="" if mine else "Set repossession.order_by to the way of an agent, or add [agents.NAME] for it.",
    )  # fmt: skip
    deciders = sorted(name for name, role in settings.roles.items() if _decides(role))
    others = settings.role_of_others != "none" and _decides(settings.role_of_others)
    told = [*deciders, *(["everybody whom repossession.roles does not name"] if others else [])]
    yield Check(
        SYSTEM, "who decides", ok=bool(told), detail=", ".join(told) or "nobody may",
        remedy="" if told else "Give somebody a role that decides in [repossession.roles], such as admin.",
    )  # fmt: skip


def _decides(role: Role) -> bool:
    return "decide" in MAY[role]
