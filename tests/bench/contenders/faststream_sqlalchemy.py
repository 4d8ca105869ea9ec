"""A FastStream handler per message with SQLAlchemy's ORM, its offset committed after it has returned."""

from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from .models import decide
from .reserving import EVENTS, ORDERS, Wish, texts
from .running import Place, run


async def faststream_sqlalchemy(place: Place) -> None:
    """Decide on orders for ever."""
    engine = create_async_engine(place.sqlalchemy)
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    broker = KafkaBroker(place.kafka, acks="all", enable_idempotence=True, logger=None)

    @broker.subscriber(
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
            await broker.publish(event.value, EVENTS, key=event.key, headers=texts(event.headers))

    await FastStream(broker, logger=None).run()


if __name__ == "__main__":
    run(faststream_sqlalchemy)
