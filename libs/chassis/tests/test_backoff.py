"""Pauses between tries."""

import pytest

from tsunagu.chassis import doubled_seconds


@pytest.mark.parametrize(("times", "seconds"), [(0, 5.0), (1, 10.0), (3, 40.0), (4, 60.0), (5_000, 60.0)])
def test_doubled_seconds__doubles_up_to_the_longest_however_often(times: int, seconds: float) -> None:
    assert doubled_seconds(5.0, times, 60.0) == seconds
