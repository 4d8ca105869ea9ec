"""Figures, and what executives set: who set it is the key's, never the body's."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from edge.board.handlers import COMMANDS
from edge.board.settings import Settings
from edge.command_routes import add_command_route
from edge.kpi_copy import Kpis, find_kpis
from edge.web_app import AtDoor, Holder, reading
from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message
from tsunagu.contracts.values import Code, RecordKey

router = APIRouter()

OFFERED: dict[str, type[Message]] = {
    "/v1/targets": m.SetTarget,
    "/v1/measures": m.RecordMeasure,
    "/v1/baselines": m.SetBaseline,
    "/v1/policies": m.AdoptPolicy,
    "/v1/policy-trials": m.TryPolicy,
    "/v1/explanations": m.ExplainKpi,
}
"""Where each command is posted to."""

for _path, _command in OFFERED.items():
    add_command_route(router, _path, _command, COMMANDS, holder_field="staff_ref")


@router.get("/v1/kpis", response_model=Kpis, response_model_exclude_none=True)
async def get_kpis(
    door: AtDoor,
    _: Holder,
    name: Annotated[Code | None, Query(description="Which figure, such as pick_minutes")] = None,
    scope: Annotated[RecordKey | None, Query(description='"all", a location_id, a channel')] = None,
    period: Annotated[RecordKey | None, Query(description='"2026-04-01" or "total"')] = None,
) -> dict[str, Any]:
    """KPIs with their targets, owners and dates."""
    settings = door.settings
    assert isinstance(settings, Settings)
    async with reading(door) as connection:
        return await find_kpis(connection, name, scope, period, settings.kpis_shown_max)
