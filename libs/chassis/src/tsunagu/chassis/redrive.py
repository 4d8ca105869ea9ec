"""Working dead letters off inside the service: per key in order, nothing through the source topic again."""

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
from aiokafka import ConsumerRecord

from tsunagu.chassis import clock, inbox
from tsunagu.chassis.database import Connection
from tsunagu.chassis.dead_letters import CONFLICTING_BODY
from tsunagu.chassis.decoding import Readable, decode_record
from tsunagu.chassis.error_text import safe_text
from tsunagu.chassis.headers import unpack
from tsunagu.chassis.locks import KeysMoved, lock_rows
from tsunagu.chassis.queries import beside
from tsunagu.chassis.received import Received
from tsunagu.chassis.rules import Rules
from tsunagu.chassis.subscription import Subscription
from tsunagu.chassis.transaction import Transaction
from tsunagu.contracts.topics import Topic

SQL = beside(__file__)


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one dead letter. `left` is the reason why it still waits; None when it is settled."""

    dead_letter_id: int
    state: str
    left: str | None = None


class StillUnreadable(ValueError):  # noqa: N818 - the name says what is wrong
    """The record can be read no better than when it came."""


class NotWaiting(LookupError):  # noqa: N818 - the name says what is wrong
    """The dead letter is not there, or settled already: redriving or discarding it again changes nothing."""


async def _at_once() -> None:
    """Nothing has to be waited for."""


async def redrive(
    connection: Connection,
    rules: Rules,
    subscription: Subscription,
    dead_letter_id: int,
    *,
    redrive_id: str | None = None,
    pace: Callable[[], Awaitable[None]] = _at_once,
) -> list[Settled]:
    """Handle a dead letter again; if it parks its key, all that waits under that key, in order.

    Each message is a transaction of its own; the first that fails ends it, and still waits with what follows it.
    `redrive_id` is noted with what is settled; `pace` is waited for before each message, and what it raises ends it.
    Raises NotWaiting.
    """
    row = await _waiting(connection, dead_letter_id)
    if not row["parks_key"]:
        await pace()
        return [await _redrive_one(connection, rules, subscription, dead_letter_id, redrive_id)]
    settled: list[Settled] = []
    while True:
        first = await connection.fetchval(SQL.first_waiting_id_of_key, subscription.topic.name, row["key"])
        if first is None:
            return settled
        await pace()
        settled.append(await _redrive_one(connection, rules, subscription, first, redrive_id))
        if settled[-1].left is not None:
            return settled


async def discard(connection: Connection, dead_letter_id: int, note: str) -> Settled:
    """Give a dead letter up for good, with the operator's reason. What waits behind it can be redriven then.

    Of a parked key only the first waiting message may be discarded, so that order is kept. Raises NotWaiting.
    """
    async with connection.transaction():
        row = await _waiting(connection, dead_letter_id)
        await connection.fetch(SQL.lock_consumer, row["topic"])
        if row["parks_key"]:
            first = await connection.fetchrow(SQL.first_waiting_of_key, row["topic"], row["key"])
            if first is None or first["dead_letter_id"] != dead_letter_id:
                raise NotWaiting(f"dead letter {dead_letter_id} is not the first that waits under its key")
        elif await connection.fetchrow(SQL.lock_dead_letter, dead_letter_id) is None:
            raise NotWaiting(f"no dead letter {dead_letter_id} waits")
        await connection.execute(SQL.settle_dead_letter, dead_letter_id, "discarded", clock.now(), note, None)
    return Settled(dead_letter_id, "discarded")


async def _waiting(connection: Connection, dead_letter_id: int) -> asyncpg.Record:
    row = await connection.fetchrow(SQL.read_dead_letter, dead_letter_id)
    if row is None or row["state"] != "waiting":
        raise NotWaiting(f"no dead letter {dead_letter_id} waits")
    return row


async def _redrive_one(
    connection: Connection,
    rules: Rules,
    subscription: Subscription,
    dead_letter_id: int,
    redrive_id: str | None,
) -> Settled:
    for _ in range(rules.keys_moved_attempts_max):
        try:
            with ExitStack() as traced:
                return await _handle_again(
                    connection, rules, subscription, dead_letter_id, redrive_id, traced
                )
        except KeysMoved:
            continue
        except NotWaiting:
            raise
        except Exception as error:
            left = safe_text(error)
            await connection.execute(SQL.fail_dead_letter, dead_letter_id, left)
            return Settled(dead_letter_id, "waiting", left)
    return Settled(dead_letter_id, "waiting", "its rows kept moving; try again")


async def _handle_again(
    connection: Connection,
    rules: Rules,
    subscription: Subscription,
    dead_letter_id: int,
    redrive_id: str | None,
    traced: ExitStack,
) -> Settled:
    topic = subscription.topic
    now = clock.now()
    async with connection.transaction():
        # The consumer's fence first, as in every batch: nothing of this topic is handled at the same time.
        await connection.fetch(SQL.lock_consumer, topic.name)
        row = await connection.fetchrow(SQL.lock_dead_letter, dead_letter_id)
        if row is None:
            raise NotWaiting(f"no dead letter {dead_letter_id} waits")
        if topic.kind == "secret" and row["value"] is None:
            raise StillUnreadable("a secret topic's value is kept nowhere; discard it, and have it sent anew")
        entry = decode_record(topic, _record(row, topic))
        if not isinstance(entry, Readable):
            raise StillUnreadable(f"still can't be read: {entry.error}")
        wanted = entry.received.kind in subscription.handler_of
        if wanted and (row["message_id"] is None or row["reason"] == CONFLICTING_BODY):
            # It could not be read when it came, so the inbox does not know it yet, or knows another under its id.
            # One that failed in our code, or whose content could not be used, is in the inbox.
            wanted = bool((await inbox.take(connection, topic.name, [entry], now)).new)
        transaction = None
        if wanted:
            # Until the commit: what is rolled back has failed.
            attempt = traced.enter_context(rules.tracing.redrive(subscription, entry.received))
            [received] = attempt.continuing([entry.received])
            transaction = await _handle(connection, rules, subscription, received, now)
        await connection.execute(SQL.settle_dead_letter, dead_letter_id, "redriven", now, None, redrive_id)
        if transaction is not None:
            await transaction.flush()
    if transaction is not None:
        transaction.committed()
    return Settled(dead_letter_id, "redriven")


async def _handle(
    connection: Connection, rules: Rules, subscription: Subscription, received: Received[Any], now: datetime
) -> Transaction:
    handler = subscription.handler_of[received.kind]
    rows = await handler.keys(connection, [received]) if handler.keys is not None else ()
    locked = await lock_rows(connection, rules.locks, rows)
    transaction = rules.transaction(connection, now, locked, subscription.answers)
    await handler.handle(transaction, [received])
    return transaction


def _record(row: asyncpg.Record, topic: Topic) -> ConsumerRecord[Any, Any]:
    value = row["value"]
    record_headers = unpack(row["headers"])
    return ConsumerRecord(
        topic.name, row["partition"], row["log_offset"], 0, 0, row["key"], value, None, 0,
        len(value or b""), tuple(record_headers),
    )  # fmt: skip
