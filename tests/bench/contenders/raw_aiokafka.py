"""aiokafka and asyncpg by hand: one PostgreSQL transaction per message, Kafka offsets committed every 100.

With `--availability` it writes the new availability of each row as well, as Tsunagu does.
"""

import sys

import asyncpg

from .locking import decide
from .reserving import COMMIT_EVERY, EVENTS, ORDERS, Wish
from .running import Place, kafka_ends, run


async def raw_aiokafka(place: Place) -> None:
    """Decide on orders for ever."""
    says_availability = "--availability" in sys.argv
    connection = await asyncpg.connect(place.database)
    consumer, producer = await kafka_ends(place, ORDERS)
    handled = 0
    async for record in consumer:
        wish = Wish.read(record.key, record.value, record.headers)
        decided = await decide(connection, wish)
        if decided is not None:
            lacking, rows = decided
            messages = [(EVENTS, wish.decision(lacking))]
            if says_availability and not lacking:
                messages += wish.availabilities(rows)
            for topic, message in messages:
                await producer.send(topic, value=message.value, key=message.key, headers=message.headers)
        handled += 1
        if handled % COMMIT_EVERY == 0:
            # What Kafka has not acknowledged yet would be lost if the process died after the commit.
            await producer.flush()
            await consumer.commit()


if __name__ == "__main__":
    run(raw_aiokafka)
