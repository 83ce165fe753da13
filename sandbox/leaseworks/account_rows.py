"""The accounts as an export shows them."""

from __future__ import annotations

import numpy as np

from drawbar.sandbox.leaseworks.collectors import COLLECTORS, NOBODY
from drawbar.sandbox.leaseworks.contracts import COMPANIES, PORTFOLIOS, Contracts
from drawbar.sandbox.leaseworks.days import batch_stamp
from drawbar.sandbox.leaseworks.dice import Longs
from drawbar.sandbox.leaseworks.layout import ACCOUNTS, Table, Value
from drawbar.sandbox.leaseworks.places import OFFICES, PLACES
from drawbar.sandbox.leaseworks.standing import NOT_BOARDED, STATUS_CODES, Standing


def account_table(contracts: Contracts, standing: Standing, places: Longs) -> Table:
    """Give every account that has been boarded; `places` tells where each account's lessee lives."""
    count = int(np.count_nonzero(standing.status != NOT_BOARDED))
    columns = (*_identity(contracts, standing, places), *_terms(contracts), *_arrears(contracts, standing))
    columns = (*columns, *_balances(contracts, standing), *_history(standing))
    return Table(ACCOUNTS, tuple(column[:count] for column in columns))


def _identity(contracts: Contracts, standing: Standing, places: Longs) -> tuple[list[Value], ...]:
    regions = [PLACES[place].region for place in places.tolist()]
    portfolios = contracts.portfolio.tolist()
    return (
        [f"LW{number:08d}" for number in range(1, len(contracts) + 1)],
        [f"LS{lessee + 1:08d}" for lessee in contracts.lessee.tolist()],
        [PORTFOLIOS[portfolio] for portfolio in portfolios],
        [COMPANIES[portfolio] for portfolio in portfolios],
        [*regions],
        [OFFICES[region] for region in regions],
        [STATUS_CODES[status] for status in standing.status.tolist()],
    )


def _terms(contracts: Contracts) -> tuple[list[Value], ...]:
    return (
        contracts.boarded.tolist(),
        contracts.maturity.tolist(),
        contracts.term.tolist(),
        contracts.payment.tolist(),
    )


def _arrears(contracts: Contracts, standing: Standing) -> tuple[list[Value], ...]:
    return (
        _or_none(standing.next_due(contracts)),
        _or_none(standing.unpaid_since(contracts)),
        standing.missed(contracts).tolist(),
        standing.past_due(contracts).tolist(),
        standing.fees.tolist(),
    )


def _balances(contracts: Contracts, standing: Standing) -> tuple[list[Value], ...]:
    return (
        standing.net_outstanding(contracts).tolist(),
        standing.outstanding(contracts).tolist(),
        contracts.receivable.tolist(),
        standing.payoff(contracts).tolist(),
    )


def _history(standing: Standing) -> tuple[list[Value], ...]:
    paid = standing.last_on > 0
    return (
        standing.made.tolist(),
        _or_none(standing.last_on),
        [
            amount if any_paid else None
            for amount, any_paid in zip(standing.last_amount.tolist(), paid.tolist(), strict=True)
        ],
        ["" if each == NOBODY else COLLECTORS[each].login for each in standing.collector.tolist()],
        batch_stamp(standing.changed).tolist(),
    )


def _or_none(days: Longs) -> list[Value]:
    return [day or None for day in days.tolist()]
