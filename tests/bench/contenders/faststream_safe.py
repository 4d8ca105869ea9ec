"""A FastStream handler per message with SELECT … FOR UPDATE, its offset committed after it has returned.

The event is awaited before the handler returns: FastStream commits each message then, and a crash loses nothing.
"""

import asyncpg
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage

from .locking import decide
from .reserving import EVENTS, ORDERS, Wish, texts
from .running import Place, run


async def faststream(place: Place, ack_policy: AckPolicy) -> None:
    """Decide on orders for ever."""
    connection = await asyncpg.connect(place.database)
    broker = KafkaBroker(place.kafka, acks="all", enable_idempotence=True, logger=None)

    @broker.subscriber(ORDERS, group_id=place.group, auto_offset_reset="earliest", ack_policy=ack_policy)
    async def place_order(_: dict[str, object], message: KafkaMessage) -> None:
        record = message.raw_message
        assert not isinstance(record, tuple)
        wish = Wish.read(record.key, record.value, record.headers)
        decided = await decide(connection, wish)
        if decided is not None:
            event = wish.decision(decided[0])
            await broker.publish(event.value, EVENTS, key=event.key, headers=texts(event.headers))

    await FastStream(broker, logger=None).run()


async def _safe(place: Place) -> None:
    await faststream(place, AckPolicy.NACK_ON_ERROR)


if __name__ == "__main__":
    run(_safe)
