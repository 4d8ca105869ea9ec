"""`reconcile` beside services at work, on a real Kafka: nothing in flight is a drift, and a planted piece is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

import edge.shopper.app
import inventory.app
import order.app
import pickup.app
from audit.reconcile.looking import Looking
from audit.reconcile.settings import ReconcileSettings
from audit.reconcile.telling import said
from tsunagu.chassis.runtime import Runtime
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.chassis.topics import ensure_topics, local_topics
from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import topic_of
from tsunagu.testing.embedded import embedded_kafka
from tsunagu.testing.harness import record_of
from tsunagu.testing.plugin import NewDatabase

from .day import GINZA, SCARF, open_shop, placing, sku_line, stock_document, till, work

# What is planted is found without load as well (test_reconcile_finds_drift.py).
pytestmark = [pytest.mark.wide, pytest.mark.journey, pytest.mark.timeout(400)]

SERVICES = (inventory.app.SERVICE, order.app.SERVICE, pickup.app.SERVICE, edge.shopper.app.SERVICE)
GRACE_SECONDS = 10.0
LOAD_GRACES = 2.5  # how long the load lasts before anything is planted: any false drift would count by then
MESSAGES_PER_SECOND = 60.0
READY_SECONDS_MAX = 120.0
FOUND_SECONDS_MAX = 60.0
PLANTED = """
UPDATE stock SET on_hand = on_hand + 1, safety = safety + 1 WHERE location_id = 'ginza' AND sku = 'scarf'
"""


class Wire:
    """Sends messages to the broker; what follows from them is for the services."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    async def send(self, *messages: Message) -> list[Any]:
        for message in messages:
            record = record_of(message)
            await self._producer.send(
                topic_of(type(message)).name, record.value, key=record.key, headers=list(record.headers)
            )
        return []

    async def trade(self) -> None:
        """Tills and orders for the same few rows, until cancelled."""
        number = 0
        while True:
            number += 1
            await self.send(
                till(m.SaleRecorded, f"receipt-{number}", GINZA, sku_line(SCARF)),
                placing(f"order-{number}", SCARF),
            )
            if number % 3 == 0:
                await self.send(work(m.CancelOrder, f"order-{number}", cancel_id="cancel", channel="ec"))
            await asyncio.sleep(2 / MESSAGES_PER_SECOND)


@asynccontextmanager
async def running_services(kafka: str, databases: dict[str, str]) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        runtimes = []
        for service in SERVICES:
            settings = ChassisSettings(database_url=databases[service.name], kafka_bootstrap_servers=kafka)
            runtime = Runtime(service, settings)
            runtime.start()
            stack.push_async_callback(runtime.stop)
            runtimes.append(runtime)
        async with asyncio.timeout(READY_SECONDS_MAX):
            for runtime in runtimes:
                while await runtime.not_ready_because():  # noqa: ASYNC110 - a condition of several servers
                    await asyncio.sleep(0.1)
        yield


async def test_reconcile__services_work_under_load__shows_no_drift_and_finds_one_planted_piece(
    new_database: NewDatabase,
) -> None:
    databases = {service.name: await new_database(None) for service in SERVICES}
    loop = asyncio.get_running_loop()
    async with embedded_kafka() as broker, AsyncExitStack() as stack:
        await ensure_topics(broker.address, local_topics())
        await stack.enter_async_context(running_services(broker.address, databases))
        producer = AIOKafkaProducer(bootstrap_servers=broker.address, acks="all", enable_idempotence=True)
        await producer.start()
        stack.push_async_callback(producer.stop)
        wire = Wire(producer)
        await open_shop(wire)
        lines = [{"sku": SCARF, "quantity": 100_000}]
        await wire.send(stock_document(m.ReceiveStock, GINZA, delivery_id="plenty", lines=lines))
        looking = Looking(broker.address, databases, ReconcileSettings(drift_grace_seconds=GRACE_SECONDS))
        stack.push_async_callback(looking.close)

        trading = asyncio.create_task(wire.trade())
        in_flight = orders = 0
        end = loop.time() + LOAD_GRACES * GRACE_SECONDS
        while loop.time() < end or not in_flight:
            looked = await looking.look()
            assert not looked.drifts, [
                (d.kind, d.subject, said(d.now.source), said(d.now.copy)) for d in looked.drifts
            ]
            in_flight = max(in_flight, looked.in_flight)
            orders = max(orders, looked.keys)
            assert not trading.done()

        # The triggers keep stock and ledger equal: only who passes over them can part the two.
        stock = await asyncpg.connect(
            databases["inventory"], server_settings={"session_replication_role": "replica"}
        )
        assert await stock.execute(PLANTED) == "UPDATE 1"
        await stock.close()
        async with asyncio.timeout(FOUND_SECONDS_MAX):
            while not looked.drifts:
                looked = await looking.look()
        assert not trading.done()
        trading.cancel()
        assert {(drift.kind, drift.subject) for drift in looked.drifts} == {("ledger", f"{GINZA}:{SCARF}")}
        assert orders > 100
