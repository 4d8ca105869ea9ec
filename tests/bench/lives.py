"""Lives of orders as insight reads them: records of order.events, from the order to the handover."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tsunagu.contracts.envelope import Envelope, Record, encode
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import OrderCompleted, OrderConfirmed, OrderPlaced, OrderReady

EVENTS_PER_ORDER = 4
DAYS = 30  # retention of events: what a replay has to read


def lives(orders: int, seed: int, stores: int, skus: int) -> list[Record]:
    """Orders of two lines that are placed, confirmed, ready and collected, within the last month; all placed first."""
    chance = random.Random(seed)
    now = datetime.now(UTC)
    steps: list[list[Record]] = [[] for _ in range(EVENTS_PER_ORDER)]
    for _ in range(orders):
        placed_at = now - timedelta(minutes=chance.randrange(1, DAYS * 24 * 60))
        for of_step, message in zip(steps, _life(chance, placed_at, stores, skus), strict=True):
            envelope = Envelope.for_message(message, id=uuid7(), source="bench", time=placed_at)
            of_step.append(encode(envelope, message))
    return [record for of_step in steps for record in of_step]


def _life(chance: random.Random, placed_at: datetime, stores: int, skus: int) -> Iterator[Message]:
    store = f"S{chance.randint(1, stores)}"
    # The last four characters are left to `with_fresh_ids`.
    order: dict[str, Any] = {"order_id": f"{uuid7()}0000", "channel": chance.choice(("ec", "app"))}
    group = {"group_id": "g", "method": "pickup", "location_id": store}
    lines = [
        {
            "line_id": str(place), "group_id": "g", "sku": f"K{chance.randint(1, skus)}", "quantity": 1,
            "unit_price_jpy": 1990, "tax_percent": 10,
        }
        for place in (1, 2)
    ]  # fmt: skip
    promise = {"payment": "prepaid", "groups": [group], "lines": lines}
    ready_at = placed_at + timedelta(minutes=chance.randrange(20, 200))
    yield OrderPlaced.model_validate(
        {**order, **promise, "version": 1, "placed_at": placed_at, "occurred_at": placed_at}
    )
    yield OrderConfirmed.model_validate(
        {
            **order, **promise, "version": 2, "occurred_at": placed_at, "allocations": [],
            "allocation_version": 1, "ready_by": placed_at + timedelta(hours=2),
        }
    )  # fmt: skip
    yield OrderReady.model_validate(
        {
            **order, "version": 3, "occurred_at": ready_at, "group_id": "g", "location_id": store,
            "lines": lines,
        }
    )  # fmt: skip
    yield OrderCompleted.model_validate(
        {
            **order, "version": 4, "occurred_at": ready_at + timedelta(hours=3), "group_id": "g",
            "method": "pickup", "location_id": store, "payment": "prepaid", "placed_at": placed_at,
            "order_finished": True, "lines": [_completed(line) for line in lines],
        }
    )  # fmt: skip


def _completed(line: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in line.items() if name != "unit_price_jpy"}
    return {**kept, "amount_jpy": line["unit_price_jpy"]}


def batches(records: Sequence[Record], count: int) -> Iterator[int]:
    """How many of `count` messages each generation of the records has."""
    while count > 0:
        yield min(count, len(records))
        count -= len(records)
