"""Purchases and identity changes under the same identifier wait for each other; nothing falls between them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from customer.identifiers import digest_of_ref
from tsunagu.chassis import KeysMoved
from tsunagu.contracts.messages import CustomerIdentified, CustomerProfile
from tsunagu.testing.harness import Harness, only

pytestmark = pytest.mark.component


@pytest_asyncio.fixture(loop_scope="session")
async def other(service: Harness, database: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Another process's connection to the same database."""
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


_WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


async def _until_waiting_for_a_lock(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    async with asyncio.timeout(20):
        while not await connection.fetchval(_WAITING):  # noqa: ASYNC110 - PostgreSQL tells nobody of a waiter
            await asyncio.sleep(0.005)


async def test_identify__while_a_sale_under_the_ref_commits__sees_the_sale(
    service: Harness, a: Any, other: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    card = a.ref("card")
    async with other.transaction():
        await other.execute("INSERT INTO identifier (digest) VALUES ($1)", digest_of_ref(card))
        await other.execute(
            "INSERT INTO purchase (purchase_id, source, channel, bought_at, customer_ref, digest, kept_jpy,"
            " kept_pieces) VALUES ('R1', 'sale', 'store', now(), $1, $2, 1000, 1)",
            card,
            digest_of_ref(card),
        )
        identifying = asyncio.create_task(service.deliver(a.identification(card)))
        await _until_waiting_for_a_lock(other)

    out = await identifying

    assert only(out, CustomerProfile).purchases_by_channel[0].count == 1


async def test_sale__while_its_ref_comes_to_another_customer__is_begun_again_and_counts_there(
    service: Harness, a: Any, other: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    card, account = a.ref("card"), a.ref("ec")
    await service.deliver(a.sale(card))  # the ref is known as a row, nobody holds it
    customer_id = only(await service.deliver(a.identification(account)), CustomerIdentified).customer_id
    async with other.transaction():
        await other.execute("SELECT 1 FROM identifier WHERE digest = $1 FOR UPDATE", digest_of_ref(card))
        sale = a.sale(card)
        selling = asyncio.create_task(service.deliver(sale))
        await _until_waiting_for_a_lock(other)
        await other.execute(
            "UPDATE identifier SET customer_id = $2 WHERE digest = $1", digest_of_ref(card), customer_id
        )
    with pytest.raises(KeysMoved):
        await selling

    out = await service.deliver(sale)

    profile = only(out, CustomerProfile)
    assert (profile.customer_id, profile.purchases_by_channel[0].count) == (customer_id, 2)
