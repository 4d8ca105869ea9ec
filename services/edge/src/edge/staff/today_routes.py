"""What a store's device shows, in one answer: the work, what waits for shoppers, and the goods by name and barcode."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel

from edge.domain.business_days import business_day
from edge.problems import Problem
from edge.product_copy import ProductView, find_products
from edge.staff.settings import Settings
from edge.staff.waiting import SQL
from edge.web_app import AtDoor, Holder, reading
from tsunagu.chassis import Connection, clock
from tsunagu.contracts.messages import Task
from tsunagu.contracts.values import Count, Id, Instant, LocationId, Quantity, Sha256

router = APIRouter(tags=["today"])


class Waiting(BaseModel):
    """Goods of an order that wait for their shopper, and the hashes of the codes that open them."""

    task: Task
    code_hashes: list[Sha256]


class Today(BaseModel):
    """A store's open work by when it is due, what waits for shoppers, and the products that both name.

    `more` says that not all are shown. A device that has this can go on without a connection.
    """

    location_id: LocationId
    as_of: Instant
    done_today: Count
    tasks: list[Task]
    waiting: list[Waiting]
    products: list[ProductView]
    more: bool


class HandedOutLine(BaseModel):
    """Pieces of an order's line that its shopper has been given."""

    line_id: Id
    sku: Id
    quantity: Quantity
    handed_out_at: Instant


class HandedOut(BaseModel):
    """What the shopper of an order has been given, and can bring back."""

    order_id: Id
    lines: list[HandedOutLine]
    products: list[ProductView]


@router.get("/v1/today", response_model=Today, response_model_exclude_none=True)
async def get_today(door: AtDoor, location_id: Holder) -> dict[str, Any]:
    """All that a device of the key's store shows; a task's history is left out."""
    settings = door.settings
    assert isinstance(settings, Settings)
    now = clock.now()
    begins, ends = business_day(now, settings.day_begins_hour)
    limits = (settings.tasks_shown_max, settings.waiting_shown_max)
    async with reading(door) as connection:
        work = await connection.fetch(SQL.work_at, location_id, limits[0] + 1)
        waits = await connection.fetch(SQL.waiting_at, location_id, limits[1] + 1)
        done = await connection.fetchval(SQL.ended_at, location_id, begins, ends)
        tasks = [_short(row["body"]) for row in work[: limits[0]]]
        waiting = [
            {"task": _short(row["body"]), "code_hashes": row["code_hashes"]} for row in waits[: limits[1]]
        ]
        products = await _products(connection, [*tasks, *(one["task"] for one in waiting)])
    return {
        "location_id": location_id,
        "as_of": now,
        "done_today": done,
        "tasks": tasks,
        "waiting": waiting,
        "products": products,
        "more": len(work) > limits[0] or len(waits) > limits[1],
    }


@router.get("/v1/orders/{order_id}/handed-out", response_model=HandedOut, response_model_exclude_none=True)
async def get_handed_out(
    order_id: Annotated[Id, Path(description="As the receipt or the shopper's phone shows it")],
    door: AtDoor,
    _: Holder,
) -> dict[str, Any]:
    """What can come back of an order of any store or channel: whoever has its id may take it back."""
    async with reading(door) as connection:
        rows = await connection.fetch(SQL.handed_out_of, order_id)
        if not rows:
            raise Problem(
                404, "not-found", "Nothing of such an order was handed out lately, as far as is known."
            )
        lines = [dict(row) for row in rows]
        products = await find_products(connection, {line["sku"] for line in lines})
    return {"order_id": order_id, "lines": lines, "products": products}


def _short(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "history"}


async def _products(connection: Connection, tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return await find_products(connection, {line["sku"] for task in tasks for line in task.get("lines", ())})
