"""Lives of orders as insight reads them: records of order.events, from the order to the handover."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tsunagu.contracts.envelope import Envelope, Record, encode
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import OrderCompleted, OrderConfirmed, OrderPlaced, OrderReady

from .fresh import DIGITS

EVENTS_PER_ORDER = 4
LINES_PER_ORDER = 2
PRICE_JPY = 1990
DAYS = 30  # how long events are kept: what a replay has to read

Step = OrderPlaced | OrderConfirmed | OrderReady | OrderCompleted


def lives(orders: int, seed: int, stores: int, skus: int) -> list[Record]:
    """Orders of two lines that are placed, confirmed, ready and collected within the last month, in order of time.

    The last digits of their ids are left to `with_fresh_ids`.
    """
    chance = random.Random(seed)
    now = datetime.now(UTC)
    steps: list[Step] = []
    for _ in range(orders):
        placed_at = now - timedelta(minutes=chance.randrange(12 * 60, DAYS * 24 * 60))
        steps += _life(chance, placed_at, stores, skus)
    steps.sort(key=lambda step: step.occurred_at)
    return [
        encode(Envelope.for_message(step, id=uuid7(), source="bench", time=step.occurred_at), step)
        for step in steps
    ]


def _life(chance: random.Random, placed_at: datetime, stores: int, skus: int) -> Iterator[Step]:
    store = f"S{chance.randint(1, stores)}"
    order: dict[str, Any] = {"order_id": f"{uuid7()}{'0' * DIGITS}", "channel": chance.choice(("ec", "app"))}
    promise = {
        "payment": "prepaid",
        "groups": [{"group_id": "g", "method": "pickup", "location_id": store}],
        "lines": [_line(place, chance.randint(1, skus)) for place in range(LINES_PER_ORDER)],
    }
    handover = {"group_id": "g", "location_id": store}
    ready_at = placed_at + timedelta(minutes=chance.randrange(20, 200))
    yield OrderPlaced.model_validate(
        {**order, **promise, "version": 1, "placed_at": placed_at, "occurred_at": placed_at}
    )
    yield OrderConfirmed.model_validate(
        {
            **order, **promise, "version": 2, "occurred_at": placed_at + timedelta(seconds=1), "allocations": [],
            "allocation_version": 1, "ready_by": placed_at + timedelta(hours=2),
        }
    )  # fmt: skip
    yield OrderReady.model_validate(
        {**order, **handover, "version": 3, "occurred_at": ready_at, "lines": promise["lines"]}
    )
    yield OrderCompleted.model_validate(
        {
            **order, **handover, "version": 4, "occurred_at": ready_at + timedelta(hours=3), "method": "pickup",
            "payment": "prepaid", "placed_at": placed_at, "order_finished": True,
            "lines": [_completed(line) for line in promise["lines"]],
        }
    )  # fmt: skip


def _line(place: int, sku: int) -> dict[str, Any]:
    return {
        "line_id": str(place), "group_id": "g", "sku": f"K{sku}", "quantity": 1, "unit_price_jpy": PRICE_JPY,
        "tax_percent": 10,
    }  # fmt: skip


def _completed(line: Any) -> dict[str, Any]:
    kept = {name: value for name, value in line.items() if name != "unit_price_jpy"}
    return {**kept, "amount_jpy": line["unit_price_jpy"]}
