"""Whom goods were for is known while there is something to do for them; what is over names nobody."""

from typing import Any

import pytest

from tsunagu.contracts.messages import OrderReallocated, PickupCode, PickupCollected
from tsunagu.testing.harness import Harness, only
from tsunagu.testing.traces import everything_stored, found_in

pytestmark = pytest.mark.component

CUSTOMER, RECIPIENT = "card:canarycustomer", "to:canaryrecipient"


async def refs_in(pickup: Harness) -> set[str]:
    """Which of the two stand anywhere in pickup's database."""
    stored = b"\n".join((await everything_stored(pickup.connection)).values())
    return found_in(stored, (CUSTOMER, RECIPIENT))


def confirmed(order: Any) -> Any:
    return order.confirmed().model_copy(update={"customer_ref": CUSTOMER, "recipient_ref": RECIPIENT})


async def test_refs__of_work_that_is_open__stand_until_the_goods_are_handed_over(
    pickup: Harness, a: Any
) -> None:
    order = a.order()
    await pickup.deliver(confirmed(order))
    await pickup.deliver(order.pick())
    open_ = await refs_in(pickup)

    collected = only(await pickup.deliver(order.hand_over()), PickupCollected)

    assert open_ == {CUSTOMER, RECIPIENT}
    assert (collected.customer_ref, collected.recipient_ref) == (CUSTOMER, RECIPIENT)
    assert await refs_in(pickup) == set()


async def test_refs__of_goods_that_go_back_to_the_shelf__stand_until_they_are_there(
    pickup: Harness, a: Any
) -> None:
    order = a.order()
    await pickup.deliver(confirmed(order))
    await pickup.deliver(order.pick())
    await pickup.deliver(order.cancelled())
    assert await refs_in(pickup) == {CUSTOMER, RECIPIENT}

    await pickup.deliver(order.put_away())

    assert await refs_in(pickup) == set()


async def test_code__of_a_recipient_who_was_forgotten__does_not_open_what_is_ready_again_for_another(
    pickup: Harness, a: Any
) -> None:
    order = a.order()
    await pickup.deliver(confirmed(order))
    old = only(await pickup.deliver(order.pick()), PickupCode)
    await pickup.deliver(order.cancelled())
    await pickup.deliver(order.put_away())

    again: OrderReallocated = order.reallocated(*order.allocations(prefix="b"))
    await pickup.deliver(again.model_copy(update={"recipient_ref": "to:another"}))

    rows = await pickup.connection.fetch(
        "SELECT is_replaced FROM pickup_code WHERE work_id = $1", old.order_id
    )
    assert [row["is_replaced"] for row in rows] == [True]
