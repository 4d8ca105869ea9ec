"""Refs of persons who were erased, as keyed hashes: what came too late to know of it is found by them."""

import hmac
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from tsunagu.chassis import Connection, beside

SQL = beside(__file__, "erased_refs.sql")
KEY_BYTES = 32
"""Of the key of the hashes: as many as SHA-256 has."""


async def keep(connection: Connection, erased_at: Mapping[str, datetime]) -> None:
    """Keep when the persons behind these refs were erased."""
    hashes = await _hashes_of(connection, erased_at)
    await connection.execute(SQL.save_erased, list(hashes.values()), [erased_at[ref] for ref in hashes])


async def erased_among(
    connection: Connection, named: Sequence[tuple[str, datetime]]
) -> set[tuple[str, datetime]]:
    """Those of these refs, each with when it was named, whose person was erased then or later."""
    hashes = await _hashes_of(connection, {ref for ref, _ in named})
    rows = await connection.fetch(
        SQL.read_erased,
        list(range(len(named))),
        [hashes[ref] for ref, _ in named],
        [at for _, at in named],
    )
    return {named[row["place"]] for row in rows}


async def orders_naming(
    connection: Connection, refs: Collection[str], placed_until: datetime, after: str, limit: int
) -> list[str]:
    """The next orders after one that were placed until a time and name one of these refs."""
    rows = await connection.fetch(SQL.orders_naming, list(refs), placed_until, after, limit)
    return [row["order_id"] for row in rows]


async def _hashes_of(connection: Connection, refs: Iterable[str]) -> dict[str, bytes]:
    key: bytes | None = await connection.fetchval(SQL.read_hash_key)
    if key is None:
        await connection.execute(SQL.make_hash_key, secrets.token_bytes(KEY_BYTES))
        key = await connection.fetchval(SQL.read_hash_key)
        assert key is not None, "it has just been made"
    return {ref: hmac.digest(key, ref.encode(), "sha256") for ref in refs}
