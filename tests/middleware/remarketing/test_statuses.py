"""The twenty statuses and the cycle table that Drawbar comes with."""

from __future__ import annotations

import pytest

from drawbar.middleware.remarketing.statuses import DEFAULT_CYCLE, IMPLICIT, MANUAL, SET_BY, RemarketingStatus, SetBy

TWENTY = 20


@pytest.mark.spec("R07")
def test_there_are_twenty_statuses_and_each_is_set_by_one_side() -> None:
    assert len(RemarketingStatus) == len(SET_BY) == TWENTY
    by_auction = [each for each in RemarketingStatus if SET_BY[each] is SetBy.AUCTION]
    assert (len(MANUAL), len(by_auction), len(IMPLICIT)) == (6, 11, 3)
    assert all(each.endswith(("ACCEPTED", "REJECTED", "RECEIVED UPDATE")) for each in by_auction)


@pytest.mark.spec("R08")
def test_the_default_cycle_names_every_status_reaches_it_and_lets_no_request_hang() -> None:
    assert set(DEFAULT_CYCLE) == set(RemarketingStatus)
    reached, new = {RemarketingStatus.NEW}, {RemarketingStatus.NEW}
    while new:
        new = {after for each in new for after in DEFAULT_CYCLE[each]} - reached
        reached |= new
    assert reached == set(RemarketingStatus)
    ends = {status for status, after in DEFAULT_CYCLE.items() if not after}
    assert ends == {
        RemarketingStatus.VOID_ACCEPTED, RemarketingStatus.REDEEM_ACCEPTED, RemarketingStatus.COMPLETED
    }  # fmt: skip
