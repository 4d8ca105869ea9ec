"""On a real broker with accounts, each of edge's identities may do what the contracts say, and is refused all else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError

from tsunagu.contracts.topics import EDGE_SERVICES, SERVICES, TOPICS, Topic
from tsunagu.stack.kafka_accounts import ADMIN, client_options
from tsunagu.stack.kafka_rights import Operation, Resource, ensure_rights, rights_of
from tsunagu.stack.postgres import new_password
from tsunagu.testing.embedded import embedded_kafka

REFUSED_WITHIN_SECONDS = 20.0  # a broker says no at once; a busy machine takes its time


@dataclass
class Guarded:
    """A broker with accounts, topics and rights."""

    address: str
    passwords: dict[str, str]

    def options(self, identity: str) -> dict[str, Any]:
        return {
            "bootstrap_servers": self.address,
            "request_timeout_ms": 10_000,
            **client_options(identity, self.passwords[identity]),
        }


@pytest.fixture(scope="module")
async def guarded() -> AsyncIterator[Guarded]:
    passwords = {account: new_password() for account in (ADMIN, *SERVICES)}
    async with embedded_kafka(passwords=passwords) as server:
        broker = Guarded(server.address, passwords)
        admin = AIOKafkaAdminClient(**broker.options(ADMIN))
        await admin.start()
        try:
            await admin.create_topics([NewTopic(topic.name, 1, 1) for topic in TOPICS])
        finally:
            await admin.close()
        rights = [right for service in SERVICES for right in rights_of(service)]
        await ensure_rights(server.address, client_options(ADMIN, passwords[ADMIN]), rights)
        yield broker


def test_rights__of_an_identity__are_its_own_topics_and_groups() -> None:
    for service in SERVICES:
        rights = rights_of(service)
        topics = [(right.name, right.operation) for right in rights if right.resource is Resource.TOPIC]
        assert {name for name, operation in topics if operation is Operation.WRITE} == {
            topic.name for topic in TOPICS if service in topic.written_by
        }
        assert {name for name, operation in topics if operation is Operation.READ} == {
            topic.name for topic in TOPICS if service in topic.read_by
        }
        assert [right.name for right in rights if right.resource is Resource.GROUP] == [f"{service}."]


def kinds_of(identity: str) -> dict[str, list[Topic]]:
    """Every topic by what the identity may do with it."""
    kinds: dict[str, list[Topic]] = {"neither": [], "reads": [], "writes": [], "both": []}
    for topic in TOPICS:
        reads, writes = identity in topic.read_by, identity in topic.written_by
        kinds["both" if reads and writes else "reads" if reads else "writes" if writes else "neither"].append(
            topic
        )
    return kinds


@asynccontextmanager
async def producing(guarded: Guarded, identity: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(**guarded.options(identity), acks="all", retry_backoff_ms=20)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def read_one(guarded: Guarded, identity: str, topic: str) -> None:
    """Read the first record of a topic, without a group. Raises what the broker says."""
    consumer = AIOKafkaConsumer(
        **guarded.options(identity), auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        consumer.seek(partition, 0)
        await consumer.getone()
    finally:
        await consumer.stop()


@pytest.mark.wide
@pytest.mark.component
@pytest.mark.parametrize("identity", EDGE_SERVICES)
async def test_identity_of_edge__what_the_contracts_do_not_give_it__is_refused(
    guarded: Guarded, identity: str
) -> None:
    kinds = kinds_of(identity)
    async with asyncio.timeout(REFUSED_WITHIN_SECONDS * 3), producing(guarded, identity) as producer:
        for topic in kinds["neither"]:
            with pytest.raises(TopicAuthorizationFailedError):
                await producer.partitions_for(topic.name)
        for topic in kinds["reads"]:
            with pytest.raises(TopicAuthorizationFailedError):
                await producer.send_and_wait(topic.name, b"forged", key=b"k")
        for topic in kinds["writes"]:
            await producer.send_and_wait(topic.name, b"its own", key=b"k")
            with pytest.raises(TopicAuthorizationFailedError):
                await read_one(guarded, identity, topic.name)
    assert kinds["neither"] and kinds["reads"] and kinds["writes"]


@pytest.mark.wide
@pytest.mark.component
async def test_identity__in_another_services_group__is_refused(guarded: Guarded) -> None:
    consumer = AIOKafkaConsumer(
        "order.events", group_id="inventory.order.events", **guarded.options("edge-staff")
    )
    with pytest.raises(GroupAuthorizationFailedError):
        async with asyncio.timeout(REFUSED_WITHIN_SECONDS):
            await consumer.start()
            await consumer.getone()
    await consumer.stop()


@pytest.mark.wide
@pytest.mark.component
async def test_identity__reads_what_it_may_in_a_group_of_its_own(guarded: Guarded) -> None:
    async with producing(guarded, "order") as producer:
        await producer.send_and_wait("order.events", b"news", key=b"k")
    consumer = AIOKafkaConsumer(
        "order.events",
        group_id="edge-staff.order.events",
        auto_offset_reset="earliest",
        **guarded.options("edge-staff"),
    )
    async with asyncio.timeout(REFUSED_WITHIN_SECONDS):
        await consumer.start()
        record = await consumer.getone()
        await consumer.commit()
        await consumer.stop()
    assert record.value == b"news"


@pytest.mark.wide
@pytest.mark.component
@pytest.mark.parametrize("password", ["wrong", None])
async def test_identity__with_a_wrong_password_or_none__is_not_let_in(
    guarded: Guarded, password: str | None
) -> None:
    options = client_options("edge-staff", password) if password else {}
    producer = AIOKafkaProducer(bootstrap_servers=guarded.address, request_timeout_ms=3_000, **options)
    with pytest.raises((KafkaError, TimeoutError)):
        async with asyncio.timeout(REFUSED_WITHIN_SECONDS):
            await producer.start()
    await producer.stop()
