"""For the day on which Kafka is gone: availability, feeds and tasks are told as they were, and who is open is known."""

from typing import Any

import pytest

from inventory.retelling import open_keys
from tsunagu.contracts import messages as m
from tsunagu.testing.harness import only
from tsunagu.testing.retold import assert_state_is_retold

pytestmark = pytest.mark.component


async def test_retelling__stock_sales_orders_and_tasks__the_state_topics_are_what_they_were(
    world: Any, a: Any
) -> None:
    await world.deliver(a.location("S1"), a.location("S2"), a.product("TEE"), a.product("CAP"))
    await world.settle(a.stocked("S1", TEE=5, CAP=3), a.stocked("S2", TEE=1))
    await world.settle(a.sale("S1", [("CAP", 3)]), a.sale("S1", [("LATE", 1)]), a.sale("S2", [("TEE", 2)]))
    held, gone = a.order([("TEE", 1)]), a.order([("TEE", 2)])
    await world.settle(held)
    reserved = only(await world.settle(gone), m.StockReserved)
    lines = [(one.line_id, one.sku, one.quantity) for one in reserved.allocations]
    await world.settle(a.cancelled(gone.order_id, lines))
    await world.settle(a.product("LATE"))  # ends the task that asked for it

    assert await open_keys(world.connection, [held.order_id, gone.order_id, "a delivery"]) == {held.order_id}
    await assert_state_is_retold(world.running)
