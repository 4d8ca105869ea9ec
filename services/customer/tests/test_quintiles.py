"""Scores by fifths of the customers: what the bounds mean, and that profiles follow them."""

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customer import rules
from customer.domain.segments import Bought, Quintiles, standing
from customer.handlers import scoring
from customer.rules import PACKAGED, load
from tsunagu.chassis.runtime import Runtime
from tsunagu.contracts.messages import CustomerProfile
from tsunagu.testing.harness import Harness, all_of

NOW = datetime(2026, 4, 1, tzinfo=UTC)
FIFTHS = (0.2, 0.4, 0.6, 0.8)


def bounds(values: Sequence[int]) -> tuple[int, ...]:
    """What each share of the values is at or below, as percentile_disc has it."""
    ordered = sorted(values)
    return tuple(ordered[max(0, math.ceil(len(ordered) * share) - 1)] for share in FIFTHS)


@settings(deadline=None)  # the machine is shared
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 10**6)), min_size=5, max_size=60, unique=True))
def test_quintiles__of_a_population__put_no_more_than_a_fifth_above_each_bound(
    people: list[tuple[int, int]],
) -> None:
    days, amounts = [one[0] for one in people], [one[1] for one in people]
    by = load(PACKAGED).by(Quintiles(bounds(days), bounds([1] * len(people)), bounds(amounts)))

    found = [standing([Bought(NOW - timedelta(days=ago), jpy, "ec")], by, NOW) for ago, jpy in people]

    assert {one.frequency for one in found} == {1}  # all have bought once
    for score in range(2, 6):
        at_most = len(people) * (6 - score) / 5
        assert sum((one.monetary or 0) >= score for one in found) <= at_most
    for score in range(1, 5):
        assert sum((one.recency or 0) <= score for one in found) <= len(people) * score / 5
    by_amount = sorted(zip(amounts, (one.monetary or 0 for one in found), strict=True))
    assert [score for _, score in by_amount] == sorted(score for _, score in by_amount)


@pytest.fixture
def _five_are_enough(tmp_path: Path, use_settings: Any) -> Iterator[None]:
    path = tmp_path / "rules.toml"
    text = PACKAGED.read_text(encoding="utf-8").replace("customers_min = 1000", "customers_min = 5")
    path.write_text(text, encoding="utf-8")
    use_settings.use(rules_file=path, scored_customers_max=2)
    rules.rules.cache_clear()
    yield
    rules.rules.cache_clear()


@pytest.mark.wide
@pytest.mark.component
@pytest.mark.usefixtures("_five_are_enough")
async def test_scores__when_the_quintiles_are_measured__follow_for_all_and_move_with_them(
    service: Harness, runtime: Runtime, a: Any
) -> None:
    cards = [a.ref("card") for _ in range(10)]
    await service.deliver(*(a.identification(card) for card in cards))
    out = await service.deliver(
        *(a.sale(card, jpy=100 * place, at=a.ago(days=2)) for place, card in enumerate(cards, 1))
    )
    assert {profile.monetary_score for profile in all_of(out, CustomerProfile)} == {1}  # by the numbers

    await scoring.measure(runtime)
    scored = {one.refs[0]: one for one in all_of(await service.work_due(), CustomerProfile)}

    assert [scored[card].monetary_score if card in scored else 1 for card in cards] == [
        1, 1, 2, 2, 3, 3, 4, 4, 5, 5,
    ]  # fmt: skip
    await scoring.measure(runtime)
    assert await service.work_due() == []  # nothing has moved
    out = await service.deliver(*(a.sale(card, jpy=100_000, at=a.ago(days=1)) for card in cards[:5]))
    await scoring.measure(runtime)
    out += await service.work_due()
    last = {one.refs[0]: one.monetary_score for one in all_of(out, CustomerProfile)}
    assert [last[card] for card in cards[5:]] == [1, 1, 2, 2, 3]


@pytest.mark.wide
@pytest.mark.component
async def test_scores__of_too_few_customers__go_by_the_numbers_of_the_rules(
    service: Harness, runtime: Runtime, a: Any
) -> None:
    card = a.ref("card")
    await service.deliver(a.identification(card), a.sale(card))

    await scoring.measure(runtime)

    assert await service.work_due() == []
    assert await service.connection.fetchval("SELECT count(*) FROM quintile") == 0
