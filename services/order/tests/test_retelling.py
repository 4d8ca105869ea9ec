"""For the day on which Kafka is gone: order.state is told as it was, and who is open is known."""

from typing import Any

import pytest

from order.retelling import open_keys
from tsunagu.testing.harness import Harness
from tsunagu.testing.retold import assert_state_is_retold

pytestmark = pytest.mark.component


async def test_retelling__orders_in_every_state__order_state_is_what_it_was(
    service: Harness, mother: Any
) -> None:
    orders = [type(mother)() for _ in range(7)]
    placed, confirmed, ready, completed, cancelled, returned, asked = orders
    await service.deliver(*[one.place() for one in orders])
    await service.deliver(*[one.reserved() for one in (confirmed, ready, completed, cancelled, returned)])
    await service.deliver(*[one.ready() for one in (ready, completed, returned)])
    await service.deliver(*[one.collected(receipt_id=f"r-{one.order_id}") for one in (completed, returned)])
    await service.deliver(cancelled.cancel(), asked.cancel())
    await service.deliver(cancelled.pick_cancelled())
    await service.deliver(returned.return_items({"L1": 1}))
    await service.deliver(cancelled.collected(after_close=True))  # the money of it is still to be settled
    await service.deliver(
        mother.cancel()
    )  # an order that is not there: its id is locked, and nothing is told

    ids = [one.order_id for one in orders]
    assert await open_keys(service.connection, ids) == {
        placed.order_id,
        confirmed.order_id,
        ready.order_id,
        cancelled.order_id,
    }
    await assert_state_is_retold(service)
