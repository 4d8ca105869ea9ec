"""What shoppers look for, as facts for customer and insight."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Request

from edge import metrics
from edge.rate_limit import TokenBuckets
from edge.shopper.settings import settings_of
from edge.web_app import Door, writing
from tsunagu.chassis import FirstCause, clock
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import ProductScanned, ProductViewed, StockLookedUp


class Activity:
    """Records what shoppers do, at no more than so much a second: a flood of lookups stays in this process."""

    def __init__(self, per_second_max: float, burst_max: int) -> None:
        self._bucket = TokenBuckets(per_second_max, burst_max, callers_max=1)

    async def record(
        self, door: Door, say: Callable[[dict[str, Any]], ProductScanned | ProductViewed | StockLookedUp]
    ) -> bool:
        """Publish what `say` makes of a new id, the channel and the time, unless there is too much already."""
        if self._bucket.wait_seconds("everybody", clock.monotonic()):
            metrics.ACTIVITY_DROPPED.inc()
            return False
        activity_id = uuid7()
        async with writing(door) as transaction:
            said = {
                "activity_id": activity_id,
                "channel": settings_of(door).channel,
                "occurred_at": transaction.now,
            }
            transaction.publish(say(said), cause=FirstCause(activity_id, transaction.now))
        return True


def activity_of(request: Request) -> Activity:
    """The recorder of the process."""
    activity = request.app.state.activity
    assert isinstance(activity, Activity)
    return activity


async def _activity(request: Request) -> Activity:
    return activity_of(request)


Recorder = Annotated[Activity, Depends(_activity)]
