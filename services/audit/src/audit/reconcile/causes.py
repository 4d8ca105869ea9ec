"""The last message about each drift, looked for at the ends of the topics that could have brought it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer, ConsumerRecord

from audit.kafka_access import client_options
from audit.reconcile.comparisons import ORDER_PICKUP, ORDER_STOCK
from audit.reconcile.drifts import Cause, Drift
from audit.reconcile.settings import ReconcileSettings
from audit.replay import partitions_of, read_until
from tsunagu.contracts.topics import (
    INVENTORY_AVAILABILITY,
    INVENTORY_EVENTS,
    ORDER_EVENTS,
    PICKUP_EVENTS,
    Topic,
)

_STOCK = (INVENTORY_AVAILABILITY,)
_BROUGHT_BY: dict[str, tuple[Topic, ...]] = {
    ORDER_STOCK: (ORDER_EVENTS, INVENTORY_EVENTS),
    ORDER_PICKUP: (ORDER_EVENTS, PICKUP_EVENTS),
}
"""Topics whose key is that of the comparison; of a row of stock only its availability is told under its own key."""


async def last_messages(
    kafka: str, drifts: Sequence[Drift], settings: ReconcileSettings
) -> dict[Drift, Cause]:
    """The last message under the key of each drift, of those whose message is not too far back to be found.

    At most `cause_records_max` records of each partition are read. Raises KafkaError or IncompleteTopics.
    """
    found: dict[tuple[str, str], Cause] = {}
    wanted = {drift.subject for drift in drifts}

    def take(record: ConsumerRecord) -> None:
        key = (record.key or b"").decode("utf-8", "replace")
        if key in wanted:
            headers = {name: value for name, value in record.headers if value is not None}
            message_id = headers.get("ce_id", b"").decode("utf-8", "replace")
            at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
            before = found.get((record.topic, key))
            # Partitions are read in any order, and a key may lie in two since somebody raised their number.
            if before is None or at >= before.at:
                found[record.topic, key] = Cause(record.topic, message_id, at)

    topics = {topic.name for drift in drifts for topic in _BROUGHT_BY.get(drift.kind, _STOCK)}
    if topics and settings.cause_records_max:
        await _read_back(kafka, topics, take, settings)
    causes: dict[Drift, Cause] = {}
    for drift in drifts:
        names = [topic.name for topic in _BROUGHT_BY.get(drift.kind, _STOCK)]
        told = [found[name, drift.subject] for name in names if (name, drift.subject) in found]
        if told:
            causes[drift] = max(told, key=lambda cause: cause.at)
    return causes


async def _read_back(
    kafka: str, topics: set[str], take: Callable[[ConsumerRecord], None], settings: ReconcileSettings
) -> None:
    partitions = await partitions_of(kafka, topics)
    consumer = AIOKafkaConsumer(
        **client_options(kafka), enable_auto_commit=False, auto_offset_reset="none", check_crcs=False
    )
    await consumer.start()
    try:
        consumer.assign(partitions)
        begins = await consumer.beginning_offsets(partitions)
        ends = await consumer.end_offsets(partitions)
        for partition in partitions:
            consumer.seek(partition, max(begins[partition], ends[partition] - settings.cause_records_max))
        await read_until(
            consumer,
            {partition: end for partition, end in ends.items() if end > begins[partition]},
            take,
            timeout_seconds=settings.kafka_timeout_seconds,
            records_max=settings.page_keys_max,
        )
    finally:
        await consumer.stop()
