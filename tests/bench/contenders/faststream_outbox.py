"""faststream-outbox: order and event in one transaction with SQLAlchemy's ORM, and its relay to Kafka in the process.

The relay has more than its defaults, so that it does not hold up the rest: a hundred rows at once, eight workers.
"""

from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage
from faststream_outbox import OutboxBroker, make_outbox_table
from faststream_outbox.annotations import OutboxMessage
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from .models import decide
from .reserving import EVENTS, ORDERS, Wish, texts
from .running import Place, run

ROWS_AT_ONCE = 100
WORKERS = 8
POLL_SECONDS = 0.05
CONNECTIONS = 2 * WORKERS
KEY = "key"
"""Of the Kafka record, among the row's headers: the outbox table has no column for it."""


async def faststream_outbox(place: Place) -> None:
    """Decide on orders and relay what was decided, for ever."""
    engine = create_async_engine(place.sqlalchemy, pool_size=CONNECTIONS)
    metadata = MetaData()
    table = make_outbox_table(metadata, table_name="events_outbox")
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    kafka = KafkaBroker(place.kafka, acks="all", enable_idempotence=True, logger=None)
    outbox = OutboxBroker(engine, outbox_table=table, logger=None)

    @kafka.subscriber(
        ORDERS, group_id=place.group, auto_offset_reset="earliest", ack_policy=AckPolicy.NACK_ON_ERROR
    )
    async def place_order(_: dict[str, object], message: KafkaMessage) -> None:
        record = message.raw_message
        assert not isinstance(record, tuple)
        wish = Wish.read(record.key, record.value, record.headers)
        async with sessions() as session, session.begin():
            lacking = await decide(session, wish)
            if lacking is not None:
                event = wish.decision(lacking)
                headers = {**texts(event.headers), KEY: event.key.decode()}
                headers.pop("content-type")
                await outbox.publish(event.value, queue=EVENTS, session=session, headers=headers)

    @outbox.subscriber(
        EVENTS,
        max_workers=WORKERS,
        fetch_batch_size=ROWS_AT_ONCE,
        min_fetch_interval=POLL_SECONDS,
        terminal_flush_batch_size=ROWS_AT_ONCE,
    )
    async def relay(_: dict[str, object], row: OutboxMessage) -> None:
        headers = {name: value for name, value in row.headers.items() if name.startswith("ce_")}
        await kafka.publish(row.body, EVENTS, key=row.headers[KEY].encode(), headers=headers)

    await FastStream(kafka, outbox, logger=None).run()


if __name__ == "__main__":
    run(faststream_outbox)
