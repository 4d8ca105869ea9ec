"""aiokafka's getmany by hand: `orjson` parses each value, `nothing` has an empty handler, which is what reading costs.

Offsets are committed once a second, as the chassis does.
"""

import sys
import time
from collections.abc import Callable

import orjson

from tsunagu.contracts.topics import ORDER_EVENTS

from .running import Place, consumer_of, run
from .telling import tell

COMMIT_SECONDS = 1.0
HANDLERS: dict[str, Callable[[bytes], object] | None] = {"orjson": orjson.loads, "nothing": None}


async def getmany(place: Place) -> None:
    """Read for ever."""
    handler = HANDLERS[sys.argv[1]]
    consumer = consumer_of(place, ORDER_EVENTS.name)
    await consumer.start()
    handled = 0
    tell(handled)
    commit_at = time.monotonic() + COMMIT_SECONDS
    while True:
        for records in (await consumer.getmany(timeout_ms=500)).values():
            if handler is not None:
                for record in records:
                    handler(record.value)
            handled += len(records)
            tell(handled)
        if time.monotonic() >= commit_at:
            await consumer.commit()
            commit_at = time.monotonic() + COMMIT_SECONDS


if __name__ == "__main__":
    run(getmany)
