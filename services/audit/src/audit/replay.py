"""Reads every topic once, from its beginning to where it ended when the audit began."""

from collections.abc import Callable
from functools import partial

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from audit.kafka_access import client_options
from audit.settings import AuditSettings
from tsunagu.contracts.topics import TOPICS, Topic

Take = Callable[[Topic, ConsumerRecord], None]
Ends = dict[tuple[str, int], int]
"""Topic and partition → the offset after its last record."""


class IncompleteTopics(Exception):  # noqa: N818 - says what stands in the way of an audit
    """The topics no longer hold, or can't be read for, all that an audit needs."""


async def replay(kafka: str, take: Take, settings: AuditSettings) -> Ends:
    """Give every record of every topic that the audit may read to `take`, per partition in order.

    Returns the ends. Raises IncompleteTopics where a topic has lost its beginning to its retention, where there
    are more than `records_max` records, or where the broker stops answering.
    """
    readable = {topic.name: topic for topic in TOPICS if "audit" in topic.read_by}
    partitions = await partitions_of(kafka, set(readable))
    consumer = AIOKafkaConsumer(
        **client_options(kafka), enable_auto_commit=False, auto_offset_reset="none", check_crcs=False
    )
    if not partitions:
        return {}
    await consumer.start()
    try:
        consumer.assign(partitions)
        begins = await consumer.beginning_offsets(partitions)
        ends = await consumer.end_offsets(partitions)
        _require_all(readable, begins, ends, settings)
        for partition in partitions:
            consumer.seek(partition, begins[partition])
        await read_until(
            consumer,
            {p: ends[p] for p in partitions if ends[p] > begins[p]},
            partial(_give, readable, take),
            timeout_seconds=settings.kafka_timeout_seconds,
            records_max=settings.fetch_records_max,
        )
        return {(partition.topic, partition.partition): end for partition, end in ends.items()}
    finally:
        await consumer.stop()


def _give(topics: dict[str, Topic], take: Take, record: ConsumerRecord) -> None:
    take(topics[record.topic], record)


async def partitions_of(kafka: str, names: set[str]) -> list[TopicPartition]:
    """The partitions of those of these topics that are there."""
    admin = AIOKafkaAdminClient(**client_options(kafka))
    await admin.start()
    try:
        there = sorted(names & set(await admin.list_topics()))
        described = await admin.describe_topics(there) if there else []
        return [
            TopicPartition(topic["topic"], partition["partition"])
            for topic in described
            for partition in topic["partitions"]
        ]
    finally:
        await admin.close()


def _require_all(
    topics: dict[str, Topic],
    begins: dict[TopicPartition, int],
    ends: dict[TopicPartition, int],
    settings: AuditSettings,
) -> None:
    for partition, begin in begins.items():
        if begin > 0 and topics[partition.topic].kind not in ("state", "dead_letters"):
            raise IncompleteTopics(
                f"{partition.topic} has lost its first {begin} records to its retention: an audit replays from the"
                " first record on, so that it can't say anything of this system any more"
            )
    records = sum(ends[partition] - begins[partition] for partition in begins)
    if records > settings.records_max:
        raise IncompleteTopics(
            f"the topics hold {records} records, and {settings.records_max} are the most that are audited:"
            " raise TSUNAGU_AUDIT_RECORDS_MAX if the memory is there"
        )


async def read_until(
    consumer: AIOKafkaConsumer,
    left: dict[TopicPartition, int],
    take: Callable[[ConsumerRecord], None],
    *,
    timeout_seconds: float,
    records_max: int,
) -> None:
    """Give every record before the ends in `left` to `take`, per partition in order; `left` is empty afterwards.

    `records_max` are taken from the consumer at once. Raises IncompleteTopics when nothing comes for the timeout.
    """
    while left:
        batches = await consumer.getmany(
            *left, timeout_ms=int(timeout_seconds * 1000), max_records=records_max
        )
        if not batches:
            names = ", ".join(sorted({partition.topic for partition in left}))
            raise IncompleteTopics(f"nothing came from {names} for {timeout_seconds} s")
        for partition, records in batches.items():
            for record in records:
                if record.offset < left[partition]:
                    take(record)
            if records[-1].offset + 1 >= left[partition]:
                del left[partition]
