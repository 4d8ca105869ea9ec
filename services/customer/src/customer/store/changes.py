"""Changes of identities as they were, by the events that told of them, and what merges among them tied."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from customer.domain.identity import Change, ChangeKind
from customer.domain.ties import Tie
from tsunagu.chassis import Connection, beside

SQL = beside(__file__, "changes.sql")


@dataclass(frozen=True, slots=True)
class Recorded:
    """A change, without the keys that were erased since, and whether it was undone."""

    change: Change
    undone_at: datetime | None


async def insert(connection: Connection, changes: Sequence[Change]) -> None:
    """Remember changes."""
    if not changes:
        return
    await connection.execute(
        SQL.insert_changes,
        [change.customer_id for change in changes],
        [change.version for change in changes],
        [change.kind.value for change in changes],
        [change.other_id for change in changes],
    )
    keys = [
        (change.customer_id, change.version, digest, moved)
        for change in changes
        for moved, digests in ((True, change.moved), (False, change.stayed))
        for digest in sorted(digests)
    ]
    await connection.execute(SQL.insert_changed_keys, *zip(*keys, strict=True))


async def load(connection: Connection, customer_id: str, version: int) -> Recorded | None:
    """The change of which a customer's event of this version told."""
    row = await connection.fetchrow(SQL.load_change, customer_id, version)
    if row is None:
        return None
    keys = await connection.fetch(SQL.load_changed_keys, customer_id, version)
    moved = frozenset(key["digest"] for key in keys if key["moved"])
    stayed = frozenset(key["digest"] for key in keys if not key["moved"])
    change = Change(customer_id, version, ChangeKind(row["kind"]), row["other_id"], moved, stayed)
    return Recorded(change, row["undone_at"])


async def newest_self(connection: Connection, customer_id: str) -> str | None:
    """Who a customer is after all merges; None if that one was erased."""
    row = await connection.fetchrow(SQL.newest_self, customer_id)
    return None if row is None or row["ended_as"] is not None else row["customer_id"]


async def revive(connection: Connection, customer_id: str) -> int:
    """A customer who was merged away is one again; returns the version that their events have come to."""
    await connection.execute(SQL.revive_customer, customer_id)
    return await version_of(connection, customer_id)


async def version_of(connection: Connection, customer_id: str) -> int:
    """The version that a customer's events have come to, also of one who has ended."""
    return int(await connection.fetchval(SQL.load_version, customer_id))


async def ties_of(connection: Connection, digests: Collection[str]) -> list[Tie]:
    """What merges have tied to these identifiers and no split has parted."""
    rows = await connection.fetch(SQL.load_ties, digests)
    return [Tie(row["customer_id"], row["version"], (row["digest"], row["other_digest"])) for row in rows]


async def insert_ties(connection: Connection, ties: Collection[Tie]) -> None:
    """Remember on what merges rest."""
    if ties:
        rows = [(tie.customer_id, tie.version, *tie.ends) for tie in sorted(ties)]
        await connection.execute(SQL.insert_ties, *zip(*rows, strict=True))


async def cut_ties(connection: Connection, cut: Mapping[Tie, Change]) -> None:
    """Remember which split parted a tie, so that they are tied again when it is undone."""
    if cut:
        rows = [
            (tie.customer_id, tie.version, split.customer_id, split.version)
            for tie, split in sorted(cut.items(), key=lambda item: item[0])
        ]
        await connection.execute(SQL.cut_ties, *zip(*rows, strict=True))
