"""Waves: taken by whoever is there, walked as one list, confirmed per line and order, given back."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from pickup.app import SERVICE
from pickup.settings import settings
from tsunagu.chassis import KeysMoved
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import (
    AssignTask,
    CommandAccepted,
    CommandRefused,
    PickCompleted,
    StartTask,
    TakeWave,
    Task,
)
from tsunagu.contracts.topics import ORDER_EVENTS, PICKUP_COMMANDS
from tsunagu.contracts.values import TaskState
from tsunagu.testing.harness import Harness, all_of, harness, only, record_of

pytestmark = [pytest.mark.component, pytest.mark.wide]


def now() -> datetime:
    return datetime.now(UTC)


def listed(messages: list[Message], wave: TakeWave) -> Task:
    """The wave's list, as it was said last."""
    return [each for each in all_of(messages, Task) if each.task_id == wave.wave_id][-1]


def members(messages: list[Message], wave: TakeWave) -> dict[str | None, Task]:
    """The tasks that were said to be in the wave, by order, as they were said last."""
    return {each.order_id: each for each in all_of(messages, Task) if each.parent_id == wave.wave_id}


async def test_take__several_orders__are_one_list_in_walking_order(pickup: Harness, a: Any) -> None:
    first, second = a.order(skus=("SHIRT", "SHOE")), a.order(skus=("HAT", "SHIRT"), quantity=2)
    await pickup.deliver(first.confirmed(), second.confirmed())
    wave = a.take()
    out = await pickup.deliver(wave)
    only(out, CommandAccepted)
    shown = listed(out, wave)
    assert (shown.kind, shown.state, shown.owner) == ("pick_wave", TaskState.STARTED, "staff:7")
    assert [line.sku for line in shown.lines] == ["SHOE", "SHIRT", "SHIRT", "HAT"]
    assert {(line.order_id, line.sku, line.quantity) for line in shown.lines} == {
        (first.order_id, "SHOE", 1),
        (first.order_id, "SHIRT", 1),
        (second.order_id, "SHIRT", 2),
        (second.order_id, "HAT", 2),
    }
    tasks = members(out, wave)
    assert set(tasks) == {first.order_id, second.order_id}
    assert {(task.owner, task.state) for task in tasks.values()} == {("staff:7", TaskState.STARTED)}
    assert {line.task_id for line in shown.lines} == {task.task_id for task in tasks.values()}


async def test_take__more_orders_than_a_wave_has_room_for__takes_the_most_urgent(
    pickup: Harness, a: Any
) -> None:
    later, urgent, soon = a.order(), a.order(), a.order()
    for order, minutes in ((later, 40), (urgent, 20), (soon, 30)):
        await pickup.deliver(
            order.confirmed().model_copy(update={"ready_by": now() + timedelta(minutes=minutes)})
        )
    wave = a.take(tasks_max=2)
    assert set(members(await pickup.deliver(wave), wave)) == {urgent.order_id, soon.order_id}
    rest = a.take(tasks_max=2)
    assert set(members(await pickup.deliver(rest), rest)) == {later.order_id}


async def test_take__what_is_due_much_later__is_left_for_another_wave(pickup: Harness, a: Any) -> None:
    today, next_week = a.order(), a.order()
    await pickup.deliver(today.confirmed())
    await pickup.deliver(next_week.confirmed().model_copy(update={"ready_by": now() + timedelta(days=7)}))
    wave, other = a.take(), a.take()
    assert set(members(await pickup.deliver(wave), wave)) == {today.order_id}
    assert set(members(await pickup.deliver(other), other)) == {next_week.order_id}


async def test_take__nothing_to_do__is_refused(pickup: Harness, a: Any) -> None:
    order = a.order()
    await pickup.deliver(order.confirmed())
    for wave in (a.take(a.other), a.take(kind="put_away")):
        assert only(await pickup.deliver(wave), CommandRefused).reason == "nothing_to_do"


async def test_take__under_the_id_of_an_order__is_refused(pickup: Harness, a: Any) -> None:
    order, other = a.order(), a.order()
    await pickup.deliver(order.confirmed(), other.confirmed())
    refused = await pickup.deliver(a.take(wave_id=order.order_id))
    assert only(refused, CommandRefused).reason == "id_taken"
    assert only(await pickup.deliver(order.pick()), PickCompleted).order_id == order.order_id


async def test_take__two_in_one_batch__share_no_task(pickup: Harness, a: Any) -> None:
    orders = [a.order() for _ in range(3)]
    await pickup.deliver(*(order.confirmed() for order in orders))
    waves = [a.take(tasks_max=2), a.take(tasks_max=2), a.take(tasks_max=2)]
    out = await pickup.deliver(*waves)
    taken = [set(members(out, wave)) for wave in waves]
    assert [len(each) for each in taken] == [2, 1, 0]
    assert taken[0] | taken[1] == {order.order_id for order in orders}
    assert only(out, CommandRefused).command_id == waves[2].wave_id


