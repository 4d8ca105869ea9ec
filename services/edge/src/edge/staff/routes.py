"""A store's day: its tasks, and the commands that staff give. The store is the key's, never the body's."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel

from edge.command_routes import OtherBody, add_command_route
from edge.domain.business_days import business_day
from edge.problems import Problem
from edge.product_copy import ProductView, find_product
from edge.staff.handlers import COMMANDS, SQL
from edge.staff.handover_body import HANDOVER_BODY
from edge.staff.scanned_body import scanned_body
from edge.staff.settings import Settings
from edge.staff.task_owners import of_the_owner
from edge.web_app import AtDoor, Holder, reading
from tsunagu.chassis import clock
from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import Task
from tsunagu.contracts.topics import PICKUP_TASKS
from tsunagu.contracts.values import CancelledBy, Id, Instant, LocationId

router = APIRouter()

OFFERED: dict[str, type[Message]] = {
    "/v1/task-assignments": m.AssignTask,
    "/v1/task-starts": m.StartTask,
    "/v1/waves": m.TakeWave,
    "/v1/wave-releases": m.ReleaseWave,
    "/v1/picks": m.ConfirmPick,
    "/v1/short-picks": m.ReportShortPick,
    "/v1/put-aways": m.ConfirmPutAway,
    "/v1/transfer-shipments": m.ShipTransfer,
    "/v1/transfer-receipts": m.ReceiveTransfer,
    "/v1/handovers": m.HandOver,
    "/v1/parcels": m.ShipParcel,
    "/v1/pickup-pauses": m.PausePickup,
    "/v1/pickup-resumptions": m.ResumePickup,
}
"""Where each command about the store's own work is posted to."""

_OTHER_BODIES: dict[type[Message], OtherBody] = {
    m.HandOver: HANDOVER_BODY,
    m.ConfirmPick: scanned_body(m.ConfirmPick),
}

for _path, _command in OFFERED.items():
    add_command_route(
        router,
        _path,
        _command,
        COMMANDS,
        holder_field="location_id",
        other_body=_OTHER_BODIES.get(_command),
        choose=of_the_owner if _command in (m.AssignTask, m.StartTask) else None,
    )

STORE = "store"
"""The channel of what is ordered at a counter: one for all stores, since who gets credit is told by touchpoints."""

# An order may have been placed in any store or channel, and is nobody's here: whoever has its id may act on it.
add_command_route(router, "/v1/orders", m.PlaceOrder, COMMANDS, fixed_fields={"channel": STORE})
add_command_route(
    router,
    "/v1/order-cancellations",
    m.CancelOrder,
    COMMANDS,
    fixed_fields={"channel": STORE, "cancelled_by": CancelledBy.STORE},
)
add_command_route(
    router,
    "/v1/order-returns",
    m.ReturnItems,
    COMMANDS,
    holder_field="location_id",
    fixed_fields={"channel": STORE},
)


add_command_route(router, "/v1/counts", m.CountStock, COMMANDS, holder_field="location_id")


# What an order cost a store before: beside what it costs now, on the board.
add_command_route(
    router,
    "/v1/baselines",
    m.SetBaseline,
    COMMANDS,
    holder_field="scope",
    fixed_fields={"kpi": "minutes_per_order", "period": "total"},
)


@router.get("/v1/products/{sku_or_gtin}", response_model=ProductView, response_model_exclude_none=True)
async def get_product(
    sku_or_gtin: Annotated[Id, Path(description="A SKU, or a barcode of 8 or 12 to 14 digits")],
    door: AtDoor,
    _: Holder,
) -> dict[str, Any]:
    """A product by SKU or barcode: a device keeps those of its list, to compare scans with while it is offline."""
    async with reading(door) as connection:
        return await find_product(connection, sku_or_gtin, sku_or_gtin)


class TasksOfDay(BaseModel):
    """A store's tasks of a business day: open and late ones first, by when they are due; then what has ended."""

    location_id: LocationId
    day_begins_at: Instant
    day_ends_at: Instant
    tasks: list[Task]


@router.get("/v1/waves/{wave_id}", response_model=Task, response_model_exclude_none=True)
async def get_wave(wave_id: Id, door: AtDoor, location_id: Holder) -> dict[str, Any]:
    """What is left of a wave of the key's store, in walking order; another store's is like one that never was."""
    async with reading(door) as connection:
        body: dict[str, Any] | None = await connection.fetchval(
            SQL.task_at, PICKUP_TASKS.name, wave_id, location_id
        )
    if body is None:
        raise Problem(404, "not-found", "Your store has no wave with this id.")
    return body


@router.get("/v1/tasks", response_model=TasksOfDay, response_model_exclude_none=True)
async def get_tasks(door: AtDoor, location_id: Holder) -> dict[str, Any]:
    """The tasks of the key's store for today."""
    settings = door.settings
    assert isinstance(settings, Settings)
    begins, ends = business_day(clock.now(), settings.day_begins_hour)
    async with reading(door) as connection:
        rows = await connection.fetch(SQL.tasks_of_day, location_id, begins, ends, settings.tasks_shown_max)
    tasks = [row["body"] for row in rows]
    return {"location_id": location_id, "day_begins_at": begins, "day_ends_at": ends, "tasks": tasks}
