"""Parcels that do not arrive: what came back is looked at, what was lost is gone."""

from typing import Any

import pytest

from tsunagu.contracts import messages as m
from tsunagu.testing.harness import all_of, only

pytestmark = [pytest.mark.component, pytest.mark.wide]


async def sent(world: Any, a: Any, pieces: int, of: int) -> m.OrderPlaced:
    """An order of which some pieces have left in a parcel from S1."""
    await world.deliver(a.stocked("S1", A=of))
    order: m.OrderPlaced = a.order([("A", of)], at=None)
    held = only(await world.settle(order), m.StockReserved).allocations[0]
    parcel = m.ParcelShipped(
        order_id=order.order_id, version=2, parcel_id="P1", location_id="S1", lines=(a.line_of(held, pieces),),
        carrier="yamato", occurred_at=a.now(),
    )  # fmt: skip
    await world.deliver(parcel)
    return order


def ended(a: Any, order: m.OrderPlaced, outcome: str) -> m.ParcelEnded:
    line = {"line_id": "L1", "sku": "A", "quantity": 1}
    return m.ParcelEnded.model_validate(
        {
            "order_id": order.order_id, "version": 3, "parcel_id": "P1", "location_id": "S1", "lines": (line,),
            "outcome": outcome, "occurred_at": a.now(),
        }
    )  # fmt: skip


async def test_parcel__came_back__is_on_hand_set_apart_and_somebody_looks_at_it(world: Any, a: Any) -> None:
    order = await sent(world, a, 1, of=1)
    out = await world.deliver(ended(a, order, "returned"))
    received = only(out, m.StockReceived)
    assert (received.kind, received.document_id, received.order_id) == ("return", "P1", order.order_id)
    assert only(out, m.Task).order_id == order.order_id
    row = await world.stock("S1", "A")
    assert (row["on_hand"], row["unsellable"]) == (1, 1)
    assert await world.available("S1", "A") == 0


async def test_parcel__lost__stays_gone(world: Any, a: Any) -> None:
    order = await sent(world, a, 1, of=1)
    assert await world.deliver(ended(a, order, "lost")) == []
    assert (await world.stock("S1", "A"))["on_hand"] == 0


async def test_cancelled__with_its_parcel__what_is_still_wanted_of_the_line_stays_held(
    world: Any, a: Any
) -> None:
    """Without the parcel's id the piece that left would count as served, and the other one would be let go."""
    order = await sent(world, a, 1, of=2)
    cancelled = a.cancelled(order.order_id, [("L1", "A", 1)], order_finished=False, parcel_id="P1")
    out = await world.settle(cancelled)
    assert not all_of(out, m.StockReleased)
    assert not all_of(out, m.StockReserved)
    assert (await world.stock("S1", "A"))["reserved"] == 1
