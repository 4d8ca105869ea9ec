"""What shoppers, channels and staff do in the stories."""

import hashlib
from typing import Any

from tests.journeys.stories.network import PRICE_JPY
from tests.journeys.stories.outside import Outside, now

from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.values import (
    DeskCheck,
    FulfilmentGroup,
    FulfilmentMethod,
    OrderLine,
    Payment,
    ShortPickKind,
)
from tsunagu.retailer.task_documents import work_of

STAFF = "staff:7"


async def place(outside: Outside, store: str, *skus: str, order_id: str | None = None, **fields: Any) -> str:
    """Order a piece of each SKU for pickup, prepaid; returns the order's id. `fields` are PlaceOrder's."""
    order_id = order_id or uuid7()
    lines = tuple(
        OrderLine(
            line_id=str(number),
            group_id="g",
            sku=sku,
            quantity=1,
            unit_price_jpy=PRICE_JPY,
            tax_percent=10,
        )
        for number, sku in enumerate(skus, start=1)
    )
    await outside.send(
        m.PlaceOrder(
            **{
                "order_id": order_id,
                "channel": "ec",
                "groups": (FulfilmentGroup(group_id="g", method=FulfilmentMethod.PICKUP, location_id=store),),
                "lines": lines,
                "payment": Payment.PREPAID,
                "occurred_at": now(),
                **fields,
            }
        )
    )
    return order_id


async def work(outside: Outside, kind: str, short_kind: ShortPickKind | None = None, **fields: Any) -> m.Task:
    """Wait for a task and do all of it; with a `short_kind` a piece of each line is not found. Returns the task."""
    task = await outside.task(kind, **fields)
    await outside.send(*work_of(task, 1, now(), lambda _: short_kind))
    return task


async def ready(outside: Outside, store: str, *skus: str, **fields: Any) -> str:
    """Order and pick; returns the order's id when it is ready."""
    order_id = await place(outside, store, *skus, **fields)
    await work(outside, "pick", order_id=order_id)
    await outside.heard(m.OrderReady, order_id=order_id)
    return order_id


async def cancel(outside: Outside, order_id: str) -> None:
    """Ask for the whole order to be cancelled."""
    await outside.send(m.CancelOrder(cancel_id=uuid7(), order_id=order_id, channel="ec", occurred_at=now()))


def handover(order_id: str, store: str, **proof: Any) -> m.HandOver:
    """The goods are handed over; without a proof, staff have looked at a document."""
    return m.HandOver(
        handover_id=uuid7(),
        order_id=order_id,
        location_id=store,
        staff_ref=STAFF,
        occurred_at=now(),
        **(proof or {"desk_check": DeskCheck.ID_DOCUMENT}),
    )


async def with_code(outside: Outside, order_id: str, store: str, **fields: Any) -> m.HandOver:
    """A handover with the code that the shopper was given last."""
    code = await outside.heard(m.PickupCode, order_id=order_id)
    code_hash = hashlib.sha256(code.token.encode("ascii")).hexdigest()
    return handover(order_id, store, code_hash=code_hash, **fields)
