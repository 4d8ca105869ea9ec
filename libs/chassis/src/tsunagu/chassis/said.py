"""What was said long ago is compacted: of each key that is still open, the latest event stays."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from tsunagu.chassis.database import Connection
from tsunagu.chassis.queries import beside
from tsunagu.chassis.record_batch import pack, unpack
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.contracts.envelope import Record
from tsunagu.contracts.messages import CommandAccepted, CommandRefused
from tsunagu.contracts.topics import TOPIC_BY_NAME

SQL = beside(__file__)
_ANSWERS = {answer.WIRE_TYPE.encode() for answer in (CommandAccepted, CommandRefused)}

OpenKeys: TypeAlias = Callable[[Connection, Sequence[str]], Awaitable[Set[str]]]
"""Which of these record keys of a service's events topic are about something that has not come to its end."""

Place: TypeAlias = tuple[str, bytes]
"""A topic and a key of it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An event that stands for all that was said under its key until then."""

    event: Record
    recorded_at: datetime


def latest(rows: Iterable[tuple[str, Sequence[Record], datetime]]) -> dict[Place, Kept | None]:
    """The latest event of each key in rows of the outbox (topic, messages, when decided), given in their order.

    None for a key under which commands were answered, and nothing else: an answer is no news of the thing itself.
    """
    found: dict[Place, Kept | None] = {}
    for topic, messages, recorded_at in rows:
        for message in messages:
            place = (topic, message.key)
            if _is_answer(message):
                found.setdefault(place, None)
            else:
                found[place] = Kept(message, recorded_at)
    return found


def _is_answer(message: Record) -> bool:
    return any(name == "ce_type" and value in _ANSWERS for name, value in message.headers)


async def compact(
    connection: Connection, settings: ChassisSettings, open_keys: OpenKeys | None, now: datetime
) -> bool:
    """Compact some of what was said more than `said_keep_hours` ago, in one transaction; True if there may be more."""
    async with connection.transaction():
        rows = await connection.fetch(
            SQL.lock_said,
            now - timedelta(hours=settings.said_keep_hours),
            settings.said_compacted_rows_max,
            settings.relay_read_bytes_max,
        )
        if not rows:
            return False
        found = latest((row["topic"], unpack(row["batch"]), row["recorded_at"]) for row in rows)
        still_open = await _open_among(
            connection, open_keys, {place: _decided(kept) for place, kept in found.items()}, now
        )
        stays = {place: kept for place, kept in found.items() if kept is not None and place in still_open}
        await connection.execute(
            SQL.keep_last_said,
            [topic for topic, _ in stays],
            [key for _, key in stays],
            [pack([kept.event]) for kept in stays.values()],
            [kept.recorded_at for kept in stays.values()],
            now,
        )
        await _forget(connection, found.keys() - still_open)
        await connection.execute(SQL.delete_said, [row["outbox_id"] for row in rows])
    return True


async def forget_closed(
    connection: Connection, settings: ChassisSettings, open_keys: OpenKeys | None, now: datetime
) -> bool:
    """Forget the events of some keys that have closed since; True if there may be more to look at."""
    before = now - timedelta(hours=settings.said_keep_hours)
    async with connection.transaction():
        rows = await connection.fetch(SQL.look_at_last_said, before, settings.said_compacted_rows_max)
        places = {(row["topic"], bytes(row["key"])): row["recorded_at"] for row in rows}
        still_open = await _open_among(connection, open_keys, places, now)
        await _forget(connection, places.keys() - still_open)
        await connection.execute(
            SQL.note_looked_at, [topic for topic, _ in still_open], [key for _, key in still_open], now
        )
    return len(rows) == settings.said_compacted_rows_max


def _decided(kept: Kept | None) -> datetime | None:
    return None if kept is None else kept.recorded_at


async def _open_among(
    connection: Connection,
    open_keys: OpenKeys | None,
    places: Mapping[Place, datetime | None],
    now: datetime,
) -> set[Place]:
    """Which of these are open and, where it is known when their event was decided, still within the topic's time."""
    if open_keys is None:
        return set()
    young = [
        place
        for place, decided_at in places.items()
        if decided_at is None or not _is_old(place, decided_at, now)
    ]
    names = {key.decode() for _, key in young}
    found = await open_keys(connection, sorted(names))
    return {(topic, key) for topic, key in young if key.decode() in found}


def _is_old(place: Place, decided_at: datetime, now: datetime) -> bool:
    """Whether the topic itself would not have it any more, so that readers may have forgotten its id."""
    topic = TOPIC_BY_NAME.get(place[0])
    kept_ms = topic.retention_ms if topic is not None else None
    return kept_ms is not None and decided_at < now - timedelta(milliseconds=kept_ms)


async def _forget(connection: Connection, places: Iterable[Place]) -> None:
    closed = list(places)
    if closed:
        await connection.execute(
            SQL.forget_last_said, [topic for topic, _ in closed], [key for _, key in closed]
        )
