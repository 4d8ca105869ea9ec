"""Each message is taken over once, however often and under whichever offset it arrives."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

from tsunagu.chassis.database import Connection
from tsunagu.chassis.decoding import Readable
from tsunagu.chassis.queries import beside
from tsunagu.chassis.received import Deleted

SQL = beside(__file__)
_DIGEST_BYTES = 16


@dataclass(slots=True)
class Taken:
    """What is new, what was seen before, and what came under an id that another body has."""

    new: list[Readable] = field(default_factory=list)
    seen: list[Readable] = field(default_factory=list)
    conflicting: list[Readable] = field(default_factory=list)


async def take(connection: Connection, topic: str, entries: Sequence[Readable], now: datetime) -> Taken:
    """Take messages over, in two rounds: by `ce_source` and `ce_id`, then by natural id (commands and facts).

    The first message with an id stands. Later ones with the same body are `seen`, with another one `conflicting`.
    """
    taken = Taken()
    first_round = await _by_message_id(connection, topic, entries, now, taken)
    taken.new = await _by_natural_id(connection, first_round, now, taken)
    return taken


async def _by_message_id(
    connection: Connection, topic: str, entries: Sequence[Readable], now: datetime, taken: Taken
) -> list[Readable]:
    first: dict[tuple[str, str], tuple[Readable, bytes]] = {}
    again: list[tuple[Readable, tuple[str, str], bytes]] = []
    for entry in entries:
        identity = (entry.received.envelope.id, entry.received.envelope.source)
        digest = _digest(entry.record.value or b"")
        if identity in first:
            again.append((entry, identity, digest))
        else:
            first[identity] = (entry, digest)
    if not first:
        return []
    ids = [identity[0] for identity in first]
    sources = [identity[1] for identity in first]
    digests = [digest for _, digest in first.values()]
    rows = await connection.fetch(SQL.insert_inbox, topic, ids, sources, digests, now)
    inserted = {(row["id"], row["source"]) for row in rows}
    standing = {identity: first[identity][1] for identity in inserted}
    if len(inserted) < len(first):
        for row in await connection.fetch(SQL.read_inbox, topic, ids, sources):
            standing.setdefault((row["id"], row["source"]), bytes(row["digest"]))
    for identity, (entry, digest) in first.items():
        if identity not in inserted:
            again.append((entry, identity, digest))
    for entry, identity, digest in again:
        (taken.seen if standing[identity] == digest else taken.conflicting).append(entry)
    return [entry for identity, (entry, _) in first.items() if identity in inserted]


async def _by_natural_id(
    connection: Connection, entries: Sequence[Readable], now: datetime, taken: Taken
) -> list[Readable]:
    first: dict[tuple[str, str], bytes] = {}
    owner: dict[tuple[str, str], Readable] = {}
    again: list[tuple[Readable, tuple[str, str], bytes]] = []
    for entry in entries:
        message = entry.received.message
        natural_id = message.identity() if entry.received.kind is not Deleted else None
        if natural_id is None:
            continue
        identity = (message.WIRE_TYPE, natural_id)
        digest = _digest(message.model_dump_json().encode())
        if identity in first:
            again.append((entry, identity, digest))
        else:
            first[identity] = digest
            owner[identity] = entry
    if not first:
        return list(entries)
    types = [identity[0] for identity in first]
    ids = [identity[1] for identity in first]
    rows = await connection.fetch(SQL.insert_documents, types, ids, list(first.values()), now)
    inserted = {(row["type"], row["id"]) for row in rows}
    standing = {identity: first[identity] for identity in inserted}
    if len(inserted) < len(first):
        for row in await connection.fetch(SQL.read_documents, types, ids):
            standing.setdefault((row["type"], row["id"]), bytes(row["digest"]))
        again.extend(
            (owner[identity], identity, first[identity]) for identity in first if identity not in inserted
        )
    passed_over: set[int] = set()
    for entry, identity, digest in again:
        passed_over.add(id(entry))
        (taken.seen if standing[identity] == digest else taken.conflicting).append(entry)
    return [entry for entry in entries if id(entry) not in passed_over]


def _digest(body: bytes) -> bytes:
    return blake2b(body, digest_size=_DIGEST_BYTES).digest()
