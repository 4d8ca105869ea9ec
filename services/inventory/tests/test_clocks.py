"""Registers' clocks: the rule by itself, then with receipts on a real PostgreSQL."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.app import SERVICE
from inventory.domain.clocks import ClockFault, ClockRules, RegisterClock, observed
from inventory.metrics import REGISTER_CLOCK_LEAD, REGISTER_CLOCKS_OFF
from inventory.upkeep import count_clocks
from tsunagu.chassis import Runtime
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.contracts import messages as m
from tsunagu.testing.harness import all_of, only

RULES = ClockRules(120.0, timedelta(hours=24), 3, timedelta(seconds=60))
NOON = datetime(2026, 4, 1, 3, tzinfo=UTC)


def after(*receipts: tuple[float, float], clock: RegisterClock | None = None) -> RegisterClock | None:
    """The clock after receipts, each as minutes after noon and the seconds that it took."""
    for minutes, delay in receipts:
        seen = observed(clock, delay, NOON + timedelta(minutes=minutes), RULES)
        clock = seen if seen is not None else clock
    return clock


def fault(clock: RegisterClock | None) -> ClockFault | None:
    assert clock is not None
    return clock.fault


def test_clock__one_receipt_from_the_future__is_fast() -> None:
    clock = after((0, 1), (1, -600), (2, -300))
    assert clock is not None
    assert (clock.fault, clock.off_by_seconds) == ("fast", 600)


def test_clock__receipts_of_one_interval__are_one_look() -> None:
    clock = after((0, 1), (0.5, 1), (2, 1), (2.5, 1), (2.9, 1), (3.1, 1))
    assert clock is not None
    assert (clock.looks, clock.looked_at) == (3, NOON + timedelta(minutes=3.1))


def test_clock__a_little_ahead__is_right() -> None:
    assert fault(after((0, -119))) is None


def test_clock__fast_and_set_right__counts_as_right_after_some_looks_without_a_lead() -> None:
    fast = after((0, -600))
    assert fault(after((2, 1), (4, 1), clock=fast)) is ClockFault.FAST
    assert fault(after((2, 1), (4, -500), (6, 1), (8, 1), clock=fast)) is ClockFault.FAST
    assert fault(after((2, 1), (4, 1), (6, 1), clock=fast)) is None


def test_clock__fast_and_offline__a_late_receipt_does_not_make_it_right() -> None:
    fast = after((0, -600))
    assert fault(after((60, 3_000), (62, 3_000), (64, 3_000), clock=fast)) is ClockFault.FAST


def test_clock__nothing_in_time_for_a_day__is_slow_and_the_first_in_time_ends_it() -> None:
    slow = after(*((minutes, 900 + minutes) for minutes in range(0, 24 * 60 + 1, 60)))
    assert slow is not None
    assert (slow.fault, slow.off_by_seconds) == ("slow", 900)
    assert fault(after((24 * 60 + 0.5, 3), clock=slow)) is None


def test_clock__offline_for_hours_and_then_in_time__is_right() -> None:
    late = [(minutes, 7_200.0) for minutes in range(0, 600, 60)]
    assert fault(after(*late, (600, 2.0), *((m, 7_200.0) for m in range(660, 1_500, 60)))) is None


def test_clock__all_at_closing__is_no_slow_clock() -> None:
    at_closing = [(day * 24 * 60 + seconds / 60, 3_000.0) for day in range(5) for seconds in range(30)]
    assert fault(after(*at_closing)) is None


def test_clock__many_receipts_a_second__a_write_a_minute() -> None:
    clock = after((0, 1.0))
    for seconds in range(1, 60):
        assert observed(clock, 1.0 + seconds % 3, NOON + timedelta(seconds=seconds), RULES) is None
    fast = after((0, -600.0))
    for seconds in range(1, 60):
        assert observed(fast, -600.0 + seconds % 3, NOON + timedelta(seconds=seconds), RULES) is None


@given(
    st.floats(-1_800, 1_800),
    st.lists(st.tuples(st.floats(0.1, 30.0), st.floats(0, 30.0)), min_size=20, max_size=30),
)
def test_clock__off_by_so_much_and_online__is_judged_by_that(
    off_by_seconds: float, receipts: list[tuple[float, float]]
) -> None:
    """Whatever the traffic: what is off by more than the limit and the way together is found, the right is not."""
    clock: RegisterClock | None = None
    now = NOON
    # Days of traffic, without drawing each receipt of them: Hypothesis gives up where that takes long.
    for minutes, way in receipts * 10:
        now += timedelta(minutes=minutes)
        clock = observed(clock, way - off_by_seconds, now, RULES) or clock
    if now - NOON < 2 * RULES.window:
        for minutes in range(0, 3 * 24 * 60, 30):
            clock = observed(clock, -off_by_seconds, now + timedelta(minutes=minutes), RULES) or clock
    # A receipt that took 30 s to come shows a lead that is 30 s smaller.
    if off_by_seconds > 120 + 30:
        assert fault(clock) is ClockFault.FAST
    elif off_by_seconds < -120:
        assert fault(clock) is ClockFault.SLOW
    elif -90 < off_by_seconds <= 120:
        assert fault(clock) is None


@pytest.mark.component
async def test_receipt_from_the_future__a_task_until_the_clock_is_right(world: Any, a: Any) -> None:
    task = only(await world.deliver(a.sale("S1", [("A", 1)], occurred_at=a.now(200))), m.Task)
    assert (task.kind, task.state, task.location_id) == ("register_clock", "open", "S1")
    assert "R1 at S1" in task.subject
    assert "3 minutes ahead" in task.detail
    assert not all_of(await world.deliver(a.void("S1", [("A", 1)], occurred_at=a.now(190))), m.Task)
    assert not all_of(await world.deliver(a.sale("S1", [("A", 1)], register_id="R2")), m.Task)
    tasks: list[m.Task] = []
    for _ in range(6):
        await world.connection.execute(
            "UPDATE register_clock SET looked_at = looked_at - interval '2 minutes'"
        )
        tasks += all_of(await world.deliver(a.till_return("S1", [("A", 1)])), m.Task)
    assert [(t.task_id, t.state) for t in tasks] == [(task.task_id, "done")]


@pytest.mark.component
async def test_receipts_never_in_time_for_a_day__a_task_says_what_else_it_may_be(world: Any, a: Any) -> None:
    tasks: list[m.Task] = []
    for _ in range(26):
        tasks += all_of(await world.deliver(a.sale("S1", [("A", 1)], occurred_at=a.now(-1_900))), m.Task)
        await world.connection.execute(
            "UPDATE register_clock SET looked_at = looked_at - interval '1 hour',"
            " window_from = window_from - interval '1 hour'"
        )
    (task,) = tasks
    assert "32 minutes after its date" in task.detail
    closed = only(await world.deliver(a.sale("S1", [("A", 1)])), m.Task)
    assert (closed.task_id, closed.state) == (task.task_id, "done")


@pytest.mark.component
async def test_clocks__written_by_somebody_else__no_till_waits(world: Any, a: Any) -> None:
    await world.deliver(a.sale("S1", [("A", 1)]))
    other = await asyncpg.connect(world.url)
    try:
        async with other.transaction():
            await other.execute("SELECT FROM register_clock FOR UPDATE")
            await world.connection.execute("SET lock_timeout = 1")  # a wait would fail
            assert not all_of(await world.deliver(a.sale("S1", [("A", 1)], occurred_at=a.now(200))), m.Task)
        task = only(await world.deliver(a.sale("S1", [("A", 1)], occurred_at=a.now(200))), m.Task)
        assert task.kind == "register_clock", "the next one tells as much"
    finally:
        await other.close()


@pytest.mark.component
async def test_gauges__wrong_clocks__are_counted_while_the_registers_are_heard_of(world: Any, a: Any) -> None:
    await world.deliver(
        a.sale("S1", [("A", 1)], occurred_at=a.now(200)),
        a.sale("S2", [("A", 1)], occurred_at=a.now(86_400)),
        a.sale("S3", [("A", 1)]),
    )
    runtime = Runtime(SERVICE, ChassisSettings(database_url=world.url))
    async with asyncpg.create_pool(world.url, min_size=1, max_size=1) as pool:
        runtime.pool = pool
        await count_clocks(runtime)
        assert _gauge(REGISTER_CLOCKS_OFF.labels("fast")) == 2
        assert _gauge(REGISTER_CLOCKS_OFF.labels("slow")) == 0
        assert _gauge(REGISTER_CLOCK_LEAD) == pytest.approx(86_400, abs=60)
        await world.connection.execute(
            "UPDATE register_clock SET looked_at = looked_at - interval '25 hours'"
        )
        await count_clocks(runtime)
        assert (_gauge(REGISTER_CLOCKS_OFF.labels("fast")), _gauge(REGISTER_CLOCK_LEAD)) == (0, 0)


def _gauge(gauge: Any) -> float:
    ((sample,),) = [metric.samples for metric in gauge.collect()]
    return float(sample.value)
