"""Statements of consent in the database."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from customer.domain.consent import Statement
from customer.store.profiles import told_row
from tsunagu.chassis import Connection, beside
from tsunagu.contracts.messages import RecordConsent

SQL = beside(__file__, "consents.sql")


async def load_by_digest(connection: Connection, digests: Iterable[str]) -> dict[str, list[Statement]]:
    """All statements under these identifiers."""
    found: dict[str, list[Statement]] = defaultdict(list)
    for row in await connection.fetch(SQL.load_consents, sorted(digests)):
        found[row["digest"]].append(
            Statement(row["consent_id"], row["purpose"], row["channel"], row["granted"], row["said_at"])
        )
    return found


async def newest(
    connection: Connection, digests: Iterable[str], before: tuple[datetime, str] | None, limit: int
) -> list[dict[str, Any]]:
    """Statements under these identifiers, the newest first; those that come after the time and id of one, if named."""
    at, consent_id = before or (None, None)
    rows = await connection.fetch(SQL.newest_consents, sorted(digests), at, consent_id, limit)
    return [dict(row) for row in rows]


async def insert(
    connection: Connection, said: Sequence[tuple[str, Statement, RecordConsent]], now: datetime
) -> None:
    """Keep statements, each with the hash of the ref it was made under, and the command that brought it."""
    if not said:
        return
    await connection.execute(
        SQL.insert_consents,
        [statement.consent_id for _, statement, _ in said],
        [digest for digest, _, _ in said],
        [statement.purpose for _, statement, _ in said],
        [statement.channel for _, statement, _ in said],
        [statement.granted for _, statement, _ in said],
        [command.wording for _, _, command in said],
        [command.staff_ref for _, _, command in said],
        [command.device_id for _, _, command in said],
        [statement.said_at for _, statement, _ in said],
        now,
    )


async def save_told(connection: Connection, told: Mapping[str, Mapping[tuple[str, str], bool]]) -> None:
    """Keep what others are told now of what customers allow."""
    await connection.execute(SQL.save_told, list(told), [told_row(places) for places in told.values()])
