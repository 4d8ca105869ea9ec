"""Match keys and reviews in the database: who may be the same person as whom, and of whom a person is asked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from customer.domain.identity import Pair
from customer.settings import settings
from tsunagu.chassis import Connection, beside

SQL = beside(__file__, "matching.sql")


@dataclass(frozen=True, slots=True)
class Review:
    """A pair that is before a person. `is_one`: the one has become the other meanwhile."""

    task_id: str
    is_one: bool


async def save_keys(connection: Connection, keys: Mapping[str, Iterable[bytes]]) -> None:
    """These are the match keys of these refs from now on. The caller holds the refs' rows."""
    digests = [digest for digest, of_ref in keys.items() for _ in of_ref]
    match_keys = [key for of_ref in keys.values() for key in of_ref]
    await connection.execute(SQL.delete_match_keys, list(keys), digests, match_keys)
    await connection.execute(SQL.insert_match_keys, digests, match_keys)


async def pairs_to_judge(connection: Connection, customer_ids: Iterable[str]) -> list[Pair]:
    """Pairs of these customers with whoever shares a block with them, or is before a person with them."""
    rows = await connection.fetch(SQL.pairs_to_judge, sorted(customer_ids), settings().match_block_max)
    return [frozenset(row) for row in rows]


async def reviews_of(connection: Connection, pairs: Iterable[Pair]) -> dict[Pair, Review]:
    """Those of these pairs that are before a person."""
    sides = [sorted(pair) for pair in pairs]
    if not sides:
        return {}
    rows = await connection.fetch(SQL.load_reviews, *zip(*sides, strict=True))
    return {
        frozenset((row["customer_id"], row["other_id"])): Review(row["task_id"], row["is_one"])
        for row in rows
    }


async def pairs_of_tasks(connection: Connection, task_ids: Iterable[str]) -> dict[str, Pair]:
    """The pairs that these tasks ask about."""
    rows = await connection.fetch(SQL.reviews_of_tasks, sorted(task_ids))
    return {row["task_id"]: frozenset((row["customer_id"], row["other_id"])) for row in rows}


async def held_by(connection: Connection, customer_ids: Iterable[str]) -> set[str]:
    """What these customers hold."""
    rows = await connection.fetch(SQL.identifiers_of_customers, sorted(customer_ids))
    return {row["digest"] for row in rows}
