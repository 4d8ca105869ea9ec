"""One batch, one transaction: fence → inbox → lock → handlers → outbox → COMMIT.

The number of statements depends on how many functions handle the kinds of messages, not on how many messages.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tsunagu.chassis import clock, dead_letters, inbox, offsets
from tsunagu.chassis.database import Connection
from tsunagu.chassis.dead_letters import DeadLetter
from tsunagu.chassis.decoding import Entry, Readable, Unread
from tsunagu.chassis.error_text import safe_text
from tsunagu.chassis.faults import point
from tsunagu.chassis.locks import Locked, RowKey, lock_rows
from tsunagu.chassis.offsets import Fence
from tsunagu.chassis.queries import beside
from tsunagu.chassis.received import EnvelopeCause, Received
from tsunagu.chassis.rules import Rules
from tsunagu.chassis.runs import split
from tsunagu.chassis.subscription import Subscription
from tsunagu.chassis.tracing import NOT_TRACED, Attempt
from tsunagu.chassis.transaction import Transaction
from tsunagu.chassis.unusable import Unusable
from tsunagu.contracts.topics import Topic

SQL = beside(__file__)
_DETAIL_CHARACTERS_MAX = 500  # an error's text is for people; a stack trace belongs in the log
_CONFLICT = Unusable(dead_letters.CONFLICTING_BODY, "another body came first under this id; that one stands")


class TooManyParkedKeys(Exception):  # noqa: N818 - a state that an operator ends, not an error of the batch
    """So many keys of this topic wait that the release is broken, not the data."""


@dataclass(slots=True)
class Done:
    """What a committed batch did. `outcomes` counts records; `next_offsets` is per partition."""

    outcomes: Counter[str] = field(default_factory=Counter)
    next_offsets: dict[int, int] = field(default_factory=dict)
    runs: int = 0
    has_messages: bool = False
    has_due: bool = False


async def take_over(
    connection: Connection,
    rules: Rules,
    subscription: Subscription,
    fence: Fence,
    entries: Sequence[Entry],
    *,
    failed: Exception | None = None,
    attempt: Attempt = NOT_TRACED,
) -> Done:
    """Take a batch over in one transaction, and return what became of it.

    `failed` is the error with which one message failed by itself: it is parked instead of handled, or, where its
    content is what can't be used, refused without holding anything back.
    Raises whatever a handler or the database raises, with everything rolled back; KeysMoved; TooManyParkedKeys.
    """
    done = Done()
    topic = subscription.topic
    now = clock.now()
    async with connection.transaction():
        await point("begun")
        places = await offsets.lock(connection, topic.name, {e.record.partition for e in entries}, fence)
        fresh = [e for e in entries if e.record.offset >= places.get(e.record.partition, _BEYOND_ALL)]
        done.outcomes["stale"] = len(entries) - len(fresh)
        await point("offsets_locked")

        unread = [entry for entry in fresh if isinstance(entry, Unread)]
        readable = [entry for entry in fresh if isinstance(entry, Readable)]
        wanted = [entry for entry in readable if entry.received.kind in subscription.handler_of]
        done.outcomes["passed_over"] = len(fresh) - len(unread) - len(wanted)
        taken = await inbox.take(connection, topic.name, wanted, now)
        done.outcomes["seen"] = len(taken.seen)
        await point("inbox_written")

        waiting = await _parked_keys(connection, topic.name, taken.new)
        unusable = [(entry, _CONFLICT) for entry in taken.conflicting]
        if isinstance(failed, Unusable):
            letters, refused = _sort(taken.new, waiting, None)
            unusable += [(entry, failed) for entry in refused]
            to_handle: list[Readable] = []
        else:
            letters, to_handle = _sort(taken.new, waiting, failed)
        if failed is not None and letters:
            await _refuse_too_many(connection, rules, topic.name)

        runs = split(
            attempt.continuing([entry.received for entry in to_handle]),
            lambda received: subscription.work_of[received.kind],
            subscription.priority,
        )
        locked = await _lock(connection, rules, subscription, runs)
        await point("rows_locked")
        transaction = rules.transaction(connection, now, locked, subscription.answers)
        for run in runs:
            await subscription.handler_of[run[0].kind].handle(transaction, run)
            transaction.forget_what_the_lock_read()
        await point("handled")

        letters += _refused(transaction, subscription.answers or rules.events, unread, unusable)
        letters.sort(key=lambda letter: (letter.record.partition, letter.record.offset))
        await dead_letters.keep(transaction, rules.service, topic, letters)
        done.next_offsets = _next_offsets(fresh)
        await offsets.advance(connection, topic.name, done.next_offsets, now)
        await transaction.flush()
        await point("outbox_written")
    await point("committed")
    transaction.committed()
    done.outcomes["handled"] = len(to_handle)
    done.outcomes["parked"] = sum(letter.parks_key for letter in letters)
    done.outcomes["dead_letter"] = len(letters) - done.outcomes["parked"]
    done.outcomes["refused"] = len(unread) + len(unusable) - done.outcomes["dead_letter"]
    done.runs = len(runs)
    done.has_messages = transaction.has_messages
    done.has_due = transaction.has_due
    return done


_BEYOND_ALL = 2**63  # larger than any offset: records of a partition without a row are stale


async def _parked_keys(connection: Connection, topic: str, entries: Sequence[Readable]) -> set[bytes]:
    keys = list({entry.record.key for entry in entries})
    if not keys:
        return set()
    rows = await connection.fetch(SQL.parked_keys_among, topic, keys)
    return {bytes(row["key"]) for row in rows}


def _sort(
    entries: Sequence[Readable], waiting: set[bytes], failed: Exception | None
) -> tuple[list[DeadLetter], list[Readable]]:
    """Set apart what has to wait: behind a parked message, or because it failed itself."""
    letters: list[DeadLetter] = []
    to_handle: list[Readable] = []
    for entry in entries:
        if entry.record.key in waiting:
            letters.append(
                _letter(entry, dead_letters.FOLLOWS_PARKED, "its key waits for an earlier message")
            )
        elif failed is not None:
            letters.append(_letter(entry, dead_letters.HANDLER_FAILED, safe_text(failed)))
        else:
            to_handle.append(entry)
    return letters, to_handle


def _letter(entry: Readable, reason: str, detail: str, *, parks_key: bool = True) -> DeadLetter:
    envelope = entry.received.envelope
    return DeadLetter(
        entry.record, envelope.id, envelope.type, reason, detail[:_DETAIL_CHARACTERS_MAX], parks_key
    )


async def _refuse_too_many(connection: Connection, rules: Rules, topic: str) -> None:
    parked = await connection.fetchval(SQL.count_parked_keys, topic)
    if parked >= rules.parked_keys_max:
        raise TooManyParkedKeys(
            f"{parked} keys of {topic} are parked in {rules.service}, {rules.parked_keys_max} are allowed: reading"
            f" stops here. See `tsunagu dlq list {rules.service}`, mend the cause, then redrive"
        )


async def _lock(
    connection: Connection, rules: Rules, subscription: Subscription, runs: Sequence[Sequence[Received[Any]]]
) -> Locked:
    rows: list[RowKey] = []
    for run in runs:
        handler = subscription.handler_of[run[0].kind]
        if handler.keys is not None:
            rows.extend(await handler.keys(connection, run))
    await point("keys_read")
    return await lock_rows(connection, rules.locks, rows)


def _refused(
    transaction: Transaction,
    answers: Topic | None,
    unread: Sequence[Unread],
    unusable: Sequence[tuple[Readable, Unusable]],
) -> list[DeadLetter]:
    """Commands are refused; everything else that can't be used becomes a dead letter, and its key goes on."""
    letters: list[DeadLetter] = []
    for entry in unread:
        forbidden = entry.forbidden_command
        if forbidden is not None and answers is not None:
            transaction.refuse_unread(
                EnvelopeCause(forbidden.envelope),
                forbidden.identity,
                forbidden.key,
                "invalid",
                forbidden.detail,
            )
        else:
            error = entry.error
            letters.append(
                DeadLetter(
                    entry.record, None, None, error.reason, error.detail[:_DETAIL_CHARACTERS_MAX], False
                )
            )
    for readable, why in unusable:
        if answers is not None and readable.is_command:
            transaction.refuse(readable.received, why.reason, why.detail)
        else:
            letters.append(_letter(readable, why.reason, why.detail, parks_key=False))
    return letters


def _next_offsets(entries: Sequence[Entry]) -> dict[int, int]:
    next_offsets: dict[int, int] = {}
    for entry in entries:
        partition = entry.record.partition
        next_offsets[partition] = max(next_offsets.get(partition, 0), entry.record.offset + 1)
    return next_offsets
