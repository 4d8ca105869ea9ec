"""What inventory.availability says of each key now, followed without a group."""

from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from audit.kafka_access import client_options
from audit.reconcile.drifts import Key
from audit.reconcile.settings import ReconcileSettings
from audit.replay import partitions_of, read_until
from tsunagu.contracts.envelope import Unreadable, decode
from tsunagu.contracts.messages import Availability
from tsunagu.contracts.topics import INVENTORY_AVAILABILITY

_COUNT_BITS = 32  # a count of pieces is an integer of the database


class CouldNotLook(Exception):  # noqa: N818 - a state of affairs that is reported, and tried again
    """Something stands in the way of a look; the text says what, and what to do."""


class State(NamedTuple):
    """The last thing that was said of a key."""

    version: int
    available: int


class Availabilities:
    """The latest version of each key. Of a record only the version and the pieces are kept, in one number."""

    def __init__(self, kafka: str, settings: ReconcileSettings) -> None:
        self._kafka = kafka
        self._settings = settings
        self._states: dict[str, int] = {}
        self._order: list[str] = []
        self._place = 0
        self._consumer: AIOKafkaConsumer | None = None
        self._next: dict[TopicPartition, int] = {}

    def get(self, key: Key) -> State | None:
        """What the topic says of a location and SKU."""
        packed = self._states.get(":".join(key))
        return None if packed is None else State(packed >> _COUNT_BITS, packed & ((1 << _COUNT_BITS) - 1))

    async def keys_after(self, after: Key | None, limit: int) -> list[Key]:
        """The keys after one, in the order in which they first came; what came meanwhile is for the next round."""
        if after is None:
            self._order, self._place = list(self._states), 0
        page = self._order[self._place : self._place + limit]
        self._place += len(page)
        # A location id holds no colon, a SKU may.
        return [(location_id, sku) for location_id, _, sku in (key.partition(":") for key in page)]

    async def catch_up(self) -> None:
        """Read on to where the topic ends now. Raises CouldNotLook, KafkaError or IncompleteTopics."""
        try:
            consumer = self._consumer or await self._start()
            ends = await consumer.end_offsets(list(self._next))
            if any(ends[partition] < place for partition, place in self._next.items()):
                await self.close()  # the topic was made again
                consumer = await self._start()
                ends = await consumer.end_offsets(list(self._next))
            left = {partition: end for partition, end in ends.items() if end > self._next[partition]}
            for partition in left:
                # What came after the ends of the last look was fetched then, and passed over.
                consumer.seek(partition, self._next[partition])
            await read_until(
                consumer,
                left,
                self._take,
                timeout_seconds=self._settings.kafka_timeout_seconds,
                records_max=self._settings.page_keys_max,
            )
            self._next = dict(ends)
        except BaseException:
            await self.close()  # whatever it was: the next look begins anew, with another consumer
            raise

    async def close(self) -> None:
        """Forget everything."""
        consumer, self._consumer = self._consumer, None
        self._states, self._next, self._order, self._place = {}, {}, [], 0
        if consumer is not None:
            await consumer.stop()

    async def _start(self) -> AIOKafkaConsumer:
        partitions = await partitions_of(self._kafka, {INVENTORY_AVAILABILITY.name})
        if not partitions:
            raise CouldNotLook(f"there is no topic {INVENTORY_AVAILABILITY.name}: make the topics first")
        consumer = AIOKafkaConsumer(
            **client_options(self._kafka),
            enable_auto_commit=False,
            auto_offset_reset="none",
            check_crcs=False,
        )
        await consumer.start()
        self._consumer = consumer
        consumer.assign(partitions)
        self._next = await consumer.beginning_offsets(partitions)
        return consumer

    def _take(self, record: ConsumerRecord) -> None:
        key = (record.key or b"").decode("utf-8", "replace")
        if record.value is None:
            self._states.pop(key, None)
            return
        try:
            message = decode(INVENTORY_AVAILABILITY, record.key, record.value, record.headers).message
        except Unreadable:
            return  # a dead letter of its readers, which the audit tells of
        if isinstance(message, Availability):
            packed = message.version << _COUNT_BITS | message.available
            if packed > self._states.get(key, -1):
                self._states[key] = packed
            if len(self._states) > self._settings.topic_keys_max:
                raise CouldNotLook(
                    f"{INVENTORY_AVAILABILITY.name} has more than {self._settings.topic_keys_max} keys: raise"
                    " TSUNAGU_RECONCILE_TOPIC_KEYS_MAX if the memory is there (150 MB for a million)"
                )
