"""confluent-kafka and psycopg by hand: one PostgreSQL transaction per message, Kafka offsets committed every 100."""

import psycopg
from confluent_kafka import Consumer, Producer

from .reserving import COMMIT_EVERY, EVENTS, ORDERS, SQL, Wish
from .running import Place

POLL_SECONDS = 1.0


def decide(connection: psycopg.Connection, cursor: psycopg.RawCursor, wish: Wish) -> list[str] | None:
    """The lines that can't be had; all of it is reserved where there are none. None: it was decided before."""
    with connection.transaction():
        if cursor.execute(SQL.insert_order, wish.order_row).fetchone() is None:
            return None
        locked = cursor.execute(SQL.lock_stock, (wish.location_id, wish.skus)).fetchall()
        lacking = wish.lacking({sku: available for sku, available, _ in locked})
        if not lacking:
            cursor.execute(SQL.reserve, (wish.location_id, wish.skus, wish.quantities))
            cursor.execute(SQL.insert_allocations, wish.allocation_rows)
    return lacking


def raw_confluent(place: Place) -> None:
    """Decide on orders for ever."""
    consumer = Consumer(
        {
            "bootstrap.servers": place.kafka,
            "group.id": place.group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe([ORDERS])
    producer = Producer({"bootstrap.servers": place.kafka, "enable.idempotence": True})
    handled = 0
    with (
        psycopg.connect(place.database, autocommit=True) as connection,
        psycopg.RawCursor(connection) as cursor,
    ):
        while True:
            record = consumer.poll(POLL_SECONDS)
            if record is None or record.error():
                continue
            wish = Wish.read(record.key(), record.value(), record.headers() or [])
            lacking = decide(connection, cursor, wish)
            if lacking is not None:
                event = wish.decision(lacking)
                producer.produce(EVENTS, event.value, event.key, headers=event.headers)
                producer.poll(0)
            handled += 1
            if handled % COMMIT_EVERY == 0:
                # What Kafka has not acknowledged yet would be lost if the process died after the commit.
                producer.flush()
                consumer.commit(asynchronous=False)


if __name__ == "__main__":
    raw_confluent(Place.given())
