"""An order's progress as server-sent events (HTML standard, 9.2): resumable, and over when the order is."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Annotated, Any

import anyio
from fastapi import Header
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from edge.orders.desk import OrderDesk, following_of, no_such_order
from edge.orders.followed import SQL
from edge.orders.views import shown_of
from edge.orders.watch import OrderWatch
from edge.problems import Problem
from edge.web_app import Door, reading
from tsunagu.chassis import clock
from tsunagu.chassis.database import TRANSIENT

SHOWN = "order.shown"
"""The order reads otherwise than before: events come on another topic than the state that they lead to."""
ROWS_AT_ONCE = 100  # an order has some ten events; a bound all the same
_EVENT_ID = re.compile(r"[0-9]{1,18}")


ENDED: dict[int | str, dict[str, Any]] = {
    204: {"description": "The order has ended and nothing new can come: do not connect again."}
}
"""What the documentation of a route says beside the stream."""
LastEventId = Annotated[
    str | None, Header(description="The id of the last event that was seen; later ones are sent")
]


async def follow(
    desk: OrderDesk, door: Door, holder: str, order_id: str, last_event_id: str | None
) -> Response:
    """What happens to an order, as it happens, from its beginning or from the last event on.

    Raises Problem 404 for an order that is not the holder's, 503 where too many are followed.
    """
    if last_event_id is not None and _EVENT_ID.fullmatch(last_event_id) is None:
        raise Problem(400, "bad-request", "Last-Event-ID must be the id of an event of this stream.")
    after = int(last_event_id or 0)
    async with reading(door) as connection:
        order = await connection.fetchrow(SQL.read_own_order, order_id, holder)
        if order is None:
            raise no_such_order()
        if order["over"] and not await connection.fetch(SQL.read_progress, order_id, after, 1):
            return Response(status_code=204)
    settings = following_of(door)
    # Begun here, so that too many streams are answered with a problem and not with a broken stream.
    closing = anyio.Event()
    events = events_of(desk.followed.watch, door, holder, order_id, after, closing)
    first = await anext(events, None)
    assert first is not None
    return EventSourceResponse(
        _with_first(first, events),
        ping=settings.stream_ping_seconds,
        send_timeout=settings.stream_send_seconds_max,
        # When the process stops, streams end properly: their callers connect again, to another process.
        shutdown_event=closing,
        shutdown_grace_period=settings.stream_close_seconds_max,
    )


async def _with_first(
    first: ServerSentEvent, rest: AsyncIterator[ServerSentEvent]
) -> AsyncIterator[ServerSentEvent]:
    yield first
    async for event in rest:
        yield event


async def events_of(
    watch: OrderWatch, door: Door, holder: str, order_id: str, after: int, closing: anyio.Event
) -> AsyncIterator[ServerSentEvent]:
    """The events of a stream after one, until the order or the time is over, or the process stops.

    Between them, and first of all for whoever begins to listen, SHOWN says that the order itself reads otherwise now.
    """
    settings = following_of(door)
    ends_at = clock.monotonic() + settings.stream_seconds_max
    shown: dict[str, Any] | None = None
    with watch.on(order_id, holder) as changed:
        yield ServerSentEvent(comment="following", retry=round(settings.watch_poll_seconds * 1000))
        while (seconds_left := ends_at - clock.monotonic()) > 0 and not closing.is_set():
            changed.clear()
            try:
                async with reading(door) as connection:
                    order = await connection.fetchrow(SQL.read_own_order, order_id, holder)
                    rows = await connection.fetch(SQL.read_progress, order_id, after, ROWS_AT_ONCE)
            except TRANSIENT:
                return  # the caller connects again with the last id; nothing is lost
            for row in rows:
                after = row["progress_id"]
                yield ServerSentEvent(
                    json.dumps(row["data"], ensure_ascii=False), event=row["name"], id=str(after)
                )
            if order is not None and (shown_now := shown_of(dict(order))) != shown:
                shown = shown_now
                # Without an id: where a stream goes on is after an event, and what is shown is said again.
                yield ServerSentEvent(json.dumps(shown), event=SHOWN)
            if not rows and (order is None or order["over"]):
                return
            if not rows:
                await _first_of(changed, closing, seconds_left)


async def _first_of(changed: asyncio.Event, closing: anyio.Event, seconds: float) -> None:
    waiting = [asyncio.ensure_future(event.wait()) for event in (changed, closing)]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waiting:
            one.cancel()
