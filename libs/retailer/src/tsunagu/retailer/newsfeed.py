"""Everything that is said on the topics, read once and passed on to whoever wants to hear it."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from tsunagu.contracts.envelope import Unreadable, decode
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import TOPIC_BY_NAME, Topic

REQUEST_TIMEOUT_MS = 40_000  # aiokafka's own; a broker that answers so late is restarting
POLL_MS = 50  # how long an empty read waits; the view and the actors react within it
RECORDS_MAX = 2_000  # records handled before the actors get their turn

M = TypeVar("M", bound=Message)
OnRecord = Callable[[ConsumerRecord], None]


class Newsfeed:
    """Reads topics from where they end at `start`, without a consumer group: it disturbs nobody.

    Messages of topics to which nobody listens by type are counted, not decoded. A broker that does not answer for
    `request_timeout_ms` is asked anew, or another one that leads instead.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        topics: Iterable[Topic],
        request_timeout_ms: int = REQUEST_TIMEOUT_MS,
    ) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap_servers,
            enable_auto_commit=False,
            request_timeout_ms=request_timeout_ms,
        )
        self._topics = tuple(topics)
        self._by_type: dict[tuple[str, type[Message]], list[Callable[[Message], None]]] = defaultdict(list)
        self._all: list[OnRecord] = []
        self._decoded: set[str] = set()
        self.unreadable: list[str] = []
        """What could not be read, as sentences."""
        self.written_at = datetime.now(UTC)
        """When the message that is being passed on was written to its topic."""

    def listen(self, topic: Topic, message_type: type[M], hear: Callable[[M], None]) -> None:
        """Call `hear` with each message of this type on this topic."""
        self._decoded.add(topic.name)
        self._by_type[topic.name, message_type].append(hear)  # type: ignore[arg-type]  # called with this type only

    def listen_to_all(self, topic: Topic, hear: Callable[[Message], None]) -> None:
        """Call `hear` with each message on this topic."""
        for message_type in topic.messages:
            self.listen(topic, message_type, hear)

    def watch(self, on_record: OnRecord) -> None:
        """Call `on_record` with each record of every topic."""
        self._all.append(on_record)

    async def start(self) -> None:
        """Connect, and begin with what is sent from now on."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap_servers)
        await admin.start()
        try:
            described = await admin.describe_topics([topic.name for topic in self._topics])
        finally:
            await admin.close()
        partitions = [
            TopicPartition(topic["topic"], partition["partition"])
            for topic in described
            for partition in topic["partitions"]
        ]
        await self._consumer.start()
        self._consumer.assign(partitions)
        ends = await self._consumer.end_offsets(partitions)
        for partition, offset in ends.items():
            self._consumer.seek(partition, offset)

    async def run(self) -> None:
        """Read and pass on, until cancelled."""
        while True:
            batches = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=RECORDS_MAX)
            for records in batches.values():
                for record in records:
                    self._pass_on(record)

    async def stop(self) -> None:
        """Disconnect."""
        await self._consumer.stop()

    def _pass_on(self, record: ConsumerRecord) -> None:
        for on_record in self._all:
            on_record(record)
        if record.topic not in self._decoded:
            return
        try:
            message = decode(TOPIC_BY_NAME[record.topic], record.key, record.value, record.headers).message
        except Unreadable as error:
            self.unreadable.append(f"{record.topic} {record.partition}:{record.offset}: {error}")
            return
        if message is not None:
            self.written_at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
            for hear in self._by_type.get((record.topic, type(message)), ()):
                hear(message)
