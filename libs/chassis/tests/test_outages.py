"""The broker or the database goes away and comes back; nobody restarts the service."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import pytest

from tsunagu.chassis import metrics
from tsunagu.chassis.broken_connections import expect_closed_transports
from tsunagu.chassis.runtime import Runtime
from tsunagu.testing.embedded import embedded_kafka, embedded_postgres
from tsunagu.testing.harness import record_of
from tsunagu.testing.tcp_proxy import TcpProxy, connects_as
from tsunagu.testing.toy.world import PATIENCE_SECONDS, World, a_scan, create_topics, eventually

pytestmark = [pytest.mark.fault, pytest.mark.timeout(180)]


async def test_database_away__in_the_middle_of_the_work__is_waited_out(world: World) -> None:
    async with embedded_postgres() as postgres:
        world.database_url = postgres.address
        async with world.running() as runtime:
            await world.send([record_of(a_scan("v1")) for _ in range(20)])
            await world.until_visits(20)
            await postgres.kill()
            await world.send([record_of(a_scan("v1")) for _ in range(20)])

            async def not_ready() -> bool:
                return any("database" in reason for reason in await runtime.not_ready_because())

            await eventually(not_ready, "the service says that the database is away")
            await postgres.restart()
            await world.until_visits(40)
            await world.until_sent()
    assert await world.told() == {"v1": list(range(1, 41))}


async def test_database_away__for_longer_than_all_tries_of_a_batch__nothing_is_held_against_the_batch(
    world: World,
) -> None:
    address = urlsplit(world.database_url)
    proxy = TcpProxy(address.port or 0)
    await proxy.start()
    host = f"{address.username}:{address.password}@{address.hostname}:{proxy.port}"
    world.overrides["database_url"] = address._replace(netloc=host).geturl()
    retries = metrics.RETRIES.labels(world.source, "transient")
    lost: list[str] = []
    try:
        async with world.running(transient_attempts_max=3, transient_backoff_max_seconds=0.1):
            proxy.close()
            await world.send([record_of(a_scan("v1"))])

            async def tried_often() -> bool:
                return bool(retries._value.get() >= 5)

            await eventually(tried_often, "the batch was tried more often than three times")
            # The server is back, and what it answers first is lost.
            proxy.lose_answer(connects_as(f"tsunagu insight.{world.source}"), lambda: lost.append("answer"))
            proxy.open()
            await world.until_visits(1)
            await world.until_sent()
    finally:
        await proxy.stop()
    assert lost
    assert not await world.query("SELECT FROM dead_letter")


async def test_database_frozen__is_waited_out(world: World) -> None:
    async with embedded_postgres() as postgres:
        world.database_url = postgres.address
        async with world.running(statement_timeout_seconds=1.0, connect_timeout_seconds=1.0):
            await world.send([record_of(a_scan("v1")) for _ in range(20)])
            await world.until_visits(20)
            postgres.freeze()
            await world.send([record_of(a_scan("v1")) for _ in range(20)])
            await asyncio.sleep(2.5)  # longer than both timeouts: the statements that hang are given up
            postgres.thaw()
            await world.until_visits(40)
            await world.until_sent()
    assert await world.told() == {"v1": list(range(1, 41))}


async def test_broker_away__in_the_middle_of_the_work__is_waited_out(world: World) -> None:
    async with embedded_kafka() as kafka:
        world.kafka = kafka.address
        await create_topics(kafka.address, world.source, world.target)
        async with world.running():
            await world.send([record_of(a_scan("v1")) for _ in range(20)])
            await world.until_visits(20)
            await kafka.kill()
            connection_rows = [record_of(a_scan("v1")) for _ in range(20)]
            await kafka.restart()
            await world.send(connection_rows)
            await world.until_visits(40)
            await world.until_sent()
        assert await world.told() == {"v1": list(range(1, 41))}


class _Closed:
    """A connection's writer as uvloop has it when the connection has just broken."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer
        self.was_written_to = asyncio.Event()

    def write(self, _: bytes) -> None:
        self.was_written_to.set()
        raise RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)


async def test_connections__uvloop_says_that_they_have_just_broken__reading_goes_on(world: World) -> None:
    expect_closed_transports()
    async with world.running() as runtime:
        await world.send([record_of(a_scan("v1")) for _ in range(20)])
        await world.until_visits(20)
        client = runtime.consumers[0].consumer
        assert client is not None
        connections = list(client._client._conns.values())
        for connection in connections:
            connection._writer = _Closed(connection._writer)
        broken = [connection._writer.was_written_to.wait() for connection in connections]
        await asyncio.wait_for(asyncio.gather(*broken), PATIENCE_SECONDS)
        await world.send([record_of(a_scan("v1")) for _ in range(20)])
        await world.until_visits(40)
        await world.until_sent()
    assert await world.told() == {"v1": list(range(1, 41))}


async def test_start__neither_broker_nor_database_there__works_once_both_are(world: World) -> None:
    async with embedded_kafka() as kafka, embedded_postgres() as postgres:
        world.kafka, world.database_url = kafka.address, postgres.address
        await create_topics(kafka.address, world.source, world.target)
        await kafka.kill()
        await postgres.kill()
        runtime = Runtime(world.service, world.settings())
        runtime.start()
        try:
            assert await runtime.not_ready_because()
            await postgres.restart()
            await kafka.restart()
            await world.until_ready(runtime)
            await world.send([record_of(a_scan("v1"))])
            await world.until_visits(1)
            await world.until_sent()
        finally:
            await runtime.stop()
        assert await world.told() == {"v1": [1]}
