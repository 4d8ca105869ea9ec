"""Ids sort by time; what follows from a cause always has the same id."""

import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagu.contracts.ids import derived_id, uuid7

AT = datetime(2026, 4, 1, 3, 15, 0, 123_456, tzinfo=UTC)


def test_uuid7__is_a_version_7_with_the_time_in_front() -> None:
    before = datetime.now(UTC)
    made = uuid.UUID(uuid7())
    after = datetime.now(UTC)
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert int(before.timestamp() * 1000) <= made.int >> 80 <= int(after.timestamp() * 1000)


def test_uuid7__many_at_once__are_all_different() -> None:
    assert len({uuid7() for _ in range(10_000)}) == 10_000


def test_derived_id__is_a_version_8_with_the_time_of_its_cause() -> None:
    derived = uuid.UUID(derived_id(AT, "tsunagu/order/1", "confirmed"))
    assert derived.version == 8
    assert derived.variant == uuid.RFC_4122
    assert derived.int >> 80 == int(AT.timestamp() * 1000)


def test_derived_id__the_same_instant_in_another_offset__is_the_same() -> None:
    in_japan = AT.astimezone(timezone(timedelta(hours=9)))
    assert derived_id(AT, "cause", 1) == derived_id(in_japan, "cause", 1)


def test_derived_id__never_changes() -> None:
    # Ids already in Kafka and in inboxes were made like this.
    assert derived_id(AT, "tsunagu/order/0197", "StockReserved") == "019d4709-879b-83be-bac2-756d3643d239"


@given(st.text(), st.text(), st.text(), st.text())
def test_derived_id__another_cause_or_ordinal__is_another_id(
    cause: str, ordinal: str, other_cause: str, other_ordinal: str
) -> None:
    same = (cause, ordinal) == (other_cause, other_ordinal)
    assert (derived_id(AT, cause, ordinal) == derived_id(AT, other_cause, other_ordinal)) == same


def test_derived_id__cause_and_ordinal__do_not_run_together() -> None:
    assert derived_id(AT, "a", "1:2") != derived_id(AT, "a:1", "2")


@pytest.mark.parametrize("time", [AT.replace(tzinfo=None), datetime(1969, 12, 31, tzinfo=UTC)])
def test_derived_id__of_a_time_without_offset_or_before_1970__is_refused(time: datetime) -> None:
    with pytest.raises(ValueError, match="time of a cause"):
        derived_id(time, "cause", 1)
