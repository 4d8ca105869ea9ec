"""Asking Kafka about its topics: which log one is (made again it is another), and how much is written in it."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, TypeVar
from uuid import UUID

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError, for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.offset import OffsetRequest, OffsetResetStrategy
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    TaggedFields,
)
from aiokafka.structs import TopicPartition

from tsunagu.chassis.offsets import LogId
from tsunagu.chassis.read_until import Ends

T = TypeVar("T")
_TEXT = CompactString("utf-8")


class MetadataResponse_v12(Response):  # noqa: N801 - named as aiokafka names protocol classes
    """The first version that can be asked by name and tells topic ids (KIP-516); aiokafka stops at 5."""

    API_KEY = 3
    API_VERSION = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32), ("host", _TEXT), ("port", Int32), ("rack", _TEXT), ("tags", TaggedFields)
            ),
        ),
        ("cluster_id", _TEXT),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", _TEXT),
                ("topic_id_high", Int64),
                ("topic_id_low", Int64),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class MetadataRequest_v12(RequestStruct):  # noqa: N801
    """See MetadataResponse_v12."""

    API_KEY = 3
    API_VERSION = 12
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = MetadataResponse_v12
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(
                ("topic_id_high", Int64), ("topic_id_low", Int64), ("name", _TEXT), ("tags", TaggedFields)
            ),
        ),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _TopicIdRequest(Request[MetadataRequest_v12]):
    API_KEY = 3

    def __init__(self, topic: str) -> None:
        self._topic = topic

    def build(self, request_struct_class: type[MetadataRequest_v12]) -> MetadataRequest_v12:
        return request_struct_class([(0, 0, self._topic, {})], False, False, {})


class Cluster:
    """One connection for questions about the cluster itself; made anew after it failed.

    `options` says how to sign in, each time.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        timeout_seconds: float,
        options: Callable[[], Mapping[str, Any]] = dict,
    ) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._timeout_seconds = timeout_seconds
        self._options = options
        self._client: AIOKafkaClient | None = None
        self._lock = asyncio.Lock()

    async def log_id(self, topic: str) -> LogId:
        """Which log the topic is now. Raises KafkaError, TimeoutError, or UnknownTopicOrPartitionError."""
        response = await self._ask(
            lambda client: client.send(client.get_random_node(), _TopicIdRequest(topic))
        )
        error_code, _, high, low, *_ = response.topics[0]
        if error_code:
            raise UnknownTopicOrPartitionError(f"{topic}: Kafka answers with error {error_code}")
        topic_id = UUID(int=((high & _MASK) << 64) | (low & _MASK))
        return LogId(response.cluster_id or "", topic_id)

    async def ends(self, topics: Collection[str]) -> Ends:
        """The offset after the last record of every partition of the topics. Raises KafkaError or TimeoutError."""
        return await self._ask(lambda client: _ends(client, topics))

    async def _ask(self, question: Callable[[AIOKafkaClient], Awaitable[T]]) -> T:
        async with self._lock, asyncio.timeout(self._timeout_seconds):
            try:
                return await question(await self._connected())
            except (KafkaError, OSError, TimeoutError):
                await self._drop()
                raise

    async def close(self) -> None:
        """Close the connection, if there is one."""
        async with self._lock:
            await self._drop()

    async def _connected(self) -> AIOKafkaClient:
        if self._client is None:
            addresses = self._bootstrap_servers.split(",")
            client = AIOKafkaClient(
                bootstrap_servers=addresses,
                # So that there is time to ask every broker, should the first ones be frozen.
                request_timeout_ms=round(self._timeout_seconds * 1000 / len(addresses)),
                **self._options(),
            )
            try:
                await client.bootstrap()
            except BaseException:
                await client.close()
                raise
            self._client = client
        return self._client

    async def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()


_MASK = (1 << 64) - 1
_NO_REPLICA = -1  # a client asks, not a broker
_READ_UNCOMMITTED = 0


async def _ends(client: AIOKafkaClient, topics: Collection[str]) -> Ends:
    await client.set_topics(topics)
    by_leader: dict[int, list[tuple[str, list[tuple[int, int]]]]] = defaultdict(list)
    for topic in topics:
        partitions = client.cluster.partitions_for_topic(topic)
        if not partitions:
            raise UnknownTopicOrPartitionError(f"{topic}: Kafka does not know it")
        led: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for partition in sorted(partitions):
            leader = client.cluster.leader_for_partition(TopicPartition(topic, partition))
            led[leader].append((partition, OffsetResetStrategy.LATEST))
        for leader, wanted in led.items():
            by_leader[leader].append((topic, wanted))
    ends: dict[tuple[str, int], int] = {}
    for leader, wanted_topics in by_leader.items():
        response = await client.send(leader, OffsetRequest(_NO_REPLICA, _READ_UNCOMMITTED, wanted_topics))
        for topic, answers in response.topics:
            for partition, error_code, _, end in answers:
                if error_code:
                    raise for_code(error_code)(f"{topic} partition {partition}: its end is not known")
                ends[topic, partition] = end
    return ends
