"""The glance that most values pass never lets through what the field itself would refuse."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from drawbar.connectors.salesforce.records.catalogue import OBJECTS, object_fields
from drawbar.connectors.salesforce.records.fitting import fits

FIELDS = list({repr(each): each for sobject in OBJECTS for each in object_fields(sobject.api_name)}.values())
NUMBERS = st.decimals(allow_nan=True, allow_infinity=True) | st.decimals(places=2, allow_nan=False) | st.integers()
PICKED = st.sampled_from(sorted({value for each in FIELDS for value in getattr(each, "values", ())}))
VALUES = (
    st.none() | st.text(max_size=300) | st.booleans() | NUMBERS | st.dates() | st.datetimes()
    | st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5))])) | PICKED
)  # fmt: skip


@given(value=VALUES)
@example(value=Decimal("NaN"))
@example(value=Decimal("sNaN"))
@example(value=Decimal("-Infinity"))
@example(value=Decimal("1E+16"))
@example(value=Decimal("9999999999999999.99"))
@example(value=Decimal("1.001"))
@example(value=date(4001, 1, 1))
@example(value=date(1699, 12, 31))
@example(value=datetime(1699, 12, 31, tzinfo=UTC))
@example(value="")
@example(value=True)
def test_what_passes_at_a_glance_is_what_the_field_takes(value: object) -> None:
    for field in FIELDS:
        if fits(field)(value):
            assert value is not None
            assert value != ""
            assert field.refusal(value) == ""
