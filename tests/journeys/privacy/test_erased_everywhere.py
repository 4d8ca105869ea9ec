"""A person lives through everything and asks to be forgotten: nothing that names them is anywhere, ever; no copy keeps
their refs, and the books stay balanced."""

import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaProducer
from tests.journeys.privacy.conftest import CHANNEL_KEY, OPEN_STORES, World
from tests.journeys.privacy.copies import (
    Found,
    in_databases,
    in_logs,
    in_metrics,
    in_states,
    in_topics,
    in_traces,
)
from tests.journeys.privacy.person import PRICE_JPY, Person
from tests.journeys.stories.acts import handover, place, ready, work
from tests.journeys.stories.ec_site import WEB
from tests.journeys.stories.outside import now, until_answered

from audit.app import audit
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics as t
from tsunagu.contracts.ids import uuid7
from tsunagu.retailer.players.registrars import sealing_key
from tsunagu.testing.harness import record_of

# A system of its own for one person; each service has its own erasure among its components.
pytestmark = [pytest.mark.journey, pytest.mark.wide, pytest.mark.timeout(300)]

STORE = OPEN_STORES[0]
BY_SOMEBODY_ELSE = f"{WEB}:4711"
"""An order under a ref of its site's, which nobody has said to be theirs."""

TOPICS_WITH_REFS = {
    t.CUSTOMER_COMMANDS, t.CUSTOMER_EVENTS, t.CUSTOMER_PROFILES, t.CUSTOMER_PURCHASES, t.ORDER_COMMANDS,
    t.ORDER_EVENTS, t.ORDER_STATE, t.PICKUP_EVENTS, t.POS_SALES, t.SHOPPER_ACTIVITY, t.dead_letters("customer"),
}  # fmt: skip
"""Where docs/privacy.md says that refs travel."""

COLUMNS_WITH_REFS = {
    "customer: known_ref.ref", "customer: purchase.customer_ref", "order: orders.customer_ref",
    "order: orders.recipient_ref", "pickup: work.customer_ref", "pickup: work.recipient_ref",
}  # fmt: skip
"""Where docs/privacy.md says that refs stand before an erasure. In databases, all of them are gone after it."""

SAID = {
    f"{service}: {table}.batch"
    for service in ("customer", "order", "pickup")
    for table in ("outbox", "last_said")
}
"""What was said is kept for the day on which Kafka is gone, a few days at most: events, as their topics have them."""


async def test_erasure__of_a_person_who_lived_through_everything__leaves_nothing_that_leads_to_them(
    world: World,
) -> None:
    person = Person()
    open_order = await live(world, person)
    await world.at_rest()
    await assert_never_named(world, person)
    assert_within(await in_topics(kafka_of(world), person.refs), {topic.name for topic in TOPICS_WITH_REFS})
    assert_within(await in_databases(world.addresses, person.refs), COLUMNS_WITH_REFS | SAID)

    await erase(world, person)
    await end(world, open_order)
    await world.at_rest()

    await assert_never_named(world, person)
    assert_within(await in_states(kafka_of(world), person.refs), ())
    assert_within(await in_databases(world.addresses, person.refs), SAID)
    report = await audit(kafka_of(world), world.addresses.audit_databases)
    assert report.ok, "\n".join(f"{h}: {f.subject}: {f.why}" for h in report.red for f in report.of(h))
    assert await taken_jpy(world) == 3 * PRICE_JPY

    await rebuild(world)
    await assert_stays_forgotten(world, person)


async def live(world: World, person: Person) -> str:
    """All that they do, in every channel; returns the order that is open in the end."""
    outside = world.outside
    key = await sealing_key(world.addresses.http["customer"])
    shirt = await outside.a_sku({STORE: 10})
    await outside.send(
        person.identified(key), person.recorded(key), person.consents(), person.scans(STORE, shirt)
    )
    await outside.heard(m.ConsentChanged)
    collected = await ready(
        outside, STORE, shirt, customer_ref=person.customer_ref, recipient_ref=person.recipient_ref
    )
    await outside.mailed(person.email, "ready for pickup")
    assert await outside.collectors(STORE, collected) is not None
    await outside.send(handover(collected, STORE))
    await outside.heard(m.OrderCompleted, order_id=collected)
    sale, kept = person.buys(STORE, shirt, 1), person.buys(STORE, shirt, 3)
    await outside.send(sale, person.brings_back(sale), kept)
    await order_at_the_door(world, person, shirt)
    await order_at_the_site(world, person, shirt)
    await send_what_nobody_can_take(world, person, key)
    open_order = await place(outside, STORE, shirt, customer_ref=person.card)
    await outside.heard(m.OrderConfirmed, order_id=open_order)
    return open_order


