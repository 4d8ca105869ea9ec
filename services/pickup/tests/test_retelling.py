"""For the day on which Kafka is gone: tasks, capacities and shipments are told as they were, codes are new."""

from typing import Any

import pytest

from pickup.domain.codes import code_hash
from pickup.retelling import open_keys
from tsunagu.contracts.envelope import decode
from tsunagu.contracts.messages import CommandRefused, PickupCode, PickupCollected
from tsunagu.contracts.topics import PICKUP_CODES
from tsunagu.testing.harness import Harness, only
from tsunagu.testing.retold import assert_state_is_retold

pytestmark = pytest.mark.component


async def test_retelling__works_in_many_states__its_state_is_what_it_was(pickup: Harness, a: Any) -> None:
    asked, ready, collected, moved, cancelled = (
        a.order(), a.order(skus=("SHIRT", "SHOE")), a.order(), a.order(source=a.other), a.order(),
    )  # fmt: skip
    for order in (asked, ready, collected, moved, cancelled):
        await pickup.deliver(order.confirmed())
    await pickup.deliver(ready.pick(0), ready.pick(1), collected.pick(), moved.pick())
    await pickup.deliver(collected.hand_over())
    await pickup.deliver(cancelled.cancel_requested())
    await pickup.deliver(cancelled.cancelled())
    waves = a.take(), a.take(kind="put_away")
    await pickup.deliver(*waves)
    await pickup.deliver(a.release(waves[1]))
    await pickup.make_due("capacity")
    await pickup.make_due("shipment")

    ids = [order.order_id for order in (asked, ready, collected, moved, cancelled)]
    still_open = {asked.order_id, ready.order_id, moved.order_id}
    assert await open_keys(pickup.connection, [*ids, "a location"]) == still_open
    await assert_state_is_retold(pickup)


async def test_retelling__a_code_that_is_of_use__a_new_one_takes_its_place(pickup: Harness, a: Any) -> None:
    order = a.order()
    await pickup.deliver(order.confirmed())
    old = only(await pickup.deliver(order.pick()), PickupCode)

    told = [outgoing for topic, outgoing in await pickup.retell() if topic == PICKUP_CODES.name]
    new = only([decode(PICKUP_CODES, *outgoing).message for outgoing in told], PickupCode)
    assert (new.order_id, new.valid_until) == (old.order_id, old.valid_until)
    assert new.version > old.version
    assert new.token != old.token

    refused = await pickup.deliver(order.hand_over(code_hash=code_hash(old.token)))
    assert only(refused, CommandRefused).reason == "code_replaced"
    collected = await pickup.deliver(order.hand_over(code_hash=code_hash(new.token)))
    assert only(collected, PickupCollected).order_id == order.order_id


async def test_retelling__told_twice__each_code_has_a_higher_version(pickup: Harness, a: Any) -> None:
    order = a.order()
    await pickup.deliver(order.confirmed())
    versions = [only(await pickup.deliver(order.pick()), PickupCode).version]
    for _ in range(2):
        for topic, outgoing in await pickup.retell():
            if topic == PICKUP_CODES.name:
                code = decode(PICKUP_CODES, *outgoing).message
                assert isinstance(code, PickupCode)
                versions.append(code.version)
    assert versions == [1, 2, 3]