async def test_pick__of_a_wave__is_confirmed_per_order_and_the_list_shrinks(pickup: Harness, a: Any) -> None:
    first, second = a.order(skus=("SHIRT", "SHOE")), a.order()
    await pickup.deliver(first.confirmed(), second.confirmed())
    wave = a.take()
    await pickup.deliver(wave)
    picked = await pickup.deliver(first.pick(0))
    assert only(picked, PickCompleted).order_id == first.order_id
    left = listed(await pickup.make_due("wave"), wave)
    assert [(line.order_id, line.sku) for line in left.lines] == [
        (first.order_id, "SHOE"),
        (second.order_id, "SHIRT"),
    ]


async def test_wave__all_of_it_done__ends_and_shares_its_minutes(pickup: Harness, a: Any) -> None:
    began = now() - timedelta(minutes=30)
    small, large = a.order(), a.order(skus=("SHIRT", "SHOE"))
    await pickup.deliver(small.confirmed(), large.confirmed())
    wave = a.take(occurred_at=began)
    await pickup.deliver(wave)
    out = await pickup.deliver(
        small.pick(occurred_at=began + timedelta(minutes=4)),
        large.pick(0, occurred_at=began + timedelta(minutes=5)),
        large.pick(1, occurred_at=began + timedelta(minutes=10)),
    )
    assert {(task.state, task.minutes) for task in members(out, wave).values()} == {(TaskState.DONE, None)}
    out = await pickup.make_due("wave")
    minutes = {order_id: task.minutes for order_id, task in members(out, wave).items()}
    assert minutes == {small.order_id: pytest.approx(3.333), large.order_id: pytest.approx(6.667)}
    shown = listed(out, wave)
    assert (shown.state, shown.minutes) == (TaskState.DONE, None)
    assert shown.ended_at == began + timedelta(minutes=10)
    assert not all_of(await pickup.make_due("wave_idle"), Task)


async def test_wave__an_order_is_cancelled__it_leaves_and_the_others_stay(pickup: Harness, a: Any) -> None:
    cancelled, kept = a.order(), a.order(skus=("SHOE",))
    await pickup.deliver(cancelled.confirmed(), kept.confirmed())
    wave = a.take()
    await pickup.deliver(wave)
    out = await pickup.deliver(cancelled.cancel_requested())
    assert members(out, wave)[cancelled.order_id].state is TaskState.CANCELLED
    shown = listed(await pickup.make_due("wave"), wave)
    assert [line.order_id for line in shown.lines] == [kept.order_id]
    assert shown.state is TaskState.STARTED


async def test_wave__all_its_orders_are_cancelled__is_cancelled(pickup: Harness, a: Any) -> None:
    order = a.order()
    await pickup.deliver(order.confirmed())
    wave = a.take()
    await pickup.deliver(wave)
    await pickup.deliver(order.cancel_requested())
    assert listed(await pickup.make_due("wave"), wave).state is TaskState.CANCELLED


async def test_release__a_wave_half_done__gives_back_the_rest(pickup: Harness, a: Any) -> None:
    began = now() - timedelta(minutes=30)
    done, open_still = a.order(), a.order(skus=("SHIRT", "SHOE"))
    await pickup.deliver(done.confirmed(), open_still.confirmed())
    wave = a.take(occurred_at=began)
    await pickup.deliver(wave)
    await pickup.deliver(done.pick(occurred_at=began + timedelta(minutes=6)), open_still.pick(0))
    out = await pickup.deliver(a.release(wave))
    only(out, CommandAccepted)
    assert members(out, wave)[done.order_id].minutes == 6
    [back] = [task for task in all_of(out, Task) if task.order_id == open_still.order_id]
    assert (back.parent_id, back.owner, back.state, back.started_at) == (None, a.shop, TaskState.OPEN, None)
    assert listed(out, wave).state is TaskState.DONE
    again = a.take(owner="staff:8")
    shown = listed(await pickup.deliver(again), again)
    assert [(line.order_id, line.sku) for line in shown.lines] == [(open_still.order_id, "SHOE")]


async def test_release__of_a_wave_that_is_not_there__is_refused(pickup: Harness, a: Any) -> None:
    order = a.order()
    await pickup.deliver(order.confirmed())
    wave = a.take()
    await pickup.deliver(wave)
    elsewhere = await pickup.deliver(a.release(wave, location_id=a.other))
    assert only(elsewhere, CommandRefused).reason == "unknown_wave"
    assert only(await pickup.deliver(a.release(a.take())), CommandRefused).reason == "unknown_wave"
    await pickup.deliver(a.release(wave))
    assert only(await pickup.deliver(a.release(wave)), CommandRefused).reason == "wave_ended"


