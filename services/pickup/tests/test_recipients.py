"""Who may collect follows the order, whenever it says so."""

from typing import Any

import pytest

from tsunagu.contracts.messages import PickupCollected, PickupReady
from tsunagu.testing.harness import Harness, only

pytestmark = pytest.mark.component


async def test_recipient__changed_before_the_goods_are_ready__is_named_in_the_notice(
    pickup: Harness, a: Any
) -> None:
    order = a.order()
    await pickup.deliver(order.confirmed(), order.recipient_changed("recipient:2"))
    assert only(await pickup.deliver(order.pick()), PickupReady).recipient_ref == "recipient:2"


async def test_recipient__taken_back_while_the_goods_wait__is_not_named_any_more(
    pickup: Harness, a: Any
) -> None:
    order = a.order()
    await pickup.deliver(order.confirmed(), order.recipient_changed("recipient:2"))
    await pickup.deliver(order.pick())
    assert await pickup.deliver(order.recipient_changed(None)) == []
    assert only(await pickup.deliver(order.hand_over()), PickupCollected).recipient_ref is None


async def test_recipient__changed_before_pickup_knows_the_order__the_confirmation_names_them(
    pickup: Harness, a: Any
) -> None:
    order = a.order()
    assert await pickup.deliver(order.recipient_changed("recipient:2")) == []
    confirmed = order.confirmed().model_copy(update={"recipient_ref": "recipient:2"})
    await pickup.deliver(confirmed)
    assert only(await pickup.deliver(order.pick()), PickupReady).recipient_ref == "recipient:2"
