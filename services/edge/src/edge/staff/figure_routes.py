"""A store's own figures: what it sold, what it earned of EC's orders, how its work went."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from edge.kpi_copy import Kpis, find_kpis
from edge.staff.settings import Settings
from edge.web_app import AtDoor, Holder, reading
from tsunagu.contracts.values import Code, RecordKey

router = APIRouter(tags=["figures"])


@router.get("/v1/figures", response_model=Kpis, response_model_exclude_none=True)
async def get_figures(
    door: AtDoor,
    location_id: Holder,
    name: Annotated[Code | None, Query(description="Which figure or KPI, such as credit")] = None,
    period: Annotated[RecordKey | None, Query(description='"2026-04-01", "total"')] = None,
) -> dict[str, Any]:
    """The store's own figures and KPIs; `credit` is its part of what was sold in any channel."""
    settings = door.settings
    assert isinstance(settings, Settings)
    async with reading(door) as connection:
        return await find_kpis(connection, name, location_id, period, settings.figures_shown_max)
