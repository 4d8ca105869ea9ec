"""Kafka and its data are gone in the middle of the traffic; the retailer goes on with an empty one."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from audit.app import audit
from audit.settings import AuditSettings
from tsunagu.chassis.topics import ensure_topics, local_topics
from tsunagu.cli.demo.rest import missing_in, wait_for_rest
from tsunagu.cli.demo.services import Services
from tsunagu.cli.demo.windows import environment as demo_environment
from tsunagu.cli.operators.addresses import variable
from tsunagu.contracts.envelope import Record
from tsunagu.contracts.messages import ConfirmDelivery
from tsunagu.contracts.topics import PARTITIONS_LOCAL, SERVICES, TOPIC_BY_NAME, TOPICS
from tsunagu.retailer.chain import Chain, build_chain
from tsunagu.retailer.edge_door import EdgeDoor
from tsunagu.retailer.loading import load_master_data, load_stock
from tsunagu.retailer.newsfeed import Newsfeed
from tsunagu.retailer.observer import Observer
from tsunagu.retailer.play import Play
from tsunagu.retailer.players.registrars import sealing_key
from tsunagu.retailer.script import write_script
from tsunagu.retailer.sender import KafkaSender
from tsunagu.retailer.sizes import Sizes
from tsunagu.retailer.stock import deliveries
from tsunagu.stack import kafka
from tsunagu.stack.addresses import KAFKA, Addresses, controller_name
from tsunagu.stack.services import installed_services
from tsunagu.stack.state import StateFile
from tsunagu.stack.system import System

pytestmark = [pytest.mark.journey, pytest.mark.long]

PATIENCE_SECONDS = 240.0  # far above what any step takes; reached only when something is broken
REQUEST_TIMEOUT_MS = 15_000  # of a broker that has just begun, on a busy machine
SIZES = Sizes(stores=3, skus=20, orders=16, duration_seconds=12.0)
APP_KEY = "the-app-of-the-journey"
OPEN_STATES = {"placed", "confirmed", "choice", "ready", "shipped"}


class Journal(KafkaSender):
    """What outside systems send, and keep: when Kafka is gone they send it again, as they sent it."""

    def __init__(self, bootstrap_servers: str, kept: list[tuple[str, Record]]) -> None:
        super().__init__(bootstrap_servers)
        self._kept = kept

    async def send_record(self, topic: str, record: Record) -> None:
        """Note it, then send it."""
        self._kept.append((topic, record))
        await super().send_record(topic, record)

    async def send_again(self) -> None:
        """Send all that was ever sent, in its order."""
        for topic, record in list(self._kept):
            await super().send_record(topic, record)


async def until(is_so: Callable[[], Any], what: str) -> None:
    """Wait until something is so. Fails with `what` when patience ends."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = is_so()
        if await answer if asyncio.iscoroutine(answer) else answer:
            return
        assert time.monotonic() < end, f"this never happened: {what}"
        await asyncio.sleep(0.1)


