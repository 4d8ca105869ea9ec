"""`make test-compose`: the compose file comes up, and an order placed through edge's door is confirmed.

Needs Docker with Compose, on this machine; the images are whatever it has under the names in the file.
"""

import asyncio
import hashlib
import json
import os
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from tsunagu.contracts.envelope import Envelope, encode
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import Location, Product, ReceiveStock
from tsunagu.contracts.topics import topic_of
from tsunagu.stack.ports import free_port

pytestmark = [pytest.mark.compose, pytest.mark.timeout(1200)]

ROOT = Path(__file__).parents[2]
PROJECT = "tsunagu-smoke"
PATIENCE_SECONDS = 60  # reached only when something is broken
UP_SECONDS_MAX = 900  # the first time, the image is built and its packages are fetched
PORTS = ("KAFKA", "EDGE_PARTNER", "EDGE_STAFF", "EDGE_BOARD", "EDGE_CHANNELS", "EDGE_SHOPPER", "PROMETHEUS")


class Compose:
    """The system in containers, and the key of its one channel."""

    def __init__(self) -> None:
        self.key = f"tsu_{secrets.token_urlsafe(32)}"
        self.ports: dict[str, int] = {}
        for name in PORTS:
            self.ports[name] = free_port(set(self.ports.values()))
        digest = hashlib.sha256(self.key.encode()).hexdigest()
        self._environment = {
            **os.environ,
            **{f"{name}_PORT": str(port) for name, port in self.ports.items()},
            "TSUNAGU_EDGE_PARTNER_API_KEYS": json.dumps({digest: "app"}),
        }

    def run(self, *arguments: str) -> str:
        """Run `docker compose …` on this project; fails with its output."""
        done = subprocess.run(
            ["docker", "compose", "--project-name", PROJECT, *arguments],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=UP_SECONDS_MAX,
        )
        assert done.returncode == 0, f"docker compose {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def url(self, name: str) -> str:
        """Where a published port is."""
        return f"http://127.0.0.1:{self.ports[name]}"


@pytest.fixture(scope="module")
def compose() -> Iterator[Compose]:
    """The system, up and healthy; its containers and volumes are gone afterwards."""
    system = Compose()
    try:
        system.run("up", "--build", "--wait", "--wait-timeout", str(UP_SECONDS_MAX), "--detach")
        yield system
    finally:
        system.run("down", "--volumes", "--remove-orphans", "--timeout", "20")


async def publish(kafka: str, messages: Sequence[Message]) -> None:
    """Write messages the way any other system of the retailer does."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        for message in messages:
            envelope = Envelope.for_message(message, id=uuid7(), source="smoke", time=datetime.now(UTC))
            record = encode(envelope, message)
            topic = topic_of(type(message)).name
            await producer.send_and_wait(
                topic, value=record.value, key=record.key, headers=list(record.headers)
            )
    finally:
        await producer.stop()


async def until(client: httpx.AsyncClient, path: str, holds: Callable[[Any], bool]) -> Any:
    """Ask again until the answer is as wanted; fails with the last answer when patience ends."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = await client.get(path)
        if answer.status_code == 200 and holds(answer.json()):
            return answer.json()
        assert time.monotonic() < end, f"{path}: {answer.status_code} {answer.text}"
        await asyncio.sleep(0.5)


def a_retailer() -> list[Message]:
    """One store, one product, ten pieces."""
    now = datetime.now(UTC)
    store = {
        "location_id": "S001",
        "version": 1,
        "name_ja": "渋谷店",
        "name_en": "Shibuya",
        "company_id": "C01",
        "kind": "store",
        "prefecture": "JP-13",
        "city": "渋谷区",
        "address": "神南 1-1-1",
        "latitude": 35.66,
        "longitude": 139.7,
        "pickup_enabled": True,
        "pick_minutes_per_day": 480,
    }
    product = {
        "sku": "K1",
        "version": 1,
        "style_id": "STYLE-1",
        "name_ja": "綿のシャツ",
        "name_en": "Cotton shirt",
        "category": "shirts",
        "price_jpy": 3990,
        "tax_class": "standard",
        "active": True,
    }
    delivery = {
        "delivery_id": uuid7(),
        "location_id": "S001",
        "occurred_at": now,
        "lines": [{"sku": "K1", "quantity": 10}],
    }
    return [
        Location.model_validate(store),
        Product.model_validate(product),
        ReceiveStock.model_validate(delivery),
    ]


async def test_compose__an_order_through_the_door__is_confirmed(compose: Compose) -> None:
    await publish(f"127.0.0.1:{compose.ports['KAFKA']}", a_retailer())
    order = {
        "groups": [{"group_id": "g1", "method": "pickup", "location_id": "S001"}],
        "lines": [
            {
                "line_id": "1",
                "group_id": "g1",
                "sku": "K1",
                "quantity": 2,
                "unit_price_jpy": 3990,
                "tax_percent": 10,
            }
        ],
        "payment": "prepaid",
    }
    async with httpx.AsyncClient(
        base_url=compose.url("EDGE_PARTNER"), headers={"Authorization": f"Bearer {compose.key}"}, timeout=30
    ) as door:
        await until(door, "/v1/stock?sku=K1&near=JP-13", lambda body: "S001" in json.dumps(body))
        placed = await door.post(
            "/v1/orders", params={"wait": 10}, json=order, headers={"Idempotency-Key": uuid7()}
        )
        assert placed.status_code in (200, 202), placed.text
        order_id = placed.json()["order_id"]
        confirmed = await until(
            door, f"/v1/orders/{order_id}", lambda body: body["status"] not in ("pending", "placed")
        )
    assert confirmed["status"] == "confirmed", confirmed


async def test_compose__nobody_outside_reaches_the_operators_routes(compose: Compose) -> None:
    async with httpx.AsyncClient(timeout=30) as world:
        for name in ("EDGE_PARTNER", "EDGE_SHOPPER", "EDGE_STAFF", "EDGE_BOARD", "EDGE_CHANNELS"):
            for path in ("/metrics", "/operator/dead-letters", "/readyz"):
                assert (await world.get(compose.url(name) + path)).status_code == 404


async def test_compose__prometheus_sees_every_service(compose: Compose) -> None:
    async with httpx.AsyncClient(base_url=compose.url("PROMETHEUS"), timeout=30) as prometheus:
        body = await until(
            prometheus,
            "/api/v1/query?query=up",
            lambda body: (
                len(body["data"]["result"]) == 11
                and all(series["value"][1] == "1" for series in body["data"]["result"])
            ),
        )
    assert {series["metric"]["service"] for series in body["data"]["result"]} >= {
        "order",
        "edge-shopper",
        "audit",
    }
