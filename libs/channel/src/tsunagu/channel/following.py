"""Reading topics for a read model: where each partition goes on is said by its database, not by Kafka."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError

from tsunagu.channel.errors import NewsLost
from tsunagu.channel.kafka_calls import KAFKA_AWAY, stop_quietly, within
from tsunagu.channel.model import ReadModel
from tsunagu.channel.rights import refused_by_broker
from tsunagu.channel.settings import Settings
from tsunagu.channel.store import Opened, Place
from tsunagu.channel.taking_over import Entry, Taken, entry_of, take_over

_log = logging.getLogger(__name__)
_STOP_SECONDS = 5.0
T = TypeVar("T")


class Follower:
    """Brings one read model up to date, for as long as it is awaited."""

    def __init__(self, name: str, settings: Settings, model: ReadModel[Any]) -> None:
        self._name = name
        self._settings = settings
        self._model = model
        self._group = ""
        self._fences: dict[Place, int] = {}
        self._expected: dict[Place, int] = {}
        self._to_place: set[TopicPartition] = set()

    async def run(self, target: dict[Place, int] | None) -> None:
        """Read for ever, or until the model is at least as far as `target`.

        Outages of Kafka and of the database are waited for. Raises MissingRight, NewsLost and SchemaChanged.
        """
        # A group is a database: who shares one parts the work, and a new one is read for from the beginning.
        self._group = f"{self._name}.{self._model.name}.{(await self._opened()).model_id}"
        failures = 0
        while True:
            consumer = self._consumer()
            try:
                await within(self._settings.kafka_timeout_seconds, consumer.start())
                failures = 0
                return await self._read(consumer, target)
            except TopicAuthorizationFailedError as error:
                raise refused_by_broker(self._name, "read", ", ".join(_topics(error, self._model))) from None
            except GroupAuthorizationFailedError:
                raise refused_by_broker(self._name, "read", f"groups that begin with {self._name}.") from None
            except KAFKA_AWAY as error:
                failures += 1
                _log.warning("Kafka does not answer, tried again: %r", error)
            finally:
                await stop_quietly(_STOP_SECONDS, consumer.stop())
            await self._pause(failures)

    def _consumer(self) -> AIOKafkaConsumer:
        settings = self._settings
        self._fences.clear()
        self._to_place.clear()
        consumer = AIOKafkaConsumer(
            **settings.client_options(),
            client_id=self._name,
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            partition_assignment_strategy=(RoundRobinPartitionAssignor,),
            session_timeout_ms=settings.session_timeout_ms,
            heartbeat_interval_ms=settings.session_timeout_ms // 3,
        )
        consumer.subscribe(list(self._model.topics), listener=_Assignments(consumer, self._to_place))
        return consumer

    async def _read(self, consumer: AIOKafkaConsumer, target: dict[Place, int] | None) -> None:
        while True:
            await self._place(consumer)
            if target is not None and await self._is_at(target):
                return
            polled: dict[TopicPartition, list[Any]] = await consumer.getmany(
                timeout_ms=self._settings.poll_wait_ms, max_records=self._settings.batch_records_max
            )
            _require_running(consumer)
            await self._require_whole(consumer, polled)
            entries = [
                entry_of(record, self._model.topics[partition.topic], self._model.handlers)
                for partition, records in polled.items()
                for record in records
            ]
            if entries:
                self._place_again(consumer, (await self._take_over(entries)).lost)

    async def _require_whole(
        self, consumer: AIOKafkaConsumer, polled: dict[TopicPartition, list[Any]]
    ) -> None:
        """Raise NewsLost where records do not follow on what was read last, and those between are gone."""
        for partition, records in polled.items():
            place = Place(*partition)
            expected = self._expected.get(place, records[0].offset)
            first = records[0].offset
            # A compacted log has gaps of its own.
            if first < expected or (first > expected and not self._model.topics[place.topic].compacted):
                seconds = self._settings.kafka_timeout_seconds
                beginning = (await within(seconds, consumer.beginning_offsets([partition])))[partition]
                end = (await within(seconds, consumer.end_offsets([partition])))[partition]
                self._require_held(place, expected, beginning, end)
            self._expected[place] = records[-1].offset + 1

    def _require_held(self, place: Place, next_offset: int, beginning: int, end: int) -> None:
        if not beginning <= next_offset <= end:
            raise NewsLost(
                f"{place.topic} partition {place.partition} holds offsets {beginning} to {end}, and "
                f"{self._model.name} goes on at {next_offset}: what it missed is gone. Channel.replay builds it anew"
            )

    async def _opened(self) -> Opened:
        model = self._model
        return await self._lasting(partial(model.store.open, model.schema, model.since))

    async def _is_at(self, target: dict[Place, int]) -> bool:
        there = await self._lasting(self._model.store.next_offsets)
        return all(there.get(place, 0) >= end for place, end in target.items())

    def _place_again(self, consumer: AIOKafkaConsumer, lost: Iterable[Place]) -> None:
        partitions = {TopicPartition(*place) for place in lost} & consumer.assignment()
        if partitions:
            consumer.pause(*partitions)
            self._to_place |= partitions

    async def _place(self, consumer: AIOKafkaConsumer) -> None:
        """Go to where the database says that each newly assigned partition is read on."""
        partitions = self._to_place & consumer.assignment()
        self._to_place.clear()
        if not partitions:
            return
        seconds = self._settings.kafka_timeout_seconds
        beginnings = await within(seconds, consumer.beginning_offsets(list(partitions)))
        ends = await within(seconds, consumer.end_offsets(list(partitions)))
        firsts = dict(beginnings)
        since = (await self._opened()).since  # looked at each time: a replay may have changed it
        if since is not None:
            since_ms = round(since.timestamp() * 1000)
            found = await within(seconds, consumer.offsets_for_times(dict.fromkeys(partitions, since_ms)))
            firsts = {one: found[one].offset if found[one] else ends[one] for one in partitions}
        for partition in partitions:
            place = Place(partition.topic, partition.partition)
            claimed = await self._lasting(partial(self._model.store.claim, place, firsts[partition], since))
            if claimed is None:  # replayed from another time meanwhile
                self._to_place.add(partition)
                continue
            position, is_new = claimed
            next_offset = position.next_offset
            if not is_new:
                self._require_held(place, next_offset, beginnings[partition], ends[partition])
            if partition in consumer.assignment():
                self._fences[place] = position.fence
                self._expected[place] = next_offset
                consumer.seek(partition, next_offset)
                consumer.resume(partition)

    async def _take_over(self, entries: list[Entry]) -> Taken:
        async def once() -> Taken:
            async with self._model.store.transaction() as transaction:
                return await take_over(transaction, entries, self._fences, self._settings)

        taken = await self._lasting(once)
        for refused in taken.refused:
            _log.warning(
                "%s: record %s of %s partition %s is refused (%s): %s",
                self._model.name, refused.offset, refused.topic, refused.partition, refused.reason, refused.detail,
            )  # fmt: skip
            if self._model.refused is not None:
                self._model.refused(refused)
        return taken

    async def _lasting(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do something with the database, again for as long as it is away."""
        failures = 0
        while True:
            try:
                return await work()
            except Exception as error:
                if not self._model.store.is_outage(error):
                    raise
                failures += 1
                _log.warning(
                    "the database of %s does not answer, tried again: %s",
                    self._model.name,
                    error,
                )
            await self._pause(failures)

    async def _pause(self, failures: int) -> None:
        seconds = self._settings.retry_min_seconds * 2.0 ** min(failures - 1, 30)
        await asyncio.sleep(min(seconds, self._settings.retry_max_seconds))


class _Assignments(ConsumerRebalanceListener):
    """Has what is newly assigned stand still until its place is known."""

    def __init__(self, consumer: AIOKafkaConsumer, to_place: set[TopicPartition]) -> None:
        self._consumer = consumer
        self._to_place = to_place

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Nothing: who takes over has another fence."""

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        if assigned:
            self._consumer.pause(*assigned)
        self._to_place.clear()
        self._to_place.update(assigned)


def _topics(error: TopicAuthorizationFailedError, model: ReadModel[Any]) -> list[str]:
    named = [topic for topic in model.topics if topic in str(error)]
    return named or list(model.topics)


def _require_running(consumer: AIOKafkaConsumer) -> None:
    """Raise KafkaError if a task of the client has ended: it would be polled on in silence, and read nothing more."""
    coordinator, fetcher = consumer._coordinator, consumer._fetcher
    tasks = (coordinator._coordination_task, fetcher._fetch_task, consumer._client._sync_task)
    for task in tasks:
        if task is not None and task.done():
            raise KafkaError(f"{task.get_coro()} has ended")
