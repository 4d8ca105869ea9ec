"""One call of a PL/pgSQL function per order, over eight connections at once: PostgreSQL's own limit.

aiokafka takes a hundred orders at a time; their offsets are committed when all of them are decided and told.
"""

import asyncio
from pathlib import Path

import asyncpg

from .reserving import COMMIT_EVERY, EVENTS, ORDERS, SQL, Wish
from .running import Place, kafka_ends, run

CONNECTIONS = 8


async def plpgsql(place: Place) -> None:
    """Decide on orders for ever."""
    pool = await asyncpg.create_pool(place.database, min_size=CONNECTIONS, max_size=CONNECTIONS)
    await pool.execute(Path(__file__).with_name("reserve_order.sql").read_text(encoding="utf-8"))
    consumer, producer = await kafka_ends(place, ORDERS)

    async def work(wishes: list[Wish]) -> None:
        async with pool.acquire() as connection:
            while wishes:
                wish = wishes.pop()
                _, _, *allocations = wish.allocation_rows
                lacking = await connection.fetchval(
                    SQL.reserve_order, *wish.order_row, wish.location_id, *allocations
                )
                if lacking is not None:
                    event = wish.decision(lacking)
                    await producer.send(EVENTS, event.value, event.key, headers=event.headers)

    while True:
        batches = await consumer.getmany(timeout_ms=500, max_records=COMMIT_EVERY)
        wishes = [
            Wish.read(record.key, record.value, record.headers)
            for batch in batches.values()
            for record in batch
        ]
        await asyncio.gather(*(work(wishes) for _ in range(CONNECTIONS)))
        await producer.flush()
        await consumer.commit()


if __name__ == "__main__":
    run(plpgsql)
