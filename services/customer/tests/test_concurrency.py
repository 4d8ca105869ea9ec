"""Purchases and identity changes under the same identifier wait for each other; nothing falls between them."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from customer.app import SERVICE
from customer.identifiers import digest_of_ref
from tsunagu.chassis import KeysMoved
from tsunagu.contracts.envelope import Record, decode
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import (
    CommandAccepted,
    CustomerIdentified,
    CustomerProfile,
    CustomersMerged,
    CustomerSplit,
    IdentifierShared,
)
from tsunagu.contracts.topics import CUSTOMER_COMMANDS, CUSTOMER_PROFILES
from tsunagu.contracts.values import IdentifierKind
from tsunagu.testing.harness import Harness, all_of, harness, only, record_of

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


@pytest_asyncio.fixture(loop_scope="session")
async def second(service: Harness, database: str) -> AsyncIterator[Harness]:
    """Another process of customer on the same database, which reads another partition."""
    async with harness(SERVICE, database) as running:
        yield running


async def _read(process: Harness, partition: int, messages: Sequence[Message]) -> None:
    """Read a batch as a consumer does: what was moved by another process meanwhile is begun again."""
    records: list[Record] = [record_of(message) for message in messages]
    async with asyncio.timeout(60):
        while True:
            with suppress(KeysMoved):
                await process.deliver_records(CUSTOMER_COMMANDS, records, partition=partition)
                return


async def _at_once(one: Harness, first: Sequence[Message], other: Harness, then: Sequence[Message]) -> None:
    await asyncio.gather(_read(one, 0, first), _read(other, 1, then))


async def test_undo__in_two_processes_at_once__happens_once(
    service: Harness, second: Harness, a: Any
) -> None:
    for _ in range(10):
        one, other = a.ref(), a.ref()
        await _read(service, 0, [a.identification(one), a.identification(other), a.merge(one, other)])
        merged = only(await service.sent(), CustomersMerged)

        await _at_once(service, [a.undo(merged)], second, [a.undo(merged)])

        out = await service.sent()
        assert only(out, CustomerSplit).new_customer_id == merged.merged_customer_id
        only(out, CommandAccepted)


async def test_undo__while_another_process_names_a_key_of_it__nobody_has_a_ref_twice(
    service: Harness, second: Harness, a: Any
) -> None:
    for _ in range(10):
        one, other, card = a.ref(), a.ref(), a.ref("card")
        await _read(service, 0, [a.identification(one), a.identification(other), a.merge(one, other)])
        merged = only(await service.sent(), CustomersMerged)
        named = [a.identification(card, others=[other]), a.identification(other, others=[card])]

        await _at_once(service, [a.undo(merged)], second, named)

        only(await service.sent(), CustomerSplit)
        held = {ref: profile.customer_id for profile in _profiles(service) for ref in profile.refs}
        # Whichever came first: who named the card with `other` is where `other` is.
        assert held[card] == held[other] != held[one]


async def test_shared__named_in_two_processes_at_once__is_marked_once_at_the_limit(
    service: Harness, second: Harness, a: Any
) -> None:
    tablet = a.ref("device")
    batches = [
        [a.identification(a.ref("ec"), others=[tablet], kind=IdentifierKind.APP_DEVICE) for _ in range(5)]
        for _ in range(2)
    ]

    await _at_once(service, batches[0], second, batches[1])

    out = await service.sent()
    assert only(out, IdentifierShared).tied == 4
    assert len({one.customer_id for one in all_of(out, CustomerIdentified)}) >= 1 + 7
    assert max(len(profile.refs) for profile in _profiles(service)) == 4  # three accounts and the tablet


async def test_identities__changed_by_two_processes_for_a_while__every_ref_has_one_customer_and_none_is_lost(
    service: Harness, second: Harness, a: Any
) -> None:
    chance, refs = random.Random(7), [a.ref() for _ in range(12)]
    await _read(service, 0, [a.identification(ref) for ref in refs])
    told: list[Message] = []
    for _ in range(25):
        told += await service.sent()
        changes = all_of(told, CustomersMerged) + all_of(told, CustomerSplit)
        commands = [_something(chance, a, refs, changes) for _ in range(8)]
        await _at_once(service, commands[:4], second, commands[4:])
    await service.sent()

    held = [ref for profile in _profiles(service) for ref in profile.refs]
    assert sorted(held) == sorted(refs)
    rows = await service.connection.fetch(
        "SELECT r.ref FROM known_ref AS r JOIN identifier AS i USING (digest) JOIN customer AS c USING (customer_id)"
        " WHERE c.ended_at IS NULL"
    )
    assert sorted(row["ref"] for row in rows) == sorted(refs)


def _something(
    chance: random.Random, a: Any, refs: list[str], changes: Sequence[CustomersMerged | CustomerSplit]
) -> Message:
    one, other = chance.sample(refs, 2)
    said: Message
    match chance.choice(("identify", "merge", "split", "undo", "undo")):
        case "undo" if changes:
            said = a.undo(chance.choice(changes))
        case "split":
            said = a.split(one, other)
        case "merge":
            said = a.merge(one, other)
        case _:
            said = a.identification(one, others=[other])
    return said


def _profiles(service: Harness) -> list[CustomerProfile]:
    """The published profiles of those who are customers."""
    latest = service.compacted[CUSTOMER_PROFILES.name].values()
    messages = [decode(CUSTOMER_PROFILES, *record).message for record in latest if record.value is not None]
    return [message for message in messages if isinstance(message, CustomerProfile)]
