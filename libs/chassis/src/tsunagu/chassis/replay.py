"""Topics are read again from an earlier time: what was passed over then, since nothing handled it, is handled now.

What has been handled stays handled: the inbox knows its id, state its version.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from tsunagu.chassis import clock
from tsunagu.chassis.consumer import Consumer
from tsunagu.chassis.database import Connection
from tsunagu.chassis.http_answers import Unknown, Wrong
from tsunagu.chassis.kafka_calls import KAFKA_AWAY, within
from tsunagu.chassis.queries import beside

if TYPE_CHECKING:
    from tsunagu.chassis.runtime import Runtime

SQL = beside(__file__)
_log = structlog.get_logger(__name__)

CLOCKS_APART = timedelta(days=1)
"""A record's time is its producer's, the inbox's is ours: ids of records from so near its end may be forgotten."""


class KafkaSilent(Exception):  # noqa: N818 - an answer
    """Kafka does not say where in a topic a time is; the message says of which."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be read again: these topics of a service, all of them where none is named, from a time on.

    `since` None: as far back as can be read without handling something twice.
    """

    topics: Sequence[str]
    since: datetime | None
    by: str


@dataclass(frozen=True, slots=True)
class _Place:
    topic: str
    partition: int
    topic_id: Any
    offset: int


async def plan(runtime: "Runtime", connection: Connection, asked: Asked) -> dict[str, Any]:
    """What would be read again, by topic and partition; of a compacted topic it may be less. Raises as `begin` does."""
    places = await _places(runtime, asked)
    async with connection.transaction():
        return _told(await _lock(connection, places))


async def begin(runtime: "Runtime", connection: Connection, asked: Asked) -> dict[str, Any]:
    """Have it read again, by whichever process has the partition; returns what `plan` says.

    Who reads on where the partition was before finds its records stale, looks again within
    `log_check_interval_seconds`, and nothing in between is lost.
    Raises Unknown for a topic that is not read here, Wrong for a time from which messages may be forgotten already, and
    KafkaSilent.
    """
    places = await _places(runtime, asked)
    async with connection.transaction():
        rows = await _lock(connection, places)
        columns = [[row[name] for row in rows] for name in ("topic", "partition", "from_offset")]
        await connection.execute(SQL.read_again, *columns)
    told = _told(rows)
    _log.warning("topics are read again", by=asked.by, since=asked.since and asked.since.isoformat(), **told)
    return told


async def _places(runtime: "Runtime", asked: Asked) -> list[_Place]:
    by_topic = {consumer.topic: consumer for consumer in runtime.consumers}
    for topic in asked.topics:
        if topic not in by_topic:
            raise Unknown(
                f"{runtime.service.name} does not read {topic}; it reads {', '.join(sorted(by_topic))}"
            )
    horizon = clock.now() - timedelta(days=runtime.settings.inbox_retention_days) + CLOCKS_APART
    seconds = runtime.settings.kafka_call_timeout_seconds
    return [
        place
        for topic in asked.topics or by_topic
        for place in await _places_of(by_topic[topic], asked.since, horizon, seconds)
    ]


async def _places_of(
    consumer: Consumer, since: datetime | None, horizon: datetime, seconds: float
) -> list[_Place]:
    log, client = consumer.log, consumer.consumer
    if log is None or client is None:
        raise KafkaSilent(f"{consumer.topic} has not been found in Kafka yet; try again in a moment")
    # State is known by its version, however old it is; all else by ids that are remembered for so long.
    if not consumer.is_compacted:
        if since is not None and since < horizon:
            raise Wrong(
                f"since: ids of messages are remembered since {horizon:%Y-%m-%dT%H:%M:%SZ}"
                " (inbox_retention_days); what is older might be handled twice"
            )
        since = since or horizon
    try:
        offsets = await within(seconds, _offsets_at(client, consumer.topic, since))
    except KAFKA_AWAY as error:
        raise KafkaSilent(
            f"Kafka does not say where {consumer.topic} is to be read from: {error!r}"
        ) from error
    return [_Place(consumer.topic, partition, log.topic_id, at) for partition, at in offsets.items()]


async def _offsets_at(client: AIOKafkaConsumer, topic: str, since: datetime | None) -> Mapping[int, int]:
    partitions = [TopicPartition(topic, number) for number in client.partitions_for_topic(topic) or ()]
    if since is None:
        beginnings = await client.beginning_offsets(partitions)
        return {place.partition: offset for place, offset in beginnings.items()}
    milliseconds = round(since.timestamp() * 1000)
    found = await client.offsets_for_times(dict.fromkeys(partitions, milliseconds))
    # Of a partition that has had nothing since, nothing is read again.
    return {place.partition: record.offset for place, record in found.items() if record is not None}


async def _lock(connection: Connection, places: Sequence[_Place]) -> list[Any]:
    columns = [
        [getattr(place, name) for place in places] for name in ("topic", "partition", "topic_id", "offset")
    ]
    return await connection.fetch(SQL.lock_replayed, *columns)


def _told(rows: Sequence[Any]) -> dict[str, Any]:
    topics: dict[str, Any] = {}
    for row in rows:
        topic = topics.setdefault(row["topic"], {"records": 0, "partitions": {}})
        topic["records"] += row["next_offset"] - row["from_offset"]
        topic["partitions"][str(row["partition"])] = {
            "from": row["from_offset"],
            "until": row["next_offset"],
        }
    return {"topics": topics}
