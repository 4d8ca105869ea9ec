"""What operators see and do; for nobody else, since it tells where the retailer is weak today."""

from fastapi import APIRouter

from edge.board.handlers import COMMANDS
from edge.board.operating.handlers import SQL
from edge.board.operating.merging import Operations, named_orders, operations
from edge.board.shown_routes import limits_of
from edge.command_routes import add_command_route
from edge.web_app import AtDoor, needs, reading
from tsunagu.chassis import clock
from tsunagu.contracts.messages import CancelRedrive, ProcessCondition, RedriveDeadLetters

router = APIRouter(tags=["operating"], dependencies=[needs("operate")])


add_command_route(router, "/v1/redrives", RedriveDeadLetters, COMMANDS, holder_field="staff_ref")
add_command_route(router, "/v1/redrive-cancellations", CancelRedrive, COMMANDS, holder_field="staff_ref")


@router.get("/v1/operations", response_model=Operations, response_model_exclude_none=True)
async def get_operations(door: AtDoor) -> Operations:
    """How far each service is behind on each topic, in records and seconds, and what waits for a person, by reason."""
    limits = limits_of(door)
    async with reading(door) as connection:
        rows = await connection.fetch(SQL.read_conditions, limits.conditions_shown_max)
        conditions = [ProcessCondition.model_validate(row["body"]) for row in rows]
        known = await connection.fetch(SQL.read_worth, named_orders(conditions))
    worth = {row["order_id"]: row["amount_jpy"] for row in known}
    return operations(conditions, worth, clock.now(), limits.conditions_missed_max)
