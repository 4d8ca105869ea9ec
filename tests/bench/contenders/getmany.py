"""aiokafka's getmany by hand: `orjson` parses each value, `nothing` has an empty handler, which is what reading costs.

Offsets are committed once a second, as the chassis does.
"""

import sys
import time
from collections.abc import Callable

import orjson
from aiokafka import AIOKafkaConsumer

from tsunagu.contracts.topics import ORDER_EVENTS

from .running import Place, run
from .telling import tell

COMMIT_SECONDS = 1.0
HANDLERS: dict[str, Callable[[bytes], object] | None] = {"orjson": orjson.loads, "nothing": None}


async def getmany(place: Place) -> None:
    """Read for ever."""
    handler = HANDLERS[sys.argv[1]]
    consumer = AIOKafkaConsumer(
        ORDER_EVENTS.name,
        bootstrap_servers=place.kafka,
        group_id=place.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
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
