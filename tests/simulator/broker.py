"""Topics in memory, and the two ends that aiokafka would have: a producer's, and a consumer's."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import cast
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaConnectionError, RequestTimedOutError
from aiokafka.producer.message_accumulator import BatchBuilder

from tsunagu.chassis.cluster import Cluster
from tsunagu.chassis.offsets import LogId
from tsunagu.chassis.partitioning import partition_of
from tsunagu.chassis.record_batch import unpack
from tsunagu.chassis.sending import Sender
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.contracts.envelope import Decoded, Record, decode
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import PARTITIONS_LOCAL, TOPIC_BY_NAME
from tsunagu.testing.simulated_clock import SimulatedClock

_BATCH_BYTES_MAX = 512_000
_UNCOMPRESSED = 0
CLUSTER_ID = "simulated"


@dataclass(slots=True)
class Broker:
    """Every topic's partitions, each a list of records. Order holds within a partition, as in Kafka."""

    clock: SimulatedClock
    logs: dict[TopicPartition, list[ConsumerRecord]] = field(default_factory=dict)
    made_again: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """How often a topic's log got another identity, as after its restoration to another cluster."""

    def __post_init__(self) -> None:
        for topic in TOPIC_BY_NAME.values():
            count = 1 if topic.kind == "dead_letters" else PARTITIONS_LOCAL
            self.logs.update({TopicPartition(topic.name, number): [] for number in range(count)})

    def partitions(self, topic: str) -> list[TopicPartition]:
        """The partitions of a topic."""
        return [place for place in self.logs if place.topic == topic]

    def append(self, place: TopicPartition, records: Iterable[Record]) -> None:
        """Write records at a partition's end."""
        log = self.logs[place]
        for key, value, headers in records:
            time_ms = round(self.clock.now().timestamp() * 1000)
            log.append(
                ConsumerRecord(
                    place.topic,
                    place.partition,
                    len(log),
                    time_ms,
                    0,
                    key,
                    value,
                    None,
                    len(key),
                    len(value or b""),
                    tuple(headers),
                )
            )

    def produce(self, topic: str, record: Record) -> None:
        """Write a record where its key belongs."""
        self.append(TopicPartition(topic, partition_of(record.key, len(self.partitions(topic)))), [record])

    def latest(self, topic: str) -> dict[str, Message]:
        """Key → the last message of it, as a compacted topic keeps them; none where the key was deleted."""
        latest: dict[str, Message] = {}
        for decoded in self.read(topic):
            if decoded.message is None:
                latest.pop(decoded.key, None)
            else:
                latest[decoded.key] = decoded.message
        return latest

    def read(self, topic: str) -> Iterator[Decoded]:
        """All records of a topic, in the order of each key."""
        for place in self.partitions(topic):
            for record in self.logs[place]:
                yield decode(TOPIC_BY_NAME[topic], record.key, record.value, record.headers)

    def ends(self) -> dict[tuple[str, int], int]:
        """Topic and partition → the offset after its last record."""
        return {(place.topic, place.partition): len(log) for place, log in self.logs.items()}

    async def log_id(self, topic: str) -> LogId:
        """Which log the topic is now; what the chassis asks of a cluster."""
        return LogId(CLUSTER_ID, UUID(int=1 + self.made_again[topic]))

    def as_cluster(self) -> Cluster:
        """The part of a cluster that the chassis's consumer asks."""
        return cast(Cluster, self)


class Assignment:
    """A consumer's end: partitions, and the offset that comes next in each."""

    def __init__(self, broker: Broker, topic: str) -> None:
        self._broker = broker
        self._next = dict.fromkeys(broker.partitions(topic), 0)

    def assignment(self) -> set[TopicPartition]:
        """All partitions of the topic: one worker reads them all."""
        return set(self._next)

    async def beginning_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        """The topics keep everything."""
        return dict.fromkeys(sorted(places), 0)

    async def end_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        """The offsets after the last records."""
        return {place: len(self._broker.logs[place]) for place in sorted(places)}

    def seek(self, place: TopicPartition, offset: int) -> None:
        """Read on from there."""
        self._next[place] = offset

    def position(self, place: TopicPartition) -> int:
        """The offset that comes next."""
        return self._next[place]

    def pause(self, *places: TopicPartition) -> None:
        """Nothing is read unless `poll` is called."""

    resume = pause

    def unread(self) -> dict[TopicPartition, int]:
        """Partitions with records that were not polled, and how many."""
        waiting = {place: len(self._broker.logs[place]) - offset for place, offset in self._next.items()}
        return {place: count for place, count in waiting.items() if count > 0}

    def poll(self, place: TopicPartition, count: int) -> list[ConsumerRecord]:
        """The next records of a partition."""
        offset = self._next[place]
        records = self._broker.logs[place][offset : offset + count]
        self._next[place] = offset + len(records)
        return records

    def as_consumer(self) -> AIOKafkaConsumer:
        """The part of aiokafka's consumer that the chassis uses."""
        return cast(AIOKafkaConsumer, self)


@dataclass(slots=True)
class Wire:
    """What goes wrong between a relay and the broker: shared by all producers of a service.

    Each batch of a relay's turn meets what `random` says, as long as `chance` is above zero.
    """

    random: Random
    chance: float = 0.0
    lost: list[str] = field(default_factory=list)
    """What went wrong in this turn."""

    def fate(self) -> str | None:
        """Whether a batch gets through: `unsent` never reached the broker, `unacknowledged` did."""
        if not self.chance or self.random.random() >= self.chance:
            return None
        fate = self.random.choice(("unsent", "unacknowledged", "unacknowledged"))
        self.lost.append(fate)
        return fate


class _Producer:
    """A producer's end. What is sent is unpacked as a broker would, from the bytes that Kafka would get."""

    def __init__(self, broker: Broker, wire: Wire) -> None:
        self._broker = broker
        self._wire = wire

    async def partitions_for(self, topic: str) -> set[int]:
        return {place.partition for place in self._broker.partitions(topic)}

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(_BATCH_BYTES_MAX, _UNCOMPRESSED)

    async def send_batch(self, batch: BatchBuilder, topic: str, *, partition: int) -> "asyncio.Future[None]":
        acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        fate = self._wire.fate()
        if fate != "unsent":
            batch._set_producer_state(1, 0, 0)
            self._broker.append(TopicPartition(topic, partition), unpack(bytes(batch._build())))
        if fate == "unsent":
            acknowledged.set_exception(KafkaConnectionError("simulated: the broker is away"))
        elif fate == "unacknowledged":
            acknowledged.set_exception(RequestTimedOutError("simulated: no acknowledgement came"))
        else:
            acknowledged.set_result(None)
        return acknowledged


class SimulatedSender(Sender):
    """The relay's own sender, with a producer whose broker is in memory."""

    def __init__(
        self, settings: ChassisSettings, partitions: dict[str, int], broker: Broker, wire: Wire
    ) -> None:
        self._settings = settings
        self._partitions = partitions
        self._missing_until: dict[str, float] = {}
        self.cluster_id = CLUSTER_ID
        self._producer = cast(AIOKafkaProducer, _Producer(broker, wire))

    async def start(self) -> None:
        """The broker is there."""

    async def kill(self) -> None:
        """Nothing of it is anywhere else."""
