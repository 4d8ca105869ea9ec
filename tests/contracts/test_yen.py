from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagu.contracts.yen import split_yen

weights = st.lists(st.integers(0, 1_000_000), min_size=1, max_size=12).filter(any)


@given(st.integers(0, 10**12), weights)
def test_split_yen__any_amount_and_weights__parts_add_up_and_are_off_by_less_than_a_yen(
    amount: Any, weights: Any
) -> None:
    parts = split_yen(amount, weights)

    assert sum(parts) == amount
    total = sum(weights)
    assert all(
        abs(part * total - amount * weight) < total for part, weight in zip(parts, weights, strict=True)
    )


@given(st.integers(0, 10**9), weights, st.integers(2, 1000))
def test_split_yen__all_weights_times_a_number__same_parts(amount: Any, weights: Any, factor: Any) -> None:
    assert split_yen(amount, [weight * factor for weight in weights]) == split_yen(amount, weights)


def test_split_yen__a_tie__goes_to_the_part_that_comes_first() -> None:
    assert split_yen(1, [1, 1]) == (1, 0)
    assert split_yen(11, [1, 1, 1]) == (4, 4, 3)


def test_split_yen__unequal_remainders__the_largest_gets_the_yen() -> None:
    assert split_yen(10, [1, 2, 4]) == (1, 3, 6)


@pytest.mark.parametrize(("amount", "weights"), [(-1, [1]), (1, [0]), (1, []), (1, [2, -1])])
def test_split_yen__what_has_no_answer__is_refused(amount: Any, weights: Any) -> None:
    with pytest.raises(ValueError, match="can't be divided"):
        split_yen(amount, weights)
