"""The age of the oldest record that waits."""

from hypothesis import given
from hypothesis import strategies as st

from tsunagu.chassis.lateness import Lateness


def test_seconds__first_record_after_an_hour_of_silence__is_not_an_hour_late() -> None:
    lateness = Lateness()
    lateness.begin(1_000.0)
    lateness.end(1_000.0)
    assert lateness.seconds(4_600.0, 0) == 0.0
    assert lateness.seconds(4_601.0, 1) == 1.0


def test_seconds__a_record_in_hand__is_its_age_although_nothing_waits_behind_it() -> None:
    lateness = Lateness()
    assert lateness.seconds(4_600.0, 0) == 0.0
    lateness.begin(4_590.0)
    assert lateness.seconds(4_602.0, 0) == 12.0


def test_seconds__a_backlog_after_a_start__is_as_old_as_what_was_handled_last() -> None:
    lateness = Lateness()
    lateness.begin(1_000.0)
    lateness.end(1_100.0)
    assert lateness.seconds(5_000.0, 10_000) == 3_900.0


def test_seconds__records_handed_back__do_not_count_as_handled() -> None:
    lateness = Lateness()
    lateness.begin(1_000.0)
    lateness.end(1_000.0)
    lateness.begin(1_500.0)
    lateness.end()
    assert lateness.seconds(1_600.0, 1) == 600.0


@given(
    gaps=st.lists(st.floats(0.0, 100.0), min_size=1, max_size=30),
    handled=st.integers(0, 30),
    look_after=st.floats(0.0, 50.0),
)
def test_seconds__one_record_at_a_time__is_never_less_than_the_age_of_the_oldest_that_waits(
    gaps: list[float], handled: int, look_after: float
) -> None:
    written = [sum(gaps[: place + 1]) for place in range(len(gaps))]
    lateness = Lateness()
    for at in written[:handled]:
        lateness.begin(at)
        lateness.end(at)
    waiting = written[handled:]
    now = written[-1] + look_after
    if waiting and handled:
        assert lateness.seconds(now, len(waiting)) >= now - waiting[0] - 1e-6
    elif not waiting:
        assert lateness.seconds(now, 0) == 0.0
