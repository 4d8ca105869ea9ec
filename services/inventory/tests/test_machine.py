"""Random facts and orders, late, doubled and in any order: the books add up, and nothing is promised twice."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import topic_of
from tsunagu.testing.harness import all_of, record_of

pytestmark = pytest.mark.component

# Each example works in stores of its own, so that all may share one database.
EXAMPLES = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SKUS = ("A", "B")
sku = st.sampled_from(SKUS)
quantity = st.integers(1, 3)


@dataclass(frozen=True)
class Do:
    """One step: what happens, at which of the two stores, to which SKU, how many, and to which of the orders."""

    what: str
    store: int
    sku: str
    quantity: int
    order: int


steps = st.lists(
    st.builds(
        Do,
        st.sampled_from(
            ["sale", "sale", "delivery", "order", "order", "order", "cancel", "pick", "short", "collect", "count",
             "hold", "put_away"]
        ),
        st.integers(0, 1), sku, quantity, st.integers(0, 3),
    ),
    min_size=4, max_size=14,
)  # fmt: skip


class Chain:
    """Two new stores with a lane each way, and what inventory has said about the orders there."""

    def __init__(self, world: Any, a: Any) -> None:
        self.world, self.a = world, a
        self.stores = [f"X{uuid7()}", f"Y{uuid7()}"]
        self.orders: list[m.OrderPlaced] = []
        self.held: dict[str, m.StockReserved | m.StockRejected] = {}

    async def open(self) -> None:
        one, other = self.stores
        await self.world.deliver(self.a.location(one), self.a.location(other, north=1))
        await self.world.deliver(self.a.lane(one, other), self.a.lane(other, one))
        await self.world.deliver(*(self.a.stocked(store, A=3, B=3) for store in self.stores))

    async def do(self, step: Do) -> None:
        """Do a step, twice under the same ids, and what comes due; then look at the promises."""
        before = await self.available()
        message = self.message(step)
        if message is None:
            return
        record = record_of(message)
        for _ in range(2):
            await self.world.running.deliver_records(topic_of(type(message)), [record])
        out = [*await self.world.running.sent(), *await self.world.running.work_due()]
        for answer in out:
            if isinstance(answer, m.StockReserved | m.StockRejected):
                known = self.held.get(answer.order_id)
                assert known is None or answer.allocation_version == known.allocation_version + 1
                self.held[answer.order_id] = answer
        if isinstance(message, m.OrderPlaced | m.HoldStock):
            after = await self.available()
            assert all(left >= min(0, before[key]) for key, left in after.items()), (
                "promised what was not there"
            )
        uncovered = await self.world.connection.fetch(
            "SELECT * FROM stock WHERE reserved > greatest(0, on_hand - staged - unsellable)"
        )
        assert not uncovered, "a promise that can't be kept was not broken"

    def message(self, step: Do) -> Message | None:
        """What the step sends; None where there is no such order, or nothing is held for it."""
        at_store = self._at_store(step)
        if at_store is not None:
            return at_store
        if step.order >= len(self.orders):
            return None
        order = self.orders[step.order]
        answer = self.held.get(order.order_id)
        return self._of_order(step, order, answer.allocations[0]) if answer and answer.allocations else None

    def _at_store(self, step: Do) -> Message | None:
        a, store = self.a, self.stores[step.store]
        message: Message | None = None
        match step.what:
            case "sale":
                message = a.sale(store, [(step.sku, step.quantity)])
            case "delivery":
                message = a.stocked(store, **{step.sku: step.quantity})
            case "count":
                message = a.count(store, {step.sku: step.quantity})
            case "hold":
                message = m.HoldStock(
                    hold_id=uuid7(), location_id=store, held_until=a.now(600), channel="ec", occurred_at=a.now(),
                    lines=({"sku": step.sku, "quantity": step.quantity},),
                )  # fmt: skip
            case "order":
                wish = [(step.sku, step.quantity), ("A", 1)]
                self.orders.append(a.order(wish, at=store, allow_partial=step.order == 0))
                message = self.orders[-1]
        return message

    def _of_order(self, step: Do, order: m.OrderPlaced, held: Any) -> Message:
        a = self.a
        message: Message = a.collected(order.order_id, held.location_id, [a.line_of(held, 1)])
        match step.what:
            case "cancel":
                lines = [(line.line_id, line.sku, line.quantity) for line in order.lines]
                message = a.cancelled(order.order_id, lines)
            case "pick":
                message = a.picked(order.order_id, held, min(step.quantity, held.quantity))
            case "short":
                kind = ("missing", "damaged", "unreachable")[step.quantity - 1]
                message = a.shorted(order.order_id, held, 1, kind)
            case "put_away":
                message = m.PutAwayCompleted(
                    order_id=order.order_id, version=1, location_id=held.location_id, put_away_id=uuid7(),
                    lines=(a.line_of(held, 1),), occurred_at=a.now(),
                )  # fmt: skip
        return message

    async def available(self) -> dict[tuple[str, str], int]:
        rows = await self.world.connection.fetch(
            "SELECT location_id, sku, available FROM stock WHERE location_id = ANY($1)", self.stores
        )
        return {(row["location_id"], row["sku"]): row["available"] for row in rows}


@EXAMPLES
@given(steps)
async def test_machine__any_steps__books_add_up_and_nothing_is_promised_twice(
    world: Any, a: Any, steps: list[Do]
) -> None:
    chain = Chain(world, a)
    await chain.open()
    for step in steps:
        await chain.do(step)
    assert not await world.differences()


facts = st.lists(
    st.tuples(st.sampled_from(["sale", "void", "return", "delivery", "loss"]), quantity, st.integers(-40, 0)),
    min_size=1, max_size=6,
)  # fmt: skip


@EXAMPLES
@given(facts, st.integers(0, 20), st.randoms(use_true_random=False))
async def test_facts__shuffled_and_doubled__same_on_hand(
    world: Any, a: Any, facts: list[tuple[str, int, int]], counted: int, random: Any
) -> None:
    """What a count has not seen is added to it; what it has seen changes nothing, whenever it arrives."""
    store = f"Z{uuid7()}"
    counted_at = a.now(-20)
    messages: list[Message] = [a.count(store, {"A": counted}, counted_at=counted_at)]
    later = 0
    for kind, pieces, seconds in facts:
        at = a.now(seconds)
        sign = -1 if kind in ("sale", "loss") else 1
        later += sign * pieces if at > counted_at else 0
        messages.append(_fact(a, kind, store, pieces, at))
    messages = messages + messages[: len(messages) // 2]
    random.shuffle(messages)
    records = {id(message): record_of(message) for message in messages}
    for message in messages:
        await world.running.deliver_records(topic_of(type(message)), [records[id(message)]])
    assert (await world.stock(store, "A"))["on_hand"] == counted + later
    told = all_of(await world.running.sent(), m.Availability)
    assert not told or told[-1].available == max(0, counted + later)


def _fact(a: Any, kind: str, store: str, pieces: int, at: Any) -> Message:
    lines = [("A", pieces)]
    message: Message = m.AdjustStock(
        adjustment_id=uuid7(), location_id=store, reason="loss", occurred_at=at,
        lines=({"sku": "A", "change": -pieces},),
    )  # fmt: skip
    match kind:
        case "sale":
            message = a.sale(store, lines, occurred_at=at)
        case "void":
            message = a.void(store, lines, occurred_at=at)
        case "return":
            message = a.till_return(store, lines, occurred_at=at)
        case "delivery":
            delivered = ({"sku": "A", "quantity": pieces},)
            message = m.ReceiveStock(delivery_id=uuid7(), location_id=store, occurred_at=at, lines=delivered)
    return message
