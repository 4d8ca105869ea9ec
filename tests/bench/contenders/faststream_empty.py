"""FastStream's handler for single messages, which does nothing with a validated order.

`safe` commits after each message; `default` is FastStream's own acknowledgement, which loses what is in work when the
process dies.
"""

import sys

from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker

from tsunagu.contracts.messages import OrderPlaced
from tsunagu.contracts.topics import ORDER_EVENTS

from .running import Place, run
from .telling import tell

POLICIES = {"safe": AckPolicy.NACK_ON_ERROR, "default": AckPolicy.ACK_FIRST}
TOLD_EVERY = 20  # messages: divides every backlog, and costs nothing beside them


async def faststream_empty(place: Place) -> None:
    """Read for ever."""
    broker = KafkaBroker(place.kafka, logger=None)
    handled = 0

    @broker.subscriber(
        ORDER_EVENTS.name,
        group_id=place.group,
        auto_offset_reset="earliest",
        ack_policy=POLICIES[sys.argv[1]],
    )
    async def ignore(_: OrderPlaced) -> None:
        nonlocal handled
        handled += 1
        if handled % TOLD_EVERY == 0:
            tell(handled)

    tell(handled)
    await FastStream(broker, logger=None).run()


if __name__ == "__main__":
    run(faststream_empty)
