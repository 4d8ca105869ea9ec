"""Customers, known by hashes of their refs only: where they were seen, who is who, who was erased."""

import hmac
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from insight.domain.sale import Document
from insight.domain.sightings import Sighting
from insight.settings import settings
from tsunagu.chassis import Connection, beside
from tsunagu.contracts.values import TouchpointKind

SQL = beside(__file__, "people.sql")
KEY_BYTES = 32
"""Of the key of the hashes: as many as SHA-256 has."""

HASH_BYTES = 16
"""Of a ref's hash: 128 bits, so that no two refs ever have one."""


@dataclass(frozen=True, slots=True)
class NewSighting:
    """A sighting, by whom and of what."""

    sighting: Sighting
    ref_hash: bytes
    sku: str


@dataclass(frozen=True, slots=True)
class Owner:
    """What an event says of a ref: whose it is. `sequence`: the event's, by which the latest counts."""

    customer_id: str
    sequence: int


async def hashes_of(connection: Connection, refs: Iterable[str]) -> dict[str, bytes]:
    """The hash of each ref, under this database's key; those of erased persons too."""
    key: bytes | None = await connection.fetchval(SQL.read_hash_key)
    if key is None:
        await connection.execute(SQL.make_hash_key, secrets.token_bytes(KEY_BYTES))
        key = await connection.fetchval(SQL.read_hash_key)
        assert key is not None, "it has just been made"
    return {ref: hmac.digest(key, ref.encode(), "sha256")[:HASH_BYTES] for ref in refs}


async def read_hashes(connection: Connection, refs: Collection[str]) -> dict[str, bytes]:
    """The hash of each ref; an erased person's has none."""
    hashes = await hashes_of(connection, refs)
    rows = await connection.fetch(SQL.read_erased, list(hashes.values()))
    erased = {row["ref_hash"] for row in rows}
    return {ref: ref_hash for ref, ref_hash in hashes.items() if ref_hash not in erased}


async def with_sightings(connection: Connection, documents: Sequence[Document]) -> list[Document]:
    """The documents, each with the sightings of its buyer that count for it by all that is known now."""
    asked = [
        (place, document.buyer, document.basis.placed_at, sku)
        for place, document in enumerate(documents)
        if document.buyer is not None and document.basis is not None
        for sku in sorted({line.sku for line in document.lines})
    ]
    if not asked:
        return list(documents)
    found: dict[int, list[Sighting]] = defaultdict(list)
    for row in await connection.fetch(SQL.read_sightings, *zip(*asked, strict=True), _window()):
        sighting = Sighting(row["activity_id"], TouchpointKind(row["kind"]), row["location_id"], row["at"])
        found[row["place"]].append(sighting)
    return [
        document if document.buyer is None else replace(document, sightings=tuple(found.get(place, ())))
        for place, document in enumerate(documents)
    ]


async def add_sightings(connection: Connection, sightings: Sequence[NewSighting]) -> None:
    """Keep sightings; one that is there already stays."""
    await connection.execute(
        SQL.insert_sightings,
        [new.sighting.activity_id for new in sightings],
        [new.ref_hash for new in sightings],
        [new.sighting.kind.value for new in sightings],
        [new.sighting.location_id for new in sightings],
        [new.sku for new in sightings],
        [new.sighting.at for new in sightings],
    )


async def forget_old_sightings(connection: Connection, before: datetime, limit: int) -> None:
    """Delete some sightings from before a time."""
    await connection.execute(SQL.delete_old_sightings, before, limit)


async def read_sales_of_sightings(
    connection: Connection, activity_ids: Sequence[str], since: datetime, limit: int
) -> dict[str, str]:
    """Some sales, placed since then, for which these sightings count and did not yet: sale → one of the sightings."""
    rows = await connection.fetch(SQL.read_sales_of_sightings, activity_ids, _window(), since, limit)
    return {row["sale_id"]: row["activity_id"] for row in rows}


async def read_sales_of_customers(
    connection: Connection, customer_ids: Sequence[str], since: datetime, limit: int
) -> dict[str, str]:
    """Some sales, placed since then, whose sightings are not those of their customer: sale → customer."""
    rows = await connection.fetch(SQL.read_sales_of_customers, customer_ids, _window(), since, limit)
    return {row["sale_id"]: row["customer_id"] for row in rows}


async def own(connection: Connection, owners: Mapping[bytes, Owner]) -> None:
    """Keep whose refs are, where it was said later than what is known."""
    hashes = sorted(owners)
    await connection.execute(
        SQL.upsert_owners,
        hashes,
        [owners[one].customer_id for one in hashes],
        [owners[one].sequence for one in hashes],
    )


async def erase(connection: Connection, hashes: Iterable[bytes], now: datetime) -> None:
    """Forget persons: their sightings and refs go, sales keep their credit and know no buyer."""
    ordered = sorted(set(hashes))
    await connection.execute(SQL.insert_erased, ordered, now)
    await connection.execute(SQL.delete_sightings_of, ordered)
    await connection.execute(SQL.delete_owners, ordered)
    await connection.execute(SQL.forget_buyers, ordered)


def _window() -> timedelta:
    return timedelta(days=settings().sighting_window_days)
