"""The proxy: what it forwards arrives, and what it loses has happened."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import asyncpg
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tsunagu.testing.plugin import NewTestTopic
from tsunagu.testing.tcp_proxy import KafkaProxy, TcpProxy, connects_as, is_produce

pytestmark = pytest.mark.component


@pytest_asyncio.fixture(loop_scope="session")
async def proxy(database: str) -> AsyncIterator[TcpProxy]:
    """A proxy in front of PostgreSQL."""
    proxy = TcpProxy(urlsplit(database).port or 0)
    await proxy.start()
    yield proxy
    await proxy.stop()


async def _connect(
    database: str, proxy: TcpProxy, name: str = "somebody"
) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(database, port=proxy.port, server_settings={"application_name": name})


async def test_lost_answer__of_a_commit__client_sees_a_broken_connection_and_the_commit_stands(
    database: str, proxy: TcpProxy
) -> None:
    direct = await asyncpg.connect(database)
    await direct.execute("CREATE TABLE entry (name text)")
    other = await _connect(database, proxy, "somebody else")
    client = await _connect(database, proxy)
    lost: list[str] = []
    transaction = client.transaction()
    await transaction.start()
    await client.execute("INSERT INTO entry VALUES ('kept')")
    proxy.lose_answer(connects_as("somebody"), lambda: lost.append("answer"))
    assert await other.fetchval("SELECT 1") == 1, "only the one that was meant is cut"
    with pytest.raises((asyncpg.PostgresConnectionError, OSError)):
        await transaction.commit()
    assert lost == ["answer"]
    assert await direct.fetchval("SELECT name FROM entry") == "kept"
    assert await other.fetchval("SELECT 1") == 1
    await direct.close()
    await other.close()


async def test_closed__clients_are_dropped_and_kept_out__until_it_opens(
    database: str, proxy: TcpProxy
) -> None:
    client = await _connect(database, proxy)
    proxy.close()
    with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError)):
        await client.fetchval("SELECT 1")
    with pytest.raises((asyncpg.PostgresConnectionError, OSError)):
        await _connect(database, proxy)
    proxy.open()
    client = await _connect(database, proxy)
    assert await client.fetchval("SELECT 1") == 1
    await client.close()


async def test_lost_acknowledgement__of_an_idempotent_producer__is_sent_again_and_stands_once(
    kafka: str, new_topic: NewTestTopic
) -> None:
    topic = await new_topic(partitions=1)
    proxy = KafkaProxy(int(kafka.rpartition(":")[2]))
    await proxy.start()
    lost: list[str] = []
    producer = AIOKafkaProducer(bootstrap_servers=f"127.0.0.1:{proxy.port}", enable_idempotence=True)
    await producer.start()
    try:
        await producer.send_and_wait(topic, b"first")
        proxy.lose_answer(is_produce, lambda: lost.append("acknowledgement"))
        await producer.send_and_wait(topic, b"second")
        assert lost == ["acknowledgement"]
    finally:
        await producer.stop()
        await proxy.stop()
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        assert [(await consumer.getone()).value for _ in range(2)] == [b"first", b"second"]
        assert not await consumer.getmany(timeout_ms=300)
    finally:
        await consumer.stop()


async def test_lost_request__of_a_commit__client_sees_a_broken_connection_and_nothing_stands(
    database: str, proxy: TcpProxy
) -> None:
    direct = await asyncpg.connect(database)
    await direct.execute("CREATE TABLE lost_entry (name text)")
    client = await _connect(database, proxy)
    lost: list[str] = []
    transaction = client.transaction()
    await transaction.start()
    await client.execute("INSERT INTO lost_entry VALUES ('never')")
    proxy.lose_request(connects_as("somebody"), lambda: lost.append("request"))
    with pytest.raises((asyncpg.PostgresConnectionError, OSError)):
        await transaction.commit()
    assert lost == ["request"]
    assert await direct.fetchval("SELECT count(*) FROM lost_entry") == 0
    await direct.close()
