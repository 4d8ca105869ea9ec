"""Lives of orders as insight is told them, and what has to hold afterwards."""

from collections import defaultdict
from itertools import pairwise

import pytest
from tests.bench.fresh import repeated
from tests.bench.lives import EVENTS_PER_ORDER, LINES_PER_ORDER, PRICE_JPY, lives
from tests.bench.workloads.insight_replay import faults

from insight.app import SERVICE
from insight.handlers.figures import PUBLISH_KPIS
from tsunagu.contracts.envelope import Record, decode
from tsunagu.contracts.messages import OrderCompleted, OrderConfirmed, OrderPlaced, OrderReady
from tsunagu.contracts.topics import ORDER_EVENTS
from tsunagu.testing.harness import harness
from tsunagu.testing.plugin import NewDatabase

ORDERS = 20
LIVES = lives(ORDERS, seed=1, stores=10, skus=50)
STEPS = (OrderPlaced, OrderConfirmed, OrderReady, OrderCompleted)
Step = OrderPlaced | OrderConfirmed | OrderReady | OrderCompleted


def _read(record: Record) -> Step:
    message = decode(ORDER_EVENTS, record.key, record.value, record.headers).message
    assert isinstance(message, STEPS)
    return message


def test_lives__in_order_of_time__each_order_goes_all_its_steps_and_is_paid_as_asked() -> None:
    steps = [_read(record) for record in LIVES]
    assert len(steps) == ORDERS * EVENTS_PER_ORDER
    assert all(one.occurred_at <= other.occurred_at for one, other in pairwise(steps))
    by_order: dict[str, list[Step]] = defaultdict(list)
    for step in steps:
        by_order[step.order_id].append(step)
    assert len(by_order) == ORDERS
    for life in by_order.values():
        assert tuple(type(step) for step in life) == STEPS
        assert isinstance(life[-1], OrderCompleted)
        assert sum(line.amount_jpy for line in life[-1].lines) == LINES_PER_ORDER * PRICE_JPY


def test_lives__again_under_other_ids__are_other_orders() -> None:
    again = list(repeated(LIVES, 3 * len(LIVES)))
    orders = {_read(record).order_id for record in again}
    assert len(orders) == 3 * ORDERS and orders == {record.key.decode() for record in again}
    assert len({dict(record.headers)["ce_id"] for record in again}) == len(again)


@pytest.mark.wide
@pytest.mark.component
async def test_faults__of_what_insight_was_told__are_none_until_something_is_missing(
    new_database: NewDatabase,
) -> None:
    async with harness(SERVICE, await new_database(SERVICE.migrations)) as running:
        await running.deliver_records(ORDER_EVENTS, LIVES)
        await running.make_due(PUBLISH_KPIS)

        assert await faults(running.connection, ORDERS) == []
        (*_, missing) = await faults(running.connection, ORDERS + 1)
        assert missing == f"promises_ended is {float(ORDERS)} instead of {ORDERS + 1}"
        await running.connection.execute("DELETE FROM credit_entry WHERE entry_id = 1")
        assert "the ledger credit" in (await faults(running.connection, ORDERS))[0]
