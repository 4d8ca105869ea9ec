"""A store's day: its tasks, and the commands that staff give. The store is the key's, never the body's."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from edge.command_routes import add_command_route
from edge.domain.business_days import business_day
from edge.staff.handlers import COMMANDS, SQL
from edge.staff.handover_body import HANDOVER_BODY
from edge.staff.settings import Settings
from edge.web_app import AtDoor, Holder, reading
from tsunagu.chassis import clock
from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import Task
from tsunagu.contracts.values import CancelledBy, Instant, LocationId

router = APIRouter()

OFFERED: dict[str, type[Message]] = {
    "/v1/task-assignments": m.AssignTask,
    "/v1/task-starts": m.StartTask,
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

for _path, _command in OFFERED.items():
    _other_body = HANDOVER_BODY if _command is m.HandOver else None
    add_command_route(router, _path, _command, COMMANDS, holder_field="location_id", other_body=_other_body)

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


class TasksOfDay(BaseModel):
    """A store's tasks of a business day: open and late ones first, by when they are due; then what has ended."""

    location_id: LocationId
    day_begins_at: Instant
    day_ends_at: Instant
    tasks: list[Task]


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