@asynccontextmanager
async def beside(*loops: Any) -> AsyncIterator[None]:
    """Endless loops that end with the body."""
    tasks = [asyncio.ensure_future(loop) for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Retailer:
    """The outside of the system: who speaks to it, and what is known of it."""

    def __init__(self, addresses: Addresses, chain: Chain, kept: list[tuple[str, Record]]) -> None:
        self.addresses = addresses
        self.chain = chain
        self.news = Newsfeed(addresses.kafka_bootstrap_servers, TOPICS)
        self.observer = Observer(self.news)
        self.events: set[tuple[str, bytes]] = set()
        """Topic and id of every event that was heard."""
        self.news.watch(self._note_event)
        self.services = Services(addresses.operator)
        self.kafka = Journal(addresses.kafka_bootstrap_servers, kept)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Retailer"]:
        """Connected, and listening."""
        await self.news.start()
        await self.kafka.start()
        try:
            async with beside(self.news.run(), self.services.run()):
                yield self
        finally:
            with suppress(Exception):  # the broker may be gone by now
                await asyncio.wait_for(self.kafka.stop(), 5)
            await self.news.stop()

    def _note_event(self, record: ConsumerRecord) -> None:
        if TOPIC_BY_NAME[record.topic].kind == "events":
            self.events.add((record.topic, dict(record.headers)["ce_id"]))

    async def play(self, seed: int) -> Play:
        """A script of its own, with the app behind edge."""
        script = write_script(seed, SIZES, self.chain)
        app = EdgeDoor(self.addresses.http["edge-partner"], APP_KEY, first_look_seconds=0.5)
        public_key = await sealing_key(self.addresses.http["customer"])
        run_id = f"{seed}-{int(time.time()):x}"
        return Play(script, self.chain, run_id, self.kafka, self.news, {"app": app}, public_key)


async def rows(addresses: Addresses, service: str, sql: str) -> list[asyncpg.Record]:
    """What a query of the auditor finds in a service's database."""
    connection = await asyncpg.connect(addresses.audit_databases[f"tsunagu_{service}"])
    try:
        return await connection.fetch(sql)
    finally:
        await connection.close()


async def statuses(addresses: Addresses) -> dict[str, str]:
    """Each order's status, as order's database has it."""
    found = await rows(addresses, "order", "SELECT order_id, status FROM orders")
    return {row["order_id"]: row["status"] for row in found}


async def reasons(addresses: Addresses) -> dict[str, Sequence[str]]:
    """Why each service is not ready."""
    async with httpx.AsyncClient(timeout=10) as client:
        return {
            name: (await client.get(f"{url}/readyz")).json()["reasons"]
            for name, url in addresses.operator.items()
            if name in SERVICES
        }


def broker_settings(home: Path) -> kafka.KafkaSettings:
    ports = StateFile(home).read().ports
    return kafka.KafkaSettings(home / "kafka", ports[KAFKA], ports[controller_name(1)])


async def throw_away(system: System, watching: "asyncio.Task[None]") -> None:
    """Kill the broker and delete its data; an empty one takes its address."""
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await system.processes[KAFKA].process.kill()
    settings = broker_settings(system.home)
    shutil.rmtree(settings.data)
    await asyncio.to_thread(kafka.prepare, settings, kafka.new_cluster_id())


def rebuild(addresses: Addresses, *arguments: str) -> dict[str, Any]:
    """What `tsunagu rebuild` says; it must succeed."""
    environment = {variable(name): url for name, url in addresses.operator.items() if name in SERVICES}
    run = subprocess.run(
        [sys.executable, "-m", "tsunagu.cli.main", "rebuild", "--json", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    said: dict[str, Any] = json.loads(run.stdout)
    return said


@pytest.mark.timeout(900)
async def test_kafka_is_gone__in_mid_flight__every_order_comes_to_its_end_and_the_audit_is_clean(
    tmp_path: Path,
) -> None:
    chain = build_chain(11, SIZES, version=1)
    kept: list[tuple[str, Record]] = []
    system = System(tmp_path / "home", installed_services(), environment=demo_environment(APP_KEY))
    addresses = await system.start()
    watching = asyncio.create_task(system.watch())
    try:
        before, events = await until_mid_flight(system, addresses, chain, kept)
        await throw_away(system, watching)
        watching = asyncio.create_task(system.watch())
        await until(lambda: kafka_answers(addresses), "an empty Kafka is there")
        system.processes["order"].process.thaw()
        await ensure_topics(addresses.kafka_bootstrap_servers, local_topics())
        await until(partial(ends_are_known, addresses), "the new topics can be read")
        await until(partial(all_wait, addresses), "every service says that this is another cluster")
        async with Retailer(addresses, chain, kept).open() as retailer:
            await retailer.kafka.send_again()
            await until(partial(are_taken_up, addresses, {topic for topic, _ in kept}), "all is taken up")
            assert retailer.observer.records.keys() <= {topic for topic, _ in kept}, (
                "nobody said anything yet"
            )
            play = await retailer.play(12)
            await deliver_parcels(addresses, retailer.kafka)
            told = await asyncio.to_thread(rebuild, addresses)
            assert told["told"]["order"]["said"]["order.events"] >= len(before)
            await play.run()
            missing = partial(missing_in, play, retailer.observer, retailer.services)
            await wait_for_rest(
                missing, lambda: retailer.observer.total_records, retailer.services.next_round
            )
            await play.stage.leave()
        assert events
        assert events <= retailer.events
        after = await statuses(addresses)
        assert set(before) <= set(after)
        assert {status for status in after.values() if status in OPEN_STATES} == set()
        for settings in (AuditSettings(), AuditSettings(rebuilt_log_is_whole=True)):
            report = await audit(addresses.kafka_bootstrap_servers, addresses.audit_databases, settings)
            assert report.ok, report.as_json()["findings"]
            assert ("rules_passed_over" in report.counts) != settings.rebuilt_log_is_whole
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await system.stop()


async def until_mid_flight(
    system: System, addresses: Addresses, chain: Chain, kept: list[tuple[str, Record]]
) -> tuple[set[str], set[tuple[str, bytes]]]:
    """Play until orders are open in several states; then order is held up, and a command stays without an answer.

    Returns the orders that are to come to their end: those that are there, and the one that order has not heard of;
    and all events that were heard.
    """
    async with Retailer(addresses, chain, kept).open() as retailer:
        opening = deliveries(chain.stock, "opening", datetime.now(UTC))
        await load_master_data(chain, retailer.kafka)
        await until(lambda: retailer.services.are_idle, "the master data is taken up")
        await load_stock(opening, retailer.kafka)
        await until(
            lambda: {delivery.delivery_id for delivery in opening} <= retailer.observer.received,
            "stock is booked",
        )
        play = await retailer.play(11)
        async with beside(play.run()):

            async def several() -> bool:
                return len(OPEN_STATES & set((await statuses(addresses)).values())) >= 3

            await until(several, "orders are open in three states")
            system.processes["order"].process.freeze()
        unanswered = await place_through_edge(addresses, chain)
        await play.stage.leave()
    return {*await statuses(addresses), unanswered}, retailer.events


async def place_through_edge(addresses: Addresses, chain: Chain) -> str:
    """An order that edge has accepted and sent, while order hears nothing; returns its id."""
    product, shop = chain.products[0], chain.stores[0]
    body = {
        "order_id": f"unanswered-{int(time.time() * 1000):x}",
        "groups": [{"group_id": "g1", "method": "pickup", "location_id": shop.location_id}],
        "lines": [
            {"line_id": "l1", "group_id": "g1", "sku": product.sku, "quantity": 1, "unit_price_jpy": 1000,
             "tax_percent": 10}
        ],
        "payment": "at_pickup",
    }  # fmt: skip
    order_id = str(body["order_id"])
    headers = {"Authorization": f"Bearer {APP_KEY}", "Idempotency-Key": order_id}
    async with httpx.AsyncClient(base_url=addresses.http["edge-partner"], timeout=10) as client:
        answer = await client.post("/v1/orders", json=body, headers=headers)
        assert answer.status_code in (200, 201, 202), answer.text
    return order_id


async def kafka_answers(addresses: Addresses) -> bool:
    """Whether the broker is there."""
    try:
        return await kafka.answers(addresses.kafka_bootstrap_servers)
    except OSError:
        return False


async def ends_are_known(addresses: Addresses) -> bool:
    """Whether the broker leads all of its new topics."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=addresses.kafka_bootstrap_servers, request_timeout_ms=REQUEST_TIMEOUT_MS
    )
    await consumer.start()
    try:
        await consumer.end_offsets([TopicPartition(topic.name, 0) for topic in TOPICS])
    except KafkaError:
        return False
    finally:
        await consumer.stop()
    return True


async def all_wait(addresses: Addresses) -> bool:
    """Whether every service says that this is another cluster."""
    why = await reasons(addresses)
    return all(any("another Kafka cluster" in reason for reason in of) for of in why.values())


async def are_taken_up(addresses: Addresses, topics: set[str]) -> bool:
    """Whether every service has read these topics to their ends.

    Its rows say which of them it reads, also when they are still of the cluster before; the contract says who may.
    """
    consumer = AIOKafkaConsumer(bootstrap_servers=addresses.kafka_bootstrap_servers)
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, number) for topic in topics for number in range(PARTITIONS_LOCAL)]
        ends = await consumer.end_offsets(partitions)
    finally:
        await consumer.stop()
    for service in ("inventory", "order", "pickup", "customer", "insight"):
        for row in await rows(
            addresses,
            service,
            "SELECT o.topic, o.partition, CASE WHEN o.cluster_id = r.met_cluster_id THEN o.next_offset ELSE 0 END"
            " AS next_offset FROM consumed_offset AS o, relay_lease AS r",
        ):
            if row["next_offset"] < ends.get(TopicPartition(row["topic"], row["partition"]), 0):
                return False
    return True


async def deliver_parcels(addresses: Addresses, sender: KafkaSender) -> None:
    """The carrier has parcels under way, and brings them to the door."""
    for row in await rows(
        addresses, "pickup", "SELECT work_id, parcel_id FROM parcel WHERE delivered_at IS NULL"
    ):
        delivered = ConfirmDelivery(
            confirmation_id=f"{row['parcel_id']}-delivered",
            parcel_id=row["parcel_id"],
            order_id=row["work_id"],
            occurred_at=datetime.now(UTC),
        )
        await sender.send(delivered, "carrier/takuhai")
