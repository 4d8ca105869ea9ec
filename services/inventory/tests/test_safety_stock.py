"""Safety stock on a real PostgreSQL: a row's own, else its category's default, however the settings arrive."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory.domain.safety import default_safety
from inventory.settings import settings as inventory_settings
from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.testing.harness import all_of, only

component = pytest.mark.component


def a_default(
    category: str, quantity: int | None, set_at: datetime, **values: Any
) -> m.SetDefaultSafetyStock:
    return m.SetDefaultSafetyStock(**{
        "setting_id": uuid7(), "category": category, "quantity": quantity, "set_at": set_at, "occurred_at": set_at,
        **values,
    })  # fmt: skip


def its_own(location_id: str, sku: str, quantity: int, set_at: datetime) -> m.SetSafetyStock:
    return m.SetSafetyStock(
        setting_id=uuid7(), location_id=location_id, set_at=set_at, occurred_at=set_at,
        lines=({"sku": sku, "quantity": quantity},),
    )  # fmt: skip


def test_default_safety__a_location_has_one_of_its_own__comes_before_the_one_for_everywhere() -> None:
    assert default_safety(0, 5) == 0
    assert default_safety(None, 5) == 5
    assert default_safety(3, None) == 3
    assert default_safety(None, None) == 0


@pytest.mark.wide
@component
async def test_default__set__kept_back_at_every_row_of_the_category_and_told(world: Any, a: Any) -> None:
    await world.settle(a.product("D", category="shoes"))
    await world.settle(a.stocked("S1", A=5, D=5), a.stocked("S2", A=1))
    out = await world.deliver(a_default("tops", 2, a.now()))
    only(out, m.CommandAccepted)
    assert not all_of(out, m.Availability), "the command's own transaction carries nothing to rows"
    told = all_of(await world.running.work_due(), m.Availability)
    assert {(one.location_id, one.sku, one.available) for one in told} == {("S1", "A", 3), ("S2", "A", 0)}
    assert [await world.available("S1", "D"), await world.available("S2", "A")] == [5, -1]


@pytest.mark.wide
@component
async def test_default__a_row_with_a_setting_of_its_own__keeps_that(world: Any, a: Any) -> None:
    await world.settle(a.stocked("S1", A=5), its_own("S1", "A", 0, a.now(-60)))
    await world.settle(a_default("tops", 2, a.now()))
    assert await world.available("S1", "A") == 5


@pytest.mark.wide
@component
async def test_default__a_row_that_comes_into_being_later__follows_it(world: Any, a: Any) -> None:
    await world.settle(a_default("tops", 2, a.now()))
    told = all_of(await world.settle(a.stocked("S1", A=5)), m.Availability)
    assert [one.available for one in told] == [5, 3]


@pytest.mark.wide
@component
async def test_default__a_product_changes_its_category__follows_the_other_ones(world: Any, a: Any) -> None:
    await world.settle(a_default("tops", 2, a.now()), a_default("shoes", 4, a.now()))
    await world.settle(a.stocked("S1", A=5))
    await world.settle(a.product("A", version=2, category="shoes"))
    assert await world.available("S1", "A") == 1
    await world.settle(a.product("A", version=3, category="hats"))
    assert await world.available("S1", "A") == 5


@pytest.mark.wide
@component
async def test_default__taken_back_at_a_location__the_one_for_everywhere_counts_there(
    world: Any, a: Any
) -> None:
    await world.settle(a.stocked("S1", A=5), a.stocked("S2", A=5), a_default("tops", 1, a.now(-9)))
    await world.settle(a_default("tops", 3, a.now(-8), location_id="S1"))
    assert [await world.available("S1", "A"), await world.available("S2", "A")] == [2, 4]
    await world.settle(a_default("tops", None, a.now(-7), location_id="S1"))
    assert await world.available("S1", "A") == 4
    await world.settle(a_default("tops", None, a.now(-6)))
    assert [await world.available("S1", "A"), await world.available("S2", "A")] == [5, 5]


@pytest.mark.wide
@component
async def test_default__set_earlier_than_the_one_that_stands__changes_nothing(world: Any, a: Any) -> None:
    await world.settle(a.stocked("S1", A=5), a_default("tops", 1, a.now(-5)))
    out = await world.deliver(a_default("tops", 4, a.now(-60)))
    only(out, m.CommandAccepted)
    assert not await world.connection.fetch("SELECT * FROM due_work")
    await world.settle(a_default("tops", 4, a.now(-4)), a_default("tops", 3, a.now(-60)))
    assert await world.available("S1", "A") == 1


@pytest.mark.wide
@component
async def test_default__below_what_is_promised__breaks_no_promise(world: Any, a: Any) -> None:
    await world.settle(a.stocked("S1", A=2), a.order([("A", 2)]))
    out = await world.settle(a_default("tops", 2, a.now()))
    assert not all_of(out, m.PromiseBroken)
    assert (await world.stock("S1", "A"))["reserved"] == 2


@pytest.mark.wide
@component
async def test_default__more_rows_than_a_page__carried_on_page_by_page(
    world: Any, a: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = inventory_settings().model_copy(update={"safety_page_rows": 2})
    monkeypatch.setattr("inventory.handlers.safety.settings", lambda: few)
    stores = ("S1", "S2", "S3")
    await world.settle(*(a.stocked(store, A=5, B=5, C=5) for store in stores))
    await world.deliver(a_default("tops", 2, a.now()))
    turns = 0
    while await world.running.step_due():
        turns += 1
    assert turns > 4, "3 SKUs and 9 rows, at most 2 in a turn"
    rows = [await world.available(store, sku) for store in stores for sku in "ABC"]
    assert rows == [3] * 9


@pytest.mark.wide
@component
async def test_default__set_again_while_the_first_is_carried__the_last_one_reaches_every_row(
    world: Any, a: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = inventory_settings().model_copy(update={"safety_page_rows": 1})
    monkeypatch.setattr("inventory.handlers.safety.settings", lambda: few)
    stores = ("S1", "S2", "S3")
    await world.settle(*(a.stocked(store, A=5, B=5) for store in stores))
    await world.deliver(a_default("tops", 2, a.now(-9)))
    for _ in range(3):
        await world.running.step_due()
    await world.settle(a_default("tops", 4, a.now(-8)))
    assert [await world.available(store, sku) for store in stores for sku in "AB"] == [1] * 6


@pytest.mark.wide
@component
async def test_default__of_a_location_that_nobody_knows__refused_and_no_default_made(
    world: Any, a: Any
) -> None:
    out = await world.deliver(a_default("tops", 2, a.now(), location_id="S9"))
    assert only(out, m.CommandRefused).reason == "unknown_location"
    assert not await world.connection.fetch("SELECT * FROM safety_default WHERE set_at IS NOT NULL")


@pytest.mark.wide
@component
async def test_settings__from_further_in_the_future_than_clocks_differ__refused_and_block_nothing(
    world: Any, a: Any
) -> None:
    await world.settle(a.stocked("S1", A=9))
    for setting in (its_own("S1", "A", 5, a.now(86_400)), a_default("tops", 5, a.now(86_400))):
        refusal = only(await world.settle(setting), m.CommandRefused)
        assert (refusal.reason, "in the future" in refusal.detail) == ("invalid", True)
    await world.settle(a_default("tops", 1, a.now(200)))
    assert await world.available("S1", "A") == 8, "clocks may differ by minutes"
    await world.settle(its_own("S1", "A", 2, a.now()))
    assert await world.available("S1", "A") == 7


@dataclass
class Expected:
    """What counts by the rules, said in another way than the service does: over everything that was ever sent."""

    category: dict[str, str] = field(default_factory=dict)
    own: dict[tuple[str, str], list[tuple[datetime, int, int]]] = field(default_factory=dict)
    defaults: dict[tuple[str, str | None], list[tuple[datetime, int, int | None]]] = field(
        default_factory=dict
    )

    def of(self, location_id: str, sku: str) -> int:
        own = self.own.get((location_id, sku))
        if own:
            return max(own)[2]
        for place in (location_id, None):
            told = self.defaults.get((self.category[sku], place))
            quantity = max(told, key=lambda one: one[:2])[2] if told else None
            if quantity is not None:
                return quantity
        return 0


things = st.lists(
    st.tuples(
        st.sampled_from(["own", "default", "default", "default", "category", "row", "work"]),
        st.integers(0, 1),  # the place or the SKU
        st.integers(0, 1),  # the category
        st.none() | st.integers(0, 4),
        st.integers(-50, 0),
    ),
    min_size=3,
    max_size=14,
)


@pytest.mark.wide
@component
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(things)
async def test_safety_stock__any_settings_and_categories_in_any_order__each_row_has_what_counts(
    world: Any, a: Any, things: list[tuple[str, int, int, int | None, int]]
) -> None:
    made = uuid7()
    stores, skus = [f"{made}-{n}" for n in (1, 2)], [f"{made}/{n}" for n in (1, 2)]
    categories = [f"{made}:{n}" for n in (1, 2)]
    expected = Expected(dict.fromkeys(skus, categories[0]))
    await world.settle(
        *(a.location(store) for store in stores), *(a.product(sku, category=categories[0]) for sku in skus)
    )
    rows: set[tuple[str, str]] = set()
    for nth, (what, place, category, quantity, seconds) in enumerate(things, 2):
        store, sku, at = stores[place], skus[category], a.now(seconds)
        match what:
            case "own" if quantity is not None:
                await world.deliver(its_own(store, sku, quantity, at))
                expected.own.setdefault((store, sku), []).append((at, nth, quantity))
                rows.add((store, sku))
            case "default":
                where = store if seconds % 2 else None
                await world.deliver(a_default(categories[category], quantity, at, location_id=where))
                expected.defaults.setdefault((categories[category], where), []).append((at, nth, quantity))
            case "category":
                await world.deliver(a.product(skus[place], version=nth, category=categories[category]))
                expected.category[skus[place]] = categories[category]
            case "row":
                await world.deliver(a.stocked(store, **{sku: 9}))
                rows.add((store, sku))
            case "work":
                await world.running.step_due()
    await world.running.work_due()
    found = {row: (await world.stock(*row))["safety"] for row in rows}
    assert found == {row: expected.of(*row) for row in rows}
