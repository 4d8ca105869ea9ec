"""Cancel or handover: pickup holds the row and decides, once."""

from typing import Any

import pytest

from tsunagu.contracts.messages import (
    CancelRefused,
    CommandRefused,
    PickCancelled,
    PickupCode,
    PickupCollected,
    PutAwayCompleted,
    Task,
    TransferCancelled,
    TransferPlanned,
    TransferReceived,
)
from tsunagu.contracts.values import PickedState, TaskState
from tsunagu.testing.harness import Harness, all_of, only

pytestmark = pytest.mark.component


async def test_cancel__before_anything_is_picked__ends_the_pick_list(pickup: Harness, a: Any) -> None:
    order = a.order(quantity=2)
    await pickup.deliver(order.confirmed())
    out = await pickup.deliver(order.cancel_requested())
    cancelled = only(out, PickCancelled)
    assert [(line.quantity, line.state, line.location_id) for line in cancelled.lines] == [
        (2, PickedState.NOT_PICKED, a.shop)
    ]
    assert only(out, Task).state is TaskState.CANCELLED


async def test_cancel__of_staged_goods__they_are_put_away_once_the_order_says_so(
    pickup: Harness, a: Any
) -> None:
    order = a.order()
    await pickup.deliver(order.confirmed())
    await pickup.deliver(order.pick())
    request = order.cancel_requested()
    out = await pickup.deliver(request)
    assert [line.state for line in only(out, PickCancelled).lines] == [PickedState.STAGED]
    assert [(task.kind, task.state) for task in all_of(out, Task)] == [("hand_over", TaskState.CANCELLED)]
    task = only(await pickup.deliver(order.cancelled(request.cancel_id)), Task)
    assert task.kind == "put_away"
    done = await pickup.deliver(order.put_away(task_id=task.task_id))
    assert only(done, PutAwayCompleted).task_id == task.task_id
    assert only(done, Task).state is TaskState.DONE


async def test_cancel__then_handover_with_the_code__the_handover_is_refused(pickup: Harness, a: Any) -> None:
    order = a.order()
    await pickup.deliver(order.confirmed())
    await pickup.deliver(order.pick())
    only(await pickup.deliver(order.cancel_requested()), PickCancelled)
    assert only(await pickup.deliver(order.hand_over()), CommandRefused).reason == "closed"


async def test_handover__then_cancel__it_is_too_late(pickup: Harness, a: Any) -> None:
    order = a.order()
    await pickup.deliver(order.confirmed())
    await pickup.deliver(order.pick())
    only(await pickup.deliver(order.hand_over()), PickupCollected)
    out = await pickup.deliver(order.cancel_requested())
    assert [line.quantity for line in only(out, CancelRefused).lines] == [1]
    assert not all_of(out, PickCancelled)


async def test_cancel__of_a_line_that_is_partly_collected__each_piece_has_one_answer(
    pickup: Harness, a: Any
) -> None:
    order = a.order(quantity=3)
    await pickup.deliver(order.confirmed())
    await pickup.deliver(order.pick())
    collected = await pickup.deliver(order.hand_over(lines=({"line_id": "l1", "quantity": 1},)))
    assert only(collected, PickupCollected).lines[0].quantity == 1
    out = await pickup.deliver(order.cancel_requested())
    assert only(out, CancelRefused).lines[0].quantity == 1
    assert only(out, PickCancelled).lines[0].quantity == 2
    # The order takes the refusal first: what is let go is then all that is left of its request.
    assert [type(message) for message in out if isinstance(message, CancelRefused | PickCancelled)] == [
        CancelRefused,
        PickCancelled,
    ]


async def test_offline_handover__after_the_cancel__is_booked_after_close_and_the_put_away_task_ends(
    pickup: Harness, a: Any
) -> None:
    order = a.order()
    await pickup.deliver(order.confirmed())
    await pickup.deliver(order.pick())
    await pickup.deliver(order.cancel_requested())
    await pickup.deliver(order.cancelled())
    out = await pickup.deliver(order.hand_over(done_offline=True))
    collected = only(out, PickupCollected)
    assert collected.after_close
    assert [line.quantity for line in collected.lines] == [1]
    assert only(out, Task).state is TaskState.CANCELLED


async def test_till_line__of_a_cancelled_order__is_booked_after_close(pickup: Harness, a: Any) -> None:
    order = a.order()
    await pickup.deliver(order.confirmed())
    await pickup.deliver(order.cancelled())
    collected = only(await pickup.deliver(order.receipt()), PickupCollected)
    assert collected.after_close
    assert [line.amount_jpy for line in collected.lines] == [1100]


async def test_till_line__of_an_order_that_was_never_confirmed__is_booked_after_close(
    pickup: Harness, a: Any
) -> None:
    order = a.order()
    await pickup.deliver(order.cancelled())
    assert only(await pickup.deliver(order.receipt()), PickupCollected).after_close


async def test_cancel__while_the_goods_travel__they_arrive_free(pickup: Harness, a: Any) -> None:
    order = a.order(source=a.other)
    planned = only(await pickup.deliver(order.confirmed()), TransferPlanned)
    await pickup.deliver(order.pick())
    await pickup.deliver(order.ship(planned.transfer_id))
    out = await pickup.deliver(order.cancel_requested())
    assert [line.state for line in only(out, PickCancelled).lines] == [PickedState.IN_TRANSIT]
    await pickup.deliver(order.cancelled())
    arrived = await pickup.deliver(order.receive(planned.transfer_id))
    only(arrived, TransferReceived)
    assert {(task.kind, task.state) for task in all_of(arrived, Task)} == {
        ("receive_transfer", TaskState.DONE)
    }


async def test_cancel__before_the_transfer_leaves__there_is_nothing_to_send(pickup: Harness, a: Any) -> None:
    order = a.order(source=a.other)
    planned = only(await pickup.deliver(order.confirmed()), TransferPlanned)
    out = await pickup.deliver(order.cancel_requested())
    assert only(out, TransferCancelled).transfer_id == planned.transfer_id


async def test_code__once_nothing_waits_any_more__is_deleted(pickup: Harness, a: Any) -> None:
    order = a.order()
    await pickup.deliver(order.confirmed())
    only(await pickup.deliver(order.pick()), PickupCode)
    await pickup.deliver_records(*a.records(order.hand_over()))
    [code] = [outgoing for topic, outgoing in await pickup.outbox() if topic == "pickup.codes"]
    assert (code.key.decode(), code.value) == (order.order_id, None)


async def test_code__is_kept_as_a_salted_hash_only(pickup: Harness, a: Any) -> None:
    order = a.order()
    await pickup.deliver(order.confirmed())
    code = only(await pickup.deliver(order.pick()), PickupCode)
    tables = await pickup.connection.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    for table in tables:
        text = await pickup.connection.fetchval(f'SELECT string_agg(t::text, chr(10)) FROM "{table[0]}" AS t')
        assert code.token not in (text or "")
        assert f'"{code.digits}"' not in (text or "")
