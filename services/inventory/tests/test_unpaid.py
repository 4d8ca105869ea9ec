"""What is kept for those who have not paid is a set share of a row; those who have paid get the rest."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.domain.stock import Stock, StockKey
from inventory.domain.unpaid import UnpaidRoom, added_up, unpaid_at_most
from tsunagu.contracts import messages as m
from tsunagu.testing.harness import all_of, only

ROW = StockKey("S1", "A")
pieces = st.integers(0, 30)
stocks = st.tuples(st.integers(-3, 60), pieces, pieces, pieces).map(
    lambda some: Stock(on_hand=some[0], safety=some[1], unsellable=some[2], withheld=some[3])
)


@given(stocks, st.integers(1, 100))
def test_unpaid_at_most__is_the_share_in_whole_pieces_and_never_more_than_there_is(
    stock: Stock, percent: int
) -> None:
    most = unpaid_at_most(stock, percent)
    sellable = max(0, stock.available)
    assert 0 <= most <= sellable
    assert sellable * percent / 100 <= most < sellable * percent / 100 + 1


@given(stocks, st.integers(1, 100), st.lists(st.integers(1, 12), max_size=20))
def test_room__whoever_asks_how_often__no_more_is_kept_unpaid(
    stock: Stock, percent: int, asked: list[int]
) -> None:
    most = unpaid_at_most(stock, percent)
    room = UnpaidRoom({ROW: most})
    kept = 0
    for quantity in asked:
        if room.has({ROW: quantity}):
            room.take(ROW, quantity)
            kept += quantity
        else:
            assert kept + quantity > most, "nobody is refused for whom there is room"
    assert kept <= most


@given(st.dictionaries(st.sampled_from("AB"), pieces), st.lists(st.tuples(st.sampled_from("AB"), pieces)))
def test_added_up__with_what_a_cart_keeps_already__only_what_is_new_counts(
    cart: dict[str, int], wanted: list[tuple[str, int]]
) -> None:
    credit = {StockKey("S1", sku): quantity for sku, quantity in cart.items()}
    new = added_up(((StockKey("S1", sku), quantity) for sku, quantity in wanted), credit)
    for sku in "AB":
        key, total = StockKey("S1", sku), sum(quantity for one, quantity in wanted if one == sku)
        assert new.get(key, 0) == max(0, total - credit.get(key, 0))


@pytest.fixture(autouse=True)
def _a_fifth_is_for_who_pays(setting: Any) -> None:
    setting("UNPAID_PERCENT_MAX", "80")


def unpaid(a: Any, quantity: int = 1, at: str = "S1", **values: Any) -> m.OrderPlaced:
    order: m.OrderPlaced = a.order([("A", quantity)], at, payment="at_pickup", **values)
    return order


def cart(a: Any, hold_id: str, quantity: int) -> m.HoldStock:
    return m.HoldStock(
        hold_id=hold_id, location_id="S1", held_until=a.now(60), channel="ec", occurred_at=a.now(),
        lines=({"sku": "A", "quantity": quantity},),
    )  # fmt: skip


@pytest.mark.component
async def test_place__bots_that_do_not_pay__hold_the_share_and_the_rest_is_for_who_pays(
    world: Any, a: Any
) -> None:
    await world.deliver(a.stocked("S1", A=10))
    out = [
        *await world.settle(*(unpaid(a) for _ in range(6))),
        *await world.settle(*(unpaid(a) for _ in range(6))),
    ]
    assert (len(all_of(out, m.StockReserved)), len(all_of(out, m.StockRejected))) == (8, 4)
    assert await world.available("S1", "A") == 2
    paid = await world.settle(a.order([("A", 2)]))
    assert only(paid, m.StockReserved)


@pytest.mark.component
async def test_place__over_the_share__is_refused_as_what_is_not_there_and_no_quantity_is_named(
    world: Any, a: Any
) -> None:
    await world.deliver(a.stocked("S1", A=10))
    over = only(await world.settle(unpaid(a, 9)), m.StockRejected)
    await world.settle(a.order([("A", 10)]))
    nothing = only(await world.settle(unpaid(a, 9)), m.StockRejected)
    assert (over.reason, over.detail) == (nothing.reason, nothing.detail)
    assert over.short_lines == nothing.short_lines
    assert not any(character.isdigit() for character in over.detail)


@pytest.mark.component
async def test_place__picked_but_not_collected__still_counts_and_a_cancelled_order_does_not(
    world: Any, a: Any
) -> None:
    await world.deliver(a.stocked("S1", A=5))
    order = unpaid(a, 4)
    (allocation,) = only(await world.settle(order), m.StockReserved).allocations
    await world.settle(a.picked(order.order_id, allocation))
    assert only(await world.settle(unpaid(a)), m.StockRejected)
    await world.settle(a.cancelled(order.order_id, [("L1", "A", 4)]))
    await world.deliver(a.stocked("S1", A=5))
    assert only(await world.settle(unpaid(a, 4)), m.StockReserved)


@pytest.mark.component
async def test_place__the_shelf_has_no_room__other_stores_give_no_more_than_their_share_either(
    world: Any, a: Any
) -> None:
    await world.deliver(a.stocked("S1", A=5), a.stocked("S2", A=5), a.stocked("S3", A=5))
    out = await world.settle(*(unpaid(a) for _ in range(15)))
    taken = {
        location: sum(
            one.quantity
            for reserved in all_of(out, m.StockReserved)
            for one in reserved.allocations
            if one.location_id == location
        )
        for location in ("S1", "S2", "S3")
    }
    assert taken == {"S1": 4, "S2": 4, "S3": 4}
    assert len(all_of(out, m.StockRejected)) == 3


@pytest.mark.component
async def test_hold__carts_and_unpaid_orders__share_the_room_and_an_order_draws_on_its_cart(
    world: Any, a: Any
) -> None:
    await world.deliver(a.stocked("S1", A=10))
    out = await world.deliver(cart(a, "H1", 5), cart(a, "H2", 4), cart(a, "H3", 3))
    assert [held.hold_id for held in all_of(out, m.StockHeld)] == ["H1", "H3"]
    assert only(out, m.CommandRefused).reason == "out_of_stock"
    assert only(await world.settle(unpaid(a)), m.StockRejected)
    assert only(await world.settle(unpaid(a, 5, hold_id="H1")), m.StockReserved)
    assert only(await world.settle(a.order([("A", 2)])), m.StockReserved)


@pytest.mark.component
async def test_place__no_share_is_set__all_of_it_may_be_kept_unpaid(world: Any, a: Any, setting: Any) -> None:
    setting("UNPAID_PERCENT_MAX", "100")
    await world.deliver(a.stocked("S1", A=10))
    assert only(await world.settle(unpaid(a, 10)), m.StockReserved)
