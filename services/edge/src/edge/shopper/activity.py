"""What shoppers look for, as facts for customer and insight. The visitor is a number that means nobody."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Request, Response

from edge import metrics
from edge.rate_limit import TokenBuckets
from edge.web_app import Door, writing
from tsunagu.chassis import FirstCause, clock
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import ProductScanned, StockLookedUp

VISITOR_HEADER = "Visitor-Id"


def _visitor(
    response: Response,
    visitor_id: Annotated[
        UUID | None,
        Header(
            description="A UUID that the shopper's device keeps; one is made and sent back where none is given"
        ),
    ] = None,
) -> str:
    visitor = str(visitor_id) if visitor_id is not None else uuid7()
    response.headers[VISITOR_HEADER] = visitor
    return visitor


Visitor = Annotated[str, Depends(_visitor)]


class Activity:
    """Records what shoppers do, at no more than so much a second: a flood of lookups stays in this process."""

    def __init__(self, per_second_max: float, burst_max: int) -> None:
        self._bucket = TokenBuckets(per_second_max, burst_max, callers_max=1)

    async def record(
        self, door: Door, say: Callable[[str, datetime], ProductScanned | StockLookedUp]
    ) -> bool:
        """Publish what `say` makes of a new id and the time, unless there is too much already."""
        if self._bucket.wait_seconds("everybody", clock.monotonic()):
            metrics.ACTIVITY_DROPPED.inc()
            return False
        activity_id = uuid7()
        async with writing(door) as transaction:
            cause = FirstCause(activity_id, transaction.now)
            transaction.publish(say(activity_id, transaction.now), cause=cause)
        return True


def activity_of(request: Request) -> Activity:
    """The recorder of the process."""
    activity = request.app.state.activity
    assert isinstance(activity, Activity)
    return activity


Recorder = Annotated[Activity, Depends(activity_of)]