async def test_wave__left_alone__is_given_back_and_a_scan_puts_that_off(pickup: Harness, a: Any) -> None:
    def left_alone() -> float | None:
        return REGISTRY.get_sample_value("tsunagu_pickup_waves_ended_total", {"how": "left_alone"})

    before = left_alone()
    assert (
        before is not None
    )  # the series is there before any is left alone, or its first rise would be no increase
    picked, left = a.order(), a.order()
    await pickup.deliver(picked.confirmed(), left.confirmed())
    wave = a.take()
    await pickup.deliver(wave)
    first = await pickup.connection.fetchval("SELECT due_at FROM due_work WHERE kind = 'wave_idle'")
    await pickup.deliver(picked.pick())
    await pickup.make_due("wave")
    later = await pickup.connection.fetchval("SELECT due_at FROM due_work WHERE kind = 'wave_idle'")
    assert later > first
    out = await pickup.make_due("wave_idle")
    [back] = [task for task in all_of(out, Task) if task.order_id == left.order_id]
    assert (back.parent_id, back.state) == (None, TaskState.OPEN)
    assert listed(out, wave).state is TaskState.DONE
    assert first - now() < timedelta(minutes=settings().wave_idle_minutes)
    assert left_alone() == before + 1


async def test_assign__a_task_of_a_wave__takes_it_out(pickup: Harness, a: Any) -> None:
    moved, kept = a.order(), a.order(skus=("SHOE",))
    await pickup.deliver(moved.confirmed(), kept.confirmed())
    wave = a.take()
    task = members(await pickup.deliver(wave), wave)[moved.order_id]
    assignment = AssignTask(
        assignment_id=uuid7(),
        task_id=task.task_id,
        location_id=a.shop,
        order_id=moved.order_id,
        owner="staff:9",
        occurred_at=now(),
    )
    assigned = a.task(await pickup.deliver(assignment), "pick")
    assert (assigned.parent_id, assigned.owner, assigned.state) == (None, "staff:9", TaskState.ASSIGNED)
    shown = listed(await pickup.make_due("wave"), wave)
    assert [line.order_id for line in shown.lines] == [kept.order_id]


async def test_start__a_wave_itself__is_refused(pickup: Harness, a: Any) -> None:
    await pickup.deliver(a.order().confirmed())
    wave = a.take()
    await pickup.deliver(wave)
    start = StartTask(start_id=uuid7(), task_id=wave.wave_id, location_id=a.shop, occurred_at=now())
    assert only(await pickup.deliver(start), CommandRefused).reason == "is_a_wave"


async def test_take__what_dead_orders_left_behind__is_one_put_away_list(pickup: Harness, a: Any) -> None:
    orders = [a.order(), a.order(skus=("SHOE",))]
    for order in orders:
        await pickup.deliver(order.confirmed())
        await pickup.deliver(order.pick())
        await pickup.deliver(order.cancel_requested())
        await pickup.deliver(order.cancelled())
    wave = a.take(kind="put_away")
    out = await pickup.deliver(wave)
    shown = listed(out, wave)
    assert shown.kind == "put_away_wave"
    assert [(line.order_id, line.sku) for line in shown.lines] == [
        (orders[1].order_id, "SHOE"),
        (orders[0].order_id, "SHIRT"),
    ]
    await pickup.deliver(*(order.put_away() for order in orders))
    assert listed(await pickup.make_due("wave"), wave).state is TaskState.DONE


@pytest.mark.parametrize("tasks_max", [1, 2, 3])
async def test_take__two_processes_at_once__no_task_is_taken_twice(
    a: Any, new_database: Any, tasks_max: int
) -> None:
    url = await new_database(SERVICE.migrations)
    async with harness(SERVICE, url) as one, harness(SERVICE, url) as other:
        await one.deliver(*(a.order().confirmed() for _ in range(4)))
        await one.sent()
        waves = [a.take(tasks_max=tasks_max), a.take(tasks_max=tasks_max)]
        await asyncio.gather(
            *(
                _taken_over(process, wave, partition)
                for partition, (process, wave) in enumerate(zip((one, other), waves, strict=True))
            )
        )
        out = await one.sent()
        first, second = (set(members(out, wave)) for wave in waves)
        assert not first & second
        assert len(first | second) == min(4, 2 * tasks_max)


async def test_take__while_an_order_is_cancelled__the_order_is_on_no_list(a: Any, new_database: Any) -> None:
    url = await new_database(SERVICE.migrations)
    async with harness(SERVICE, url) as one, harness(SERVICE, url) as other:
        cancelled, kept = a.order(), a.order(skus=("SHOE",))
        await one.deliver(cancelled.confirmed(), kept.confirmed())
        wave = a.take()
        await asyncio.gather(
            _taken_over(one, wave, 0),
            other.deliver_records(ORDER_EVENTS, [record_of(cancelled.cancel_requested())], partition=1),
        )
        out = [*await one.sent(), *await one.make_due("wave")]
        assert [line.order_id for line in listed(out, wave).lines] == [kept.order_id]
        ended = await one.connection.fetchval(
            "SELECT state FROM task WHERE work_id = $1 AND kind = 'pick'", cancelled.order_id
        )
        assert ended == TaskState.CANCELLED


async def _taken_over(process: Harness, wave: TakeWave, partition: int) -> None:
    """Deliver it as a consumer does: once more where its rows moved."""
    while True:
        with suppress(KeysMoved):
            await process.deliver_records(PICKUP_COMMANDS, [record_of(wave)], partition=partition)
            return
