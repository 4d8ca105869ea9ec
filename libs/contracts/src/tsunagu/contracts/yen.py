"""Dividing whole yen."""

from collections.abc import Sequence


def split_yen(amount_jpy: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Parts of `amount_jpy` in proportion to `weights`, which add up to it exactly.

    Largest remainder (Hamilton's method): each part is rounded down, the yen left over go one by one to the largest
    remainders; ties go to the part that comes first. Raises ValueError for a negative amount or weight, or when no
    weight is above zero.
    """
    total = sum(weights)
    if amount_jpy < 0 or total <= 0 or min(weights) < 0:
        raise ValueError(f"{amount_jpy} yen can't be divided by the weights {list(weights)}")
    parts = [amount_jpy * weight // total for weight in weights]
    left = amount_jpy - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount_jpy * weights[i] % total), i))
    for place in by_remainder[:left]:
        parts[place] += 1
    return tuple(parts)
