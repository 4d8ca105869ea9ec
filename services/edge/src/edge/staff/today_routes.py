"""What a device shows, in one answer: the work, how it can be answered, what waits for shoppers, names and barcodes."""

from typing import Annotated, Any

import asyncpg
from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from edge.domain.business_days import business_day
from edge.problems import Problem
from edge.product_copy import ProductView, find_products
from edge.staff.deciding import offered
from edge.staff.handlers import SQL as TASKS_SQL
from edge.staff.locations import LocationName, find_names
from edge.staff.owners import STORE_ONLY, department_of, is_owner
from edge.staff.settings import Settings
from edge.staff.waiting import SQL
from edge.web_app import AtDoor, CallerAtDoor, reading
from tsunagu.chassis import Connection, clock
from tsunagu.contracts.messages import Task
from tsunagu.contracts.values import Count, Id, Instant, Quantity, Ref, Sha256

router = APIRouter(tags=["today"])


class Waiting(BaseModel):
    """Goods of an order that wait for their shopper, and the hashes of the codes that open them."""

    task: Task
    code_hashes: list[Sha256]


class Today(BaseModel):
    """A store's open work by when it is due, what waits for shoppers, and the names that both need.

    Of a department, an area or headquarters: the tasks that it has or answers for; nothing waits there. `more` says
    that not all are shown. A device that has this can go on without a connection.
    """

    holder: Ref
    as_of: Instant
    done_today: Count
    tasks: list[Task]
    decisions: Annotated[
        dict[Id, list[str]],
        Field(
            description="Of each task that wants an answer: the routes under /v1/ that whoever asks may give one by;"
            " none where it is for others to answer"
        ),
    ]
    waiting: list[Waiting]
    products: list[ProductView]
    locations: Annotated[list[LocationName], Field(description="The store's own name, and those of tasks")]
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
async def get_today(door: AtDoor, caller: CallerAtDoor) -> dict[str, Any]:
    """All that a device of the store, department, area or headquarters shows; a task's history is left out."""
    settings = door.settings
    assert isinstance(settings, Settings)
    now, holder = clock.now(), caller.holder
    begins, ends = business_day(now, settings.day_begins_hour)
    limits = (settings.tasks_shown_max, settings.waiting_shown_max)
    waits: list[asyncpg.Record] = []
    done = 0
    async with reading(door) as connection:
        if is_owner(holder):
            work = await connection.fetch(
                TASKS_SQL.open_tasks_of, holder, department_of(holder), limits[0] + 1
            )
        else:
            work = await connection.fetch(SQL.work_at, holder, limits[0] + 1)
            waits = await connection.fetch(SQL.waiting_at, holder, limits[1] + 1)
            done = await connection.fetchval(SQL.ended_at, holder, begins, ends)
        tasks = [_short(row["body"]) for row in work[: limits[0]]]
        waiting = [
            {"task": _short(row["body"]), "code_hashes": row["code_hashes"]} for row in waits[: limits[1]]
        ]
        products = await _products(connection, [*tasks, *(one["task"] for one in waiting)])
        places = {task["location_id"] for task in tasks if "location_id" in task}
        locations = await find_names(connection, {holder, *places})
    answers = {
        row["body"]["task_id"]: offered(row["topic"], row["body"], caller) for row in work[: limits[0]]
    }
    return {
        "holder": holder,
        "as_of": now,
        "done_today": done,
        "tasks": tasks,
        "decisions": {task_id: names for task_id, names in answers.items() if names is not None},
        "waiting": waiting,
        "products": products,
        "locations": locations,
        "more": len(work) > limits[0] or len(waits) > limits[1],
    }


@router.get(
    "/v1/orders/{order_id}/handed-out",
    response_model=HandedOut,
    response_model_exclude_none=True,
    dependencies=[STORE_ONLY],
)
async def get_handed_out(
    order_id: Annotated[Id, Path(description="As the receipt or the shopper's phone shows it")],
    door: AtDoor,
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
