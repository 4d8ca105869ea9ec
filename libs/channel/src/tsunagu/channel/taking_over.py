"""A batch of records into a read model: one transaction; each message counts once, and a bad one spoils none."""

import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import ConsumerRecord

from tsunagu.channel.handlers import Deleted, Handler, News, Received
from tsunagu.channel.settings import Settings
from tsunagu.channel.store import Place, Refused, Sign, Transaction
from tsunagu.contracts.envelope import Unreadable, decode
from tsunagu.contracts.topics import Topic

DETAIL_CHARACTERS_MAX = 1_000
_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A record, and what it is to the model: news for a handler, refused, or of no interest (neither)."""

    record: Any
    place: Place
    news: News | None = None
    handler: Handler[Any] | None = None
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch."""

    lost: frozenset[Place]
    """Partitions that somebody else reads by now, or that are read anew: nothing of theirs was taken over."""
    refused: tuple[Refused, ...]


def entry_of(record: ConsumerRecord, topic: Topic, handlers: Mapping[tuple[str, str], Handler[Any]]) -> Entry:
    """Read a record. Of types that no handler takes, nothing but the type is looked at: new ones may join any time."""
    place = Place(record.topic, record.partition)
    wire_type = next((value for name, value in record.headers if name == "ce_type"), None)
    if wire_type is not None and (topic.name, wire_type.decode(errors="replace")) not in handlers:
        return Entry(record, place)
    try:
        decoded = decode(topic, record.key, record.value, record.headers)
    except Unreadable as error:
        if error.reason == "type_unknown":
            return Entry(record, place)
        return Entry(record, place, refused=_refused(record, error.reason, error.detail))
    handler = handlers.get((topic.name, decoded.envelope.type))
    if handler is None:
        return Entry(record, place)
    where = (decoded.key, decoded.envelope, record.topic, record.partition, record.offset)
    news = Deleted(*where) if decoded.message is None else Received(decoded.message, *where)
    return Entry(record, place, news, handler)


async def take_over(
    transaction: Transaction[Any], entries: Sequence[Entry], fences: Mapping[Place, int], settings: Settings
) -> Taken:
    """Take records over as far as they are still ours and new. Raises the database's outages only."""
    places = sorted({entry.place for entry in entries})
    positions = await transaction.lock(places)
    ours = {place for place in places if place in positions and positions[place].fence == fences.get(place)}
    current = [
        entry
        for entry in entries
        if entry.place in ours and entry.record.offset >= positions[entry.place].next_offset
    ]
    refused = [entry.refused for entry in current if entry.refused is not None]
    for run in _runs(await _unseen(transaction, current)):
        refused += await _attempt(transaction, run)
    if refused:
        await transaction.refuse(refused, settings.refused_kept_max)
    if current:
        kept_ms = round(settings.seen_kept_hours * _HOUR_MS)
        last = {entry.place: entry.record for entry in current}
        await transaction.advance(
            {place: record.offset + 1 for place, record in last.items()},
            {place: record.timestamp - kept_ms for place, record in last.items()},
        )
    return Taken(frozenset(set(places) - ours), tuple(refused))


async def _unseen(transaction: Transaction[Any], entries: Iterable[Entry]) -> list[Entry]:
    """What has news that did not come before, under its source and id."""
    first: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        if entry.news is not None:
            envelope = entry.news.envelope
            first.setdefault((envelope.source, envelope.id), entry)
    if not first:
        return []
    signs = [Sign(entry.place, *name, entry.record.timestamp) for name, entry in first.items()]
    unseen = await transaction.unseen(signs)
    return [entry for name, entry in first.items() if name in unseen]


def _runs(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Entries in a row that are one handler's, and all messages or all deletes: the order is kept."""
    runs: list[list[Entry]] = []
    for entry in entries:
        if runs and _sort(runs[-1][0]) == _sort(entry):
            runs[-1].append(entry)
        else:
            runs.append([entry])
    return runs


def _sort(entry: Entry) -> tuple[int, bool]:
    return id(entry.handler), isinstance(entry.news, Deleted)


async def _attempt(transaction: Transaction[Any], run: Sequence[Entry]) -> list[Refused]:
    """Have a run taken over; where its handler raises, look for the message by halving. Returns what is refused."""
    handler = run[0].handler
    assert handler is not None
    error = await transaction.attempt(handler, [entry.news for entry in run if entry.news is not None])
    if error is None:
        return []
    if len(run) == 1:
        return [_refused(run[0].record, "failed", _told(error))]
    middle = len(run) // 2
    return await _attempt(transaction, run[:middle]) + await _attempt(transaction, run[middle:])


def _refused(record: ConsumerRecord, reason: str, detail: str) -> Refused:
    text = detail[:DETAIL_CHARACTERS_MAX]
    return Refused(record.topic, record.partition, record.offset, record.key, reason, text, record.value)


def _told(error: Exception) -> str:
    """The error's type and place. Its text may repeat what the message says."""
    frames = traceback.extract_tb(error.__traceback__)
    at = f" in {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
    return f"the handler raised {type(error).__name__}{at}"
