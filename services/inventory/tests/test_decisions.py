"""Rules of sourcing and of breaking promises at work, on a real PostgreSQL."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest

from inventory.settings import settings
from inventory.store.reliability import weigh_notes
from tsunagu.contracts import messages as m
from tsunagu.contracts.values import JAPAN, CapacitySlot
from tsunagu.testing.harness import all_of, only

pytestmark = [pytest.mark.component, pytest.mark.wide]


def capacity(a: Any, location_id: str, *, is_open: bool = True, today: float = 600.0) -> m.PickCapacity:
    midnight = datetime.combine(a.now().astimezone(JAPAN).date() + timedelta(days=1), time(), JAPAN)
    ahead = (
        CapacitySlot(until=midnight, minutes_left=today),
        CapacitySlot(until=midnight + timedelta(days=1), minutes_left=600.0),
    )
    return m.PickCapacity(
        location_id=location_id, version=1, open=is_open, minutes_left_today=today, minutes_left_this_hour=today,
        as_of=a.now(), ahead=ahead,
    )  # fmt: skip


async def silent(world: Any, location_id: str, hours: float) -> None:
    """A location's systems have said nothing for so long."""
    await world.connection.execute(
        "UPDATE feed SET last_seen_at = last_seen_at - $2::interval WHERE location_id = $1",
        location_id,
        timedelta(hours=hours),
    )


def days_from_now(a: Any, days: int) -> tuple[Any, ...]:
    """Today and the days after it, in Japan."""
    today = a.now().astimezone(JAPAN).date()
    return tuple(today + timedelta(days=n) for n in range(days))


# Who is not asked


@pytest.mark.parametrize("reason", ["closed", "paused", "stale_feed", "full_today"])
async def test_source__the_nearest_is_excluded__the_next_gives_it_and_the_reason_is_told(
    world: Any, a: Any, reason: str
) -> None:
    await world.deliver(a.stocked("S2", A=5), a.stocked("S3", A=5))
    match reason:
        case "closed":
            await world.deliver(a.location("S2", north=1, version=2, closed_dates=days_from_now(a, 9)))
        case "paused":
            await world.deliver(capacity(a, "S2", is_open=False))
        case "stale_feed":
            await silent(world, "S2", 49)
        case "full_today":
            await world.deliver(capacity(a, "S2", today=1.0))
    reserved = only(await world.settle(a.order([("A", 1)])), m.StockReserved)
    assert [x.location_id for x in reserved.allocations] == ["S3"]
    assert reserved.decisions is not None
    (decision,) = reserved.decisions
    assert [(x.reason, x.count, x.location_ids) for x in decision.excluded] == [(reason, 1, ("S2",))]
    assert (decision.location_id, decision.locations_seen) == ("S1", 2)
    assert f"not asked, {reason}: 1 (S2)" in reserved.explanation


