"""The service against its database and over HTTP: every query, the public key, the gauges."""

from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from customer import gauges, keyring, sealing
from customer.app import SERVICE
from customer.http import routes
from customer.store import (
    bought,
    changes,
    consents,
    funnel,
    identities,
    journey,
    matching,
    notices,
    parties,
    people,
    profiles,
    purchases,
    quintiles,
    tasks,
)
from tsunagu.chassis.runtime import Runtime
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.contracts.envelope import Record
from tsunagu.contracts.messages import PickupLocked
from tsunagu.contracts.topics import PICKUP_EVENTS
from tsunagu.contracts.values import PersonalData
from tsunagu.testing.harness import Harness

pytestmark = pytest.mark.component


SUBJECTS = (
    bought,
    changes,
    consents,
    funnel,
    gauges,
    identities,
    journey,
    matching,
    notices,
    parties,
    people,
    profiles,
    purchases,
    quintiles,
    tasks,
)
QUERIES = {
    f"{subject.__name__}.{name}": query for subject in SUBJECTS for name, query in subject.SQL.all().items()
}


async def test_queries__against_the_migrated_database__each_can_be_prepared(migrated: Harness) -> None:
    for name, text in QUERIES.items():
        try:
            await migrated.connection.prepare(text)
        except Exception as error:
            pytest.fail(f"{name}: {error}")


async def test_sealing_key__over_http__is_all_a_channel_needs() -> None:
    runtime = Runtime(SERVICE, ChassisSettings())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=routes(runtime)), base_url="http://customer"
    ) as client:
        answer = await client.get("/sealing-key")

    assert answer.status_code == 200
    assert "d" not in answer.json()
    sealed = sealing.seal(PersonalData(given_name="花"), answer.json())
    assert sealing.unseal(sealed, keyring.keyring().sealing).given_name == "花"


async def test_news__of_a_kind_that_customer_does_not_read__is_passed_over_whatever_is_in_it(
    service: Harness,
) -> None:
    headers: list[tuple[str, bytes | None]] = [("ce_type", PickupLocked.WIRE_TYPE.encode())]
    done = await service.deliver_records(PICKUP_EVENTS, [Record(b"O1", b"{", headers)])
    assert done.outcomes["passed_over"] == 1
    assert done.next_offsets == {0: 1}
    assert await service.connection.fetchval("SELECT count(*) FROM dead_letter") == 0


async def test_gauges__count_customers_segments_and_the_suppressed(
    service: Harness, database: str, a: Any
) -> None:
    gone, card = a.ref(), a.ref("card")
    await service.deliver(a.identification(a.ref()), a.identification(card), a.identification(gone))
    await service.deliver(a.sale(card), a.sale(a.ref("card")))
    await service.deliver(a.erasure(gone))
    runtime = Runtime(SERVICE, ChassisSettings(database_url=database))
    await runtime._migrate()
    try:
        await gauges.count(runtime)
    finally:
        await runtime.stop()

    def value(name: str, **labels: str) -> float | None:
        return REGISTRY.get_sample_value(f"tsunagu_customer_{name}", labels)

    assert value("customers") == 2
    assert value("segment_customers", segment="prospect") == 1
    assert value("segment_customers", segment="first_purchase") == 1
    assert value("suppressed_identifiers") == 1
    assert value("unattached_purchases") == 1


async def test_metrics__merges_are_counted_once_they_are_committed(service: Harness, a: Any) -> None:
    def merges() -> float:
        return REGISTRY.get_sample_value("tsunagu_customer_merges_total", {"reason": "member_card"}) or 0.0

    before, card = merges(), a.ref("card")
    account = a.ref("ec")
    await service.deliver(a.identification(card), a.identification(account))

    await service.deliver(a.identification(account, others=[card]))

    assert merges() == before + 1
