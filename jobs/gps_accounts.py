"""What the GPS rules have to know of accounts, from what the collections rules keep and LeaseWorks said of lessees."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select

from drawbar.connectors.leaseworks.records import AccountStatus, Lessee
from drawbar.jobs.gps_orders import ordered_accounts
from drawbar.jobs.hub import Hub
from drawbar.jobs.kept import kept_records
from drawbar.middleware.chunks import in_chunks
from drawbar.middleware.collections.delinquency import delinquency
from drawbar.middleware.collections.records import CaseStatus
from drawbar.middleware.collections.rows import STANDING
from drawbar.middleware.collections.tables import account_standing, delinquency_case
from drawbar.middleware.gps.accounts import AccountSituation
from drawbar.middleware.gps.homes import LesseeHomes


def account_situations(hub: Hub, connection: Connection, now: datetime) -> dict[str, AccountSituation]:
    """Give by number the accounts that may be watched: with an open delinquency case, or charged off and still here."""
    an_open_case = and_(
        delinquency_case.c.account_number == account_standing.c.account_number,
        delinquency_case.c.status == CaseStatus.OPEN.value,
    )
    charged_off = and_(
        account_standing.c.left_as == AccountStatus.CHARGED_OFF.value, account_standing.c.left_on.is_(None)
    )
    query = (
        select(*STANDING.columns, delinquency_case.c.sequence)
        .outerjoin_from(account_standing, delinquency_case, an_open_case)
        .where(or_(delinquency_case.c.sequence.is_not(None), charged_off))
    )
    states, ordered = LesseeHomes(connection).states(), ordered_accounts(connection)
    found = (_situation(hub, row, states, ordered, now) for row in connection.execute(query))
    return {each.account: each for each in found}


def _situation(
    hub: Hub, row: Row[*tuple[Any, ...]], states: dict[str, str], ordered: set[str], now: datetime
) -> AccountSituation:
    standing = STANDING.value(row)
    rules = hub.collections.rules_for(standing.portfolio)
    return AccountSituation(
        account=standing.account_number,
        days_past_due=delinquency(standing, now.astimezone(hub.zone).date(), rules).days_past_due,
        case_key="" if row.sequence is None else f"{standing.account_number}-D{row.sequence:03d}",
        lessee_state=states.get(standing.lessee_number, ""),
        ordered=standing.account_number in ordered,
        charged_off=standing.left_as == AccountStatus.CHARGED_OFF.value,
    )


def take_lessees(connection: Connection, lessees: Sequence[Lessee]) -> None:
    """Keep the states that lessees live in."""
    LesseeHomes(connection).take({each.lessee_number: each.state.upper() for each in lessees})


def take_kept_lessees(hub: Hub, connection: Connection) -> None:
    """Learn the states from the last delivery where none is known: of a hub that ran before there were GPS devices."""
    if not LesseeHomes(connection).any():
        for some in in_chunks(kept_records(hub, connection, "lessees", Lessee), 500):
            take_lessees(connection, some)