async def test_source__over_todays_capacity_and_nothing_else_has_it__tomorrow(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S2", A=5), capacity(a, "S2", today=1.0))
    reserved = only(await world.settle(a.order([("A", 1)])), m.StockReserved)
    assert [x.location_id for x in reserved.allocations] == ["S2"]
    assert reserved.decisions is not None
    assert reserved.decisions[0].last_resorts == ("S2",)
    assert reserved.ready_by.astimezone(JAPAN).date() > a.now().astimezone(JAPAN).date()


async def test_source__a_rule_is_switched_off__the_nearest_gives_it(world: Any, a: Any, setting: Any) -> None:
    setting("SOURCING_EXCLUSIONS", '["closed", "paused"]')
    await world.deliver(a.stocked("S2", A=5), a.stocked("S3", A=5))
    await silent(world, "S2", 49)
    reserved = only(await world.settle(a.order([("A", 1)])), m.StockReserved)
    assert [x.location_id for x in reserved.allocations] == ["S2"]


async def test_source__only_excluded_locations_have_it__rejected_with_the_reasons(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S2", A=5))
    await silent(world, "S2", 49)
    rejected = only(await world.settle(a.order([("A", 1)])), m.StockRejected)
    assert rejected.reason == "out_of_stock"
    assert rejected.decisions is not None
    assert rejected.decisions[0].decided_by == "not_enough"
    assert [x.reason for x in rejected.decisions[0].excluded] == ["stale_feed"]


async def test_place__own_pickup_store_is_silent__promised_from_its_shelf_all_the_same(
    world: Any, a: Any
) -> None:
    await world.deliver(a.stocked("S1", A=1, B=1), a.stocked("S2", C=1))
    await silent(world, "S1", 999)
    direct = only(await world.deliver(a.order([("A", 1)])), m.StockReserved)
    assert [x.location_id for x in direct.allocations] == ["S1"]
    assert direct.decisions is None
    both = only(await world.settle(a.order([("B", 1), ("C", 1)])), m.StockReserved)
    assert {(x.sku, x.location_id) for x in both.allocations} == {("B", "S1"), ("C", "S2")}


async def test_source__a_warehouse_without_tills_is_silent__asked_all_the_same(world: Any, a: Any) -> None:
    await world.deliver(a.location("W1", kind="warehouse", north=5), a.lane("W1", "S1"), a.stocked("W1", A=1))
    await silent(world, "W1", 999)
    reserved = only(await world.settle(a.order([("A", 1)])), m.StockReserved)
    assert [x.location_id for x in reserved.allocations] == ["W1"]


async def test_source__all_the_nearest_are_excluded__looked_for_further_away(
    world: Any, a: Any, setting: Any
) -> None:
    setting("SOURCES_CONSIDERED_MAX", "1")
    await world.deliver(a.stocked("S2", A=5), a.stocked("S3", A=5), capacity(a, "S2", is_open=False))
    reserved = only(await world.settle(a.order([("A", 1)])), m.StockReserved)
    assert [x.location_id for x in reserved.allocations] == ["S3"]
    assert reserved.decisions is not None
    assert [(x.reason, x.location_ids) for x in reserved.decisions[0].excluded] == [("paused", ("S2",))]


async def test_source__may_not_be_split__rejected(world: Any, a: Any, setting: Any) -> None:
    setting("SPLIT_LOCATIONS_MAX", "1")
    await world.deliver(a.stocked("S2", A=1), a.stocked("S3", A=1))
    assert only(await world.settle(a.order([("A", 2)])), m.StockRejected).reason == "out_of_stock"


# Who is asked first


async def test_source__two_have_it__told_why_one_came_before_the_other(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S2", A=5), a.stocked("S3", A=5))
    reserved = only(await world.settle(a.order([("A", 1)])), m.StockReserved)
    assert reserved.decisions is not None
    (decision,) = reserved.decisions
    assert decision.decided_by == "distance"
    assert decision.over_next is not None
    assert decision.over_next.location_id == "S3"
    assert [(x.location_id, x.distance_km) for x in decision.locations] == [("S2", 1.1)]
    assert "S2 (1.1 km)" in reserved.explanation
    assert "before S3 by distance: 1.1 km against 2.2 km" in reserved.explanation


async def pick_at_s2(world: Any, a: Any, sku: str, *, found: int, short: int) -> None:
    """So many picks at S2 of one piece each that found the goods, and so many that did not."""
    orders = [a.order([(sku, 1)], at="S2") for _ in range(found + short)]
    reserved = all_of(await world.deliver(*orders), m.StockReserved)
    picks = [a.picked(one.order_id, one.allocations[0]) for one in reserved[:found]]
    shorts = [a.shorted(one.order_id, one.allocations[0], 1, "unreachable") for one in reserved[found:]]
    await world.settle(*picks, *shorts)


async def test_source__the_nearest_often_lacks_what_it_shows__a_neighbour_comes_first(
    world: Any, a: Any
) -> None:
    await world.deliver(a.stocked("S2", A=9, B=90), a.stocked("S3", A=9))
    await pick_at_s2(world, a, "B", found=10, short=2)
    await weigh_notes(world.connection, a.now())
    by_chance = only(await world.settle(a.order([("A", 1)], at="S1")), m.StockReserved)
    assert [x.location_id for x in by_chance.allocations] == ["S2"]
    await pick_at_s2(world, a, "B", found=10, short=20)
    await weigh_notes(world.connection, a.now())
    reserved = only(await world.settle(a.order([("A", 1)], at="S1")), m.StockReserved)
    assert [x.location_id for x in reserved.allocations] == ["S3"]
    assert reserved.decisions is not None
    assert reserved.decisions[0].decided_by == "reliability"
    assert "before S2 by reliability: usual against" in reserved.explanation


async def test_reliability__picks_and_counts__weighed_once_and_fading(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S2", A=9, B=90))
    await pick_at_s2(world, a, "B", found=8, short=4)
    counted = a.count("S2", {"A": 9}, scope="shelf")
    await world.deliver(counted)
    start = a.now()
    assert await weigh_notes(world.connection, start) == 1
    assert await weigh_notes(world.connection, start) == 0
    row = await world.connection.fetchrow("SELECT * FROM reliability")
    assert (row["location_id"], row["found"], row["short"]) == ("S2", 8.0, 4.0)
    assert row["last_counted_at"] == counted.counted_at
    await pick_at_s2(world, a, "B", found=1, short=0)
    await weigh_notes(world.connection, start + timedelta(days=settings().reliability_half_life_days))
    row = await world.connection.fetchrow("SELECT * FROM reliability")
    assert (row["found"], row["short"]) == (pytest.approx(5.0), pytest.approx(2.0))
    assert row["last_counted_at"] == counted.counted_at, "what is only picked has not been counted"


async def test_reliability__a_count_that_waits_for_approval__counts_once_it_is_approved(
    world: Any, a: Any
) -> None:
    await world.deliver(a.stocked("S2", A=500))
    count = a.count("S2", {"A": 1})
    await world.deliver(count)
    await weigh_notes(world.connection, a.now())
    assert await world.connection.fetchval("SELECT count(*) FROM reliability") == 0
    await world.deliver(
        m.ApproveCount(
            approval_id="AP1", count_id=count.count_id, location_id="S2", approved=True, occurred_at=a.now()
        )
    )
    await weigh_notes(world.connection, a.now())
    assert await world.connection.fetchval("SELECT last_counted_at FROM reliability") == count.counted_at


# Holidays


async def test_ready_by__own_store_has_a_holiday__the_day_after(world: Any, a: Any) -> None:
    await world.deliver(a.location("S1", version=2, closed_dates=days_from_now(a, 2)), a.stocked("S1", A=1))
    reserved = only(await world.deliver(a.order([("A", 1)])), m.StockReserved)
    assert reserved.ready_by.astimezone(JAPAN).date() == days_from_now(a, 3)[2]


async def test_ready_by__source_has_a_holiday__later_by_that_much(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S2", A=2))
    before = only(await world.settle(a.order([("A", 1)])), m.StockReserved).ready_by
    holidays = days_from_now(a, 3)
    await world.deliver(a.location("S2", north=1, version=2, closed_dates=holidays))
    after = only(await world.settle(a.order([("A", 1)])), m.StockReserved).ready_by
    first_departure = holidays[-1] + timedelta(days=1)
    assert after.astimezone(JAPAN).date() == first_departure + timedelta(days=1)
    assert after > before
    await world.deliver(a.location("S2", north=1, version=3))
    assert await world.connection.fetchval("SELECT closed_on FROM location WHERE location_id = 'S2'") == []


# Which promise breaks


async def breaks(world: Any, a: Any, pieces: int = 1) -> list[m.PromiseBroken]:
    """A late sale takes pieces of A that S1 has promised, and nothing else is done yet but to name who goes."""
    out = await world.settle(a.sale("S1", [("A", pieces)]))
    return all_of(out, m.PromiseBroken)


async def test_break__default_rule__what_can_be_had_elsewhere_breaks_before_the_newer_that_cannot(
    world: Any, a: Any
) -> None:
    """S1 and S4 are far from each other's lanes: only who is served at S1 can have it from S2."""
    await world.deliver(a.location("S4", north=3), a.lane("S1", "S4"), a.stocked("S1", A=2))
    movable, stuck = a.order([("A", 1)]), a.order([("A", 1)], at="S4")
    await world.settle(movable)
    await world.settle(stuck)
    await world.deliver(a.stocked("S2", A=1))
    out = await world.settle(a.sale("S1", [("A", 1)]))
    broken = only(out, m.PromiseBroken)
    assert broken.order_id == movable.order_id
    again = only(out, m.StockReserved)
    assert (again.order_id, again.allocations[0].location_id) == (movable.order_id, "S2")
    kinds = [type(one) for one in out if isinstance(one, (m.PromiseBroken, m.StockReserved))]
    assert kinds == [m.PromiseBroken, m.StockReserved]
    decision = broken.decision
    assert decision is not None
    assert decision.rule == ("not_picked", "cheapest_to_move", "newest_first")
    assert (decision.candidates, decision.pieces) == (2, 1)
    (why,) = decision.promises
    assert why.allocation_id == broken.allocations[0].allocation_id
    values = {reason.criterion: reason.value for reason in why.reasons}
    assert values["cheapest_to_move"] == "all of it is 1.1 km away"


async def test_break__default_rule__the_nearest_elsewhere_goes_first(world: Any, a: Any) -> None:
    await world.deliver(
        a.location("S4", north=9), a.lane("S1", "S4"), a.lane("S3", "S4"), a.stocked("S1", A=2)
    )
    near, far = a.order([("A", 1)]), a.order([("A", 1)], at="S4")
    await world.settle(near)
    await world.settle(far)
    await world.deliver(a.stocked("S3", A=5))
    (broken,) = await breaks(world, a)
    assert broken.order_id == near.order_id


async def test_break__pickup_store_has_it_itself_by_now__costs_nothing_to_move(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=2), a.stocked("S3", A=1))
    at_s2, at_s1 = a.order([("A", 2)], at="S2"), a.order([("B", 1)])
    await world.settle(at_s2)
    await world.settle(at_s1)
    await world.deliver(a.stocked("S2", A=2))
    (broken,) = await breaks(world, a, 2)
    assert broken.decision is not None
    values = {reason.criterion: reason.value for reason in broken.decision.promises[0].reasons}
    assert values["cheapest_to_move"] == "all of it is 0.0 km away"


async def test_break__elsewhere_may_not_be_asked__counts_as_nowhere_else(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=1), a.stocked("S2", A=5), a.order([("A", 1)]))
    await silent(world, "S2", 49)
    (broken,) = await breaks(world, a)
    assert broken.decision is not None
    values = {reason.criterion: reason.value for reason in broken.decision.promises[0].reasons}
    assert values["cheapest_to_move"] == "nowhere else"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ('["not_picked", "largest_first"]', "large"),
        ('["not_picked", "partial_first"]', "partial"),
        ('["not_picked", "prepaid_last"]', "unpaid"),
        ('["not_picked", "newest_first"]', "new"),
        ('["not_picked"]', "new"),
    ],
)
async def test_break__another_rule_is_set__another_promise_breaks(
    world: Any, a: Any, setting: Any, rule: str, expected: str
) -> None:
    setting("BREAK_RULE", rule)
    await world.deliver(a.stocked("S1", A=6))
    orders = {
        "unpaid": a.order([("A", 1)], payment="at_pickup"),
        "large": a.order([("A", 3)]),
        "partial": a.order([("A", 1)], allow_partial=True),
        "new": a.order([("A", 1)]),
    }
    for order in orders.values():
        await world.deliver(order)
    (broken,) = await breaks(world, a)
    assert broken.order_id == orders[expected].order_id
    assert sum(x.quantity for x in broken.allocations) == 1, "as much as is uncovered, and no more"
    assert broken.decision is not None
    told = {reason.criterion: reason.value for reason in broken.decision.promises[0].reasons}
    assert told.get("prepaid_last", "pays at pickup") == "pays at pickup"


async def test_break__more_is_missing_than_one_promise__as_many_as_make_it_up(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=4))
    orders = [a.order([("A", 2)]), a.order([("A", 1)]), a.order([("A", 1)])]
    for order in orders:
        await world.deliver(order)
    broken = await breaks(world, a, 3)
    assert [(x.order_id, x.allocations[0].quantity) for x in broken] == [
        (orders[2].order_id, 1),
        (orders[1].order_id, 1),
        (orders[0].order_id, 1),
    ]
    assert {x.decision.pieces for x in broken if x.decision is not None} == {3}


