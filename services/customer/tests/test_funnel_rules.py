"""What is told of groups of customers tells nobody from others."""

from hypothesis import given
from hypothesis import strategies as st

from customer.domain.journey import STAGES, funnel, paths
from tsunagu.contracts.values import JourneyStage

FEW = 10

counts = st.dictionaries(
    st.tuples(st.sampled_from(STAGES), st.sampled_from(["app", "ec", "store"])), st.integers(1, 30)
)
ways = st.dictionaries(
    st.lists(st.sampled_from(["seen:ec", "bought:ec", "returned"]), min_size=1, max_size=4).map(tuple),
    st.integers(1, 30),
)


@given(counts)
def test_funnel__any_counts__tells_no_group_of_few_and_none_that_can_be_worked_out(
    found: dict[tuple[JourneyStage, str | None], int],
) -> None:
    told = funnel(found, FEW)

    assert [one.stage for one in told] == sorted((one.stage for one in told), key=STAGES.index)
    for stage in {one.stage for one in told}:
        everybody, *channels = [one for one in told if one.stage is stage]
        assert everybody.first_channel is None
        assert all(one.customers is None or one.customers >= FEW for one in (everybody, *channels))
        hidden = [one for one in channels if one.customers is None]
        if everybody.customers is not None:
            assert len(hidden) != 1
            assert everybody.customers == sum(found[stage, one.first_channel] for one in channels)
        assert all(
            one.customers == found[stage, one.first_channel] for one in channels if one.customers is not None
        )


@given(ways, st.integers(1, 5))
def test_paths__any_counts__tells_the_most_taken_and_puts_the_others_together(
    found: dict[tuple[str, ...], int], most: int
) -> None:
    told = paths(found.items(), FEW, most)

    named = [path for path in told if path.steps is not None]
    assert len(named) <= most
    assert all(path.customers is not None and path.customers >= FEW for path in named)
    assert [path.customers for path in named] == sorted((path.customers or 0 for path in named), reverse=True)
    rest = sum(found.values()) - sum(path.customers or 0 for path in named)
    others = [path for path in told if path.steps is None]
    assert [path.customers for path in others] == ([rest if rest >= FEW else None] if rest else [])


def test_paths__in_any_order__are_the_same() -> None:
    some = [(("seen:ec",), 20), (("bought:ec",), 20), (("returned",), 3)]
    assert paths(some, FEW, 5) == paths(reversed(some), FEW, 5)
