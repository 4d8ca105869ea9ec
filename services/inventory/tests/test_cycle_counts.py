"""What is counted next: the worst first, few at once, page by page, and done when it was counted."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory import cycle_counts
from inventory.domain.counting import needs_approval
from inventory.domain.cycle_counts import Urgent, Weights, doubtful_pieces, urgency, worst
from inventory.domain.stock import Stock
from inventory.settings import Settings
from tsunagu.chassis import Transaction
from tsunagu.chassis.rules import Rules
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.contracts import messages as m
from tsunagu.testing.harness import all_of, only

WEIGHTS = Weights(full_age_days=100.0, doubt=10.0)
PIECES = st.integers(0, 1_000)
STOCKS = st.builds(
    Stock, on_hand=st.integers(-100, 1_000), **dict.fromkeys(set(Stock._fields) - {"on_hand"}, PIECES)
)
PRICES = st.integers(0, 1_000_000)
DAYS = st.none() | st.floats(0, 10_000)


@given(STOCKS, PRICES, PRICES, DAYS)
def test_urgency__a_higher_price__never_less_urgent(stock: Stock, a: int, b: int, days: float | None) -> None:
    cheap, dear = sorted((a, b))
    assert urgency(stock, cheap, days, WEIGHTS) <= urgency(stock, dear, days, WEIGHTS)


@given(STOCKS, PRICES, st.floats(0, 10_000), st.floats(0, 10_000))
def test_urgency__an_older_count__never_less_urgent_and_none_is_the_oldest(
    stock: Stock, price: int, a: float, b: float
) -> None:
    new, old = sorted((a, b))
    assert urgency(stock, price, new, WEIGHTS) <= urgency(stock, price, old, WEIGHTS)
    assert urgency(stock, price, old, WEIGHTS) <= urgency(stock, price, None, WEIGHTS)


@given(STOCKS, PRICES, DAYS, st.integers(1, 1_000))
def test_urgency__more_in_doubt__more_urgent(stock: Stock, price: int, days: float | None, more: int) -> None:
    doubted = stock._replace(withheld=stock.withheld + more)
    assert doubtful_pieces(doubted) > doubtful_pieces(stock)
    assert urgency(doubted, price, days, WEIGHTS) > urgency(stock, price, days, WEIGHTS)


def test_urgency__just_counted_and_nothing_in_doubt__nothing_to_find_out() -> None:
    assert urgency(Stock(on_hand=50), 9_000, 0.0, WEIGHTS) == 0
    assert urgency(Stock(), 9_000, None, WEIGHTS) == 0


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 10**6))), st.integers(0, 5), st.integers(1, 7))
def test_worst__taken_page_by_page__is_the_worst_of_all(
    scores: list[tuple[int, int]], at_most: int, page: int
) -> None:
    everything = [Urgent(float(score), f"{sku:07}-{n}", "") for n, (score, sku) in enumerate(scores)]
    kept: list[Urgent] = []
    for start in range(0, len(everything), page):
        kept = worst([*kept, *everything[start : start + page]], at_most)
    assert kept == worst(everything, at_most)
    assert len(kept) <= at_most
    assert all(urgent.score > 0 for urgent in kept)
    left = [urgent.score for urgent in everything if urgent not in kept]
    if len(kept) == at_most > 0:
        assert max(left, default=0.0) <= kept[-1].score


@given(st.integers(-100, 100), st.integers(0, 10_000), st.integers(0, 100), st.integers(0, 100_000))
def test_needs_approval__by_pieces_or_by_yen(
    variance: int, price: int, pieces_max: int, value_max: int
) -> None:
    within = abs(variance) <= pieces_max and abs(variance) * price <= value_max
    assert needs_approval(variance, price, pieces_max, value_max) is not within


async def search(world: Any) -> list[Any]:
    """A day's search in all locations; returns what is sent."""
    after: str | None = ""
    while after is not None:
        async with world.connection.transaction():
            rules = Rules.of(world.running.service, ChassisSettings())
            tx: Transaction = rules.transaction(world.connection, datetime.now(UTC))
            after = await cycle_counts.look_at_page(tx, after)
            await tx.flush()
    return list(await world.running.sent())


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> Settings:
    limits = Settings(cycle_count_page_rows=2, cycle_count_tasks_max=2)
    monkeypatch.setattr(cycle_counts, "settings", lambda: limits)
    return limits


@pytest.mark.wide
@pytest.mark.component
async def test_search__more_rows_than_a_page__the_worst_become_tasks_and_a_count_closes_them(
    world: Any, a: Any, small_pages: Settings
) -> None:
    dear = a.product("C").model_copy(update={"version": 2, "price_jpy": 50_000})
    await world.deliver(dear, *(a.product(sku) for sku in "DE"))
    await world.deliver(a.stocked("S1", A=1, B=2, C=1, D=3, E=4), a.stocked("S2", A=1))
    tasks = all_of(await search(world), m.Task)
    assert {(task.kind, task.location_id, task.lines[0].sku, task.state) for task in tasks} == {
        ("count", "S1", "C", "open"), ("count", "S1", "E", "open"), ("count", "S2", "A", "open"),
    }  # fmt: skip
    assert {task.detail for task in tasks} == {"It has never been counted."}
    assert await search(world) == [], "once a day"

    (closed,) = all_of(await world.deliver(a.count("S1", {"C": 1})), m.Task)
    assert (closed.lines[0].sku, closed.state) == ("C", "done")
    await world.connection.execute("UPDATE count_round SET day = day - 1")
    again = all_of(await search(world), m.Task)
    assert [task.lines[0].sku for task in again] == ["D"], "one is still open, so that one more is asked for"


@pytest.mark.wide
@pytest.mark.component
async def test_search__goods_in_doubt__come_before_dear_ones(
    world: Any, a: Any, small_pages: Settings
) -> None:
    await world.deliver(a.stocked("S1", A=1, B=9, C=5))
    await world.deliver(a.sale("S1", [("A", 3)]))
    tasks = all_of(await search(world), m.Task)
    assert [(task.lines[0].sku, task.detail) for task in tasks if task.lines[0].sku == "A"] == [
        ("A", "The books say -2 pieces, which can't be.")
    ]


@pytest.mark.wide
@pytest.mark.component
async def test_count__few_pieces_of_great_value__needs_approval(world: Any, a: Any) -> None:
    dear = a.product("C").model_copy(update={"version": 2, "price_jpy": 60_000})
    await world.deliver(dear, a.stocked("S1", A=10, C=10))
    assert only(await world.deliver(a.count("S1", {"A": 8})), m.StockCounted).outcome == "applied"
    assert only(await world.deliver(a.count("S1", {"C": 9})), m.StockCounted).outcome == "applied"
    out = await world.deliver(a.count("S1", {"C": 7}))
    assert only(out, m.StockCounted).outcome == "awaiting_approval"
    assert [task.kind for task in all_of(out, m.Task)] == ["approve_count"]