async def test_break__more_promises_than_are_compared__the_newest_of_them_still_make_it_up(
    world: Any, a: Any, setting: Any
) -> None:
    setting("BREAK_CANDIDATES_MAX", "1")
    await world.deliver(a.stocked("S1", A=4))
    orders = [a.order([("A", 1)]) for _ in range(4)]
    for order in orders:
        await world.deliver(order)
    broken = await breaks(world, a, 2)
    assert {x.order_id for x in broken} == {orders[2].order_id, orders[3].order_id}


async def test_short_pick__the_picker_has_named_the_promise__no_decision_is_told(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=1))
    order = a.order([("A", 1)])
    held = only(await world.deliver(order), m.StockReserved).allocations[0]
    out = await world.settle(a.shorted(order.order_id, held, 1))
    assert only(out, m.PromiseBroken).decision is None


async def test_sale__takes_promised_goods__its_own_transaction_neither_arbitrates_nor_sources(
    world: Any, a: Any
) -> None:
    await world.settle(a.stocked("S1", A=1), a.stocked("S2", A=1), a.order([("A", 1)]))
    asked: list[str] = []

    def note(record: Any) -> None:
        asked.append(record.query)

    world.connection.add_query_logger(note)
    try:
        out = await world.deliver(a.sale("S1", [("A", 1)]))
    finally:
        world.connection.remove_query_logger(note)
    assert not all_of(out, m.PromiseBroken)
    assert not all_of(out, m.StockReserved)
    assert any("stock" in query for query in asked), "the logger sees what the transaction asks"
    tables = ("FROM location", "FROM reliability", "FROM allocation", "FROM orders", "FROM capacity")
    assert not [query for query in asked for table in tables if table in query and "lock" not in query]
    due = await world.connection.fetch("SELECT kind, key FROM due_work")
    assert [(row["kind"], row["key"]) for row in due] == [("break_promises", "S1:A")]
    later = await world.running.work_due()
    names = [type(one).__name__ for one in later if isinstance(one, (m.PromiseBroken, m.StockReserved))]
    assert names == ["PromiseBroken", "StockReserved"]


async def test_break__the_order_that_would_go_is_cancelled_before__the_older_one_goes(
    world: Any, a: Any
) -> None:
    await world.deliver(a.stocked("S1", A=2))
    older, newer = a.order([("A", 1)]), a.order([("A", 1)])
    await world.deliver(older)
    await world.deliver(newer)
    await world.deliver(a.sale("S1", [("A", 2)]), a.cancelled(newer.order_id, [("L1", "A", 1)]))
    broken = only(await world.running.work_due(), m.PromiseBroken)
    assert broken.order_id == older.order_id
    assert broken.decision is not None
    assert (broken.decision.candidates, broken.decision.pieces) == (1, 1)
