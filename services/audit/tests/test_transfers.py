"""What a transfer has on its way, whichever end speaks first."""

from hypothesis import given
from hypothesis import strategies as st

from audit.tables import Travelling


def test_arrive__more_than_was_sent__what_is_beyond_was_not_on_its_way() -> None:
    travelling = Travelling()
    assert travelling.leave(2) == 2
    assert travelling.arrive(3) == 0
    assert travelling.under_way == 0


def test_leave__pieces_had_arrived_before_they_were_said_to_leave__only_the_rest_leaves() -> None:
    travelling = Travelling()
    assert travelling.arrive(1) == 1
    assert travelling.leave(3) == 2
    assert travelling.under_way == 2


@given(st.lists(st.integers(1, 5), max_size=5))
def test_travelling__all_that_was_sent_arrives_in_parts_after_it__nothing_is_under_way(
    parts: list[int],
) -> None:
    travelling = Travelling()
    left = sum(travelling.leave(pieces) for pieces in parts)
    early = sum(travelling.arrive(pieces) for pieces in reversed(parts))
    assert (left, early, travelling.under_way) == (sum(parts), 0, 0)