async def order_at_the_door(world: World, person: Person, sku: str) -> None:
    """An order that a channel places through edge-partner, and cancels."""
    order_id = uuid7()
    body = {
        "order_id": order_id,
        "customer_ref": person.customer_ref,
        "recipient_ref": person.recipient_ref,
        "groups": [{"group_id": "g", "method": "pickup", "location_id": STORE}],
        "lines": [
            {
                "line_id": "1",
                "group_id": "g",
                "sku": sku,
                "quantity": 1,
                "unit_price_jpy": PRICE_JPY,
                "tax_percent": 10,
            }
        ],
        "payment": "prepaid",
    }
    async with httpx.AsyncClient(base_url=world.addresses.http["edge-partner"], timeout=10) as client:
        headers = {"Authorization": f"Bearer {CHANNEL_KEY}", "Idempotency-Key": uuid7()}
        answer = await client.post("/v1/orders", json=body, headers=headers)
        assert answer.is_success, answer.text
        await world.outside.heard(m.OrderConfirmed, order_id=order_id)
        headers["Idempotency-Key"] = uuid7()
        answer = await client.post(f"/v1/orders/{order_id}/cancellations", json={}, headers=headers)
        assert answer.is_success, answer.text
    await world.outside.heard(m.OrderCancelled, order_id=order_id)


async def order_at_the_site(world: World, person: Person, sku: str) -> None:
    """A webhook of a site that says more of them than anybody needs."""
    data = person.data
    name = {"first_name": data.given_name, "last_name": data.family_name}
    order = {
        "id": 4711,
        "name": "#4711",
        "created_at": now().isoformat(),
        "currency": "JPY",
        "financial_status": "paid",
        "taxes_included": True,
        "email": person.email,
        "phone": data.phones[0],
        "customer": {"id": 77, "email": person.email, **name},
        "shipping_address": {"address1": data.addresses[0].street, "city": data.addresses[0].city, **name},
        "line_items": [
            {
                "id": 501,
                "sku": sku,
                "quantity": 1,
                "price": str(PRICE_JPY),
                "requires_shipping": True,
                "discount_allocations": [],
                "tax_lines": [{"title": "消費税", "price": "180", "rate": 0.1}],
                "properties": [{"name": "_pickup_location", "value": STORE}],
            }
        ],
    }
    answer = await world.ec_site.say("orders/create", order)
    assert answer.json()["outcome"] == "taken"
    await work(world.outside, "pick", order_id=BY_SOMEBODY_ELSE)
    await world.outside.send(handover(BY_SOMEBODY_ELSE, STORE))
    await world.outside.heard(m.OrderCompleted, order_id=BY_SOMEBODY_ELSE)


async def send_what_nobody_can_take(world: World, person: Person, key: Any) -> None:
    """A command that is refused, and one that becomes a dead letter and is given up."""
    refused = person.identified(key, cut=True)
    await world.outside.send(refused)
    await world.outside.heard(m.CommandRefused, command_id=refused.identification_id)
    record = record_of(person.identified(key))
    assert record.value is not None
    producer = AIOKafkaProducer(bootstrap_servers=kafka_of(world))
    await producer.start()
    try:
        await producer.send_and_wait(
            t.CUSTOMER_COMMANDS.name, record.value[:-1], key=record.key, headers=list(record.headers)
        )
    finally:
        await producer.stop()
    url = world.addresses.operator["customer"]
    async with httpx.AsyncClient(base_url=url, timeout=10) as client:

        async def waiting() -> int:
            return len((await client.get("/operator/dead-letters")).json())

        await until_answered(waiting, 1, "a dead letter waits in customer")
        (letter,) = (await client.get("/operator/dead-letters")).json()
        await client.post(
            f"/operator/dead-letters/{letter['dead_letter_id']}/discard", params={"note": "a test"}
        )


