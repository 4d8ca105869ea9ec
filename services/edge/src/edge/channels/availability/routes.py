"""Availability for a channel that asks for it: all of it, then what has changed since."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from edge.channels.availability.feed import BEGINNING, page
from edge.channels.channels_file import Channels
from edge.channels.settings import Settings
from edge.problems import Problem
from edge.web_app import AtDoor, Holder, reading
from tsunagu.contracts.values import Id, Instant

router = APIRouter(tags=["availability"])


class LevelView(BaseModel):
    """How many pieces the channel may promise of a SKU from a location; its buffer is taken off."""

    location_id: Id
    sku: Id
    available: int
    as_of: Instant


class AvailabilityPage(BaseModel):
    """A page. Ask again with `next` as `after`: at once where there is `more`, else when you like."""

    levels: list[LevelView]
    next: int
    more: bool


@router.get("/v1/availability", response_model=AvailabilityPage)
async def get_availability(
    request: Request,
    door: AtDoor,
    channel: Holder,
    after: Annotated[
        int, Query(ge=0, lt=2**63, description="`next` of the last page; all without it")
    ] = BEGINNING,
    limit: Annotated[int | None, Query(ge=1, description="How many levels at the most")] = None,
) -> AvailabilityPage:
    """What has changed since a page, or all there is. A level that comes twice is the same or newer the second time."""
    channels: Channels = request.app.state.channels
    configured = channels.get(channel)
    if configured is None or configured.feed is None:
        raise Problem(404, "not-found", "This channel has no feed.")
    assert isinstance(door.settings, Settings)
    rows_max = min(limit or door.settings.feed_rows_max, door.settings.feed_rows_max)
    async with reading(door) as connection:
        found = await page(connection, configured.feed, after, rows_max)
    levels = [
        LevelView(location_id=one.location_id, sku=one.sku, available=one.available, as_of=one.as_of)
        for one in found.levels
    ]
    return AvailabilityPage(levels=levels, next=found.position, more=found.more)