async def erase(world: World, person: Person) -> None:
    """Forget them; returns when no copy knows them any more, and prints after which time each did not."""
    begun = time.monotonic()
    command = person.asks_to_be_forgotten()
    await world.outside.send(command)
    copies: dict[str, Callable[[], Awaitable[bool]]] = {
        "personal data and keys": lambda: nothing(world, "customer", "SELECT 1 FROM person_key"),
        "customer's purchases": lambda: nothing(
            world,
            "customer",
            f"SELECT 1 FROM purchase WHERE digest IS NOT NULL AND purchase_id <> '{BY_SOMEBODY_ELSE}'",
        ),
        "order's ended orders": lambda: nothing(
            world, "order", "SELECT 1 FROM orders WHERE customer_ref LIKE 'ec:canary%'"
        ),
        "insight's sightings": lambda: nothing(world, "insight", "SELECT 1 FROM sighting"),
        "insight's sales": lambda: nothing(
            world,
            "insight",
            f"SELECT 1 FROM sale_document WHERE ref_hash IS NOT NULL AND sale_id <> 'order:{BY_SOMEBODY_ELSE}'",
        ),
    }
    for copy, is_gone in copies.items():
        await until_answered(is_gone, True, f"{copy} are gone")
        sys.stdout.write(f"erasure: {copy} gone after {time.monotonic() - begun:.2f} s\n")


async def nothing(world: World, service: str, query: str) -> bool:
    """Whether a query finds nothing in a service's database."""
    connection = await asyncpg.connect(world.addresses.databases[service])
    try:
        return not await connection.fetch(query)
    finally:
        await connection.close()


async def end(world: World, order_id: str) -> None:
    """The order that was open as they were erased comes to its end like any other."""
    await work(world.outside, "pick", order_id=order_id)
    await world.outside.heard(m.OrderReady, order_id=order_id)
    await world.outside.send(handover(order_id, STORE))
    await world.outside.heard(m.OrderCompleted, order_id=order_id)


async def taken_jpy(world: World) -> int:
    """What customer's purchases and till sales come to: amounts stay."""
    connection = await asyncpg.connect(world.addresses.databases["customer"])
    try:
        total: int = await connection.fetchval(
            "SELECT sum(kept_jpy)::bigint FROM purchase WHERE order_id IS DISTINCT FROM $1", BY_SOMEBODY_ELSE
        )
    finally:
        await connection.close()
    return total


async def rebuild(world: World) -> None:
    """Have everything told again, as on the day on which Kafka is gone."""
    async with httpx.AsyncClient(timeout=60) as client:
        for service in ("customer", "order", "pickup", "insight"):
            answer = await client.post(f"{world.addresses.operator[service]}/operator/rebuild")
            assert answer.is_success, answer.text
    await world.at_rest()


async def assert_never_named(world: World, person: Person) -> None:
    """Nothing of what directly names them stands anywhere in clear."""
    named = (person.email, *person.personal)
    assert await in_topics(kafka_of(world), named) == {}
    assert await in_databases(world.addresses, named) == {}
    assert in_logs(world.home, named) == {}
    assert await in_metrics(world.addresses, (*named, *person.refs)) == {}
    assert in_traces(world.collector, (*named, *person.refs)) == {}


async def assert_stays_forgotten(world: World, person: Person) -> None:
    """Neither what is told again nor what comes late brings them back."""
    late = person.identified(await sealing_key(world.addresses.http["customer"])).model_copy(
        update={"occurred_at": person.asks_to_be_forgotten().occurred_at.replace(year=2020)}
    )
    await world.outside.send(late)
    refused = await world.outside.heard(m.CommandRefused, command_id=late.identification_id)
    assert refused.reason == "erased"
    await world.at_rest()
    await assert_never_named(world, person)
    assert_within(await in_states(kafka_of(world), person.refs), ())
    assert_within(await in_databases(world.addresses, person.refs), SAID)


def assert_within(found: Found, places: Iterable[str]) -> None:
    """Nothing is found but in these places."""
    assert {place: what for place, what in found.items() if place not in set(places)} == {}


def kafka_of(world: World) -> str:
    """The brokers."""
    return world.addresses.kafka_bootstrap_servers
