"""Statements of consent in the database."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from customer.domain.consent import Statement
from tsunagu.chassis import Connection, beside

SQL = beside(__file__, "consents.sql")


async def load_by_digest(connection: Connection, digests: Iterable[str]) -> dict[str, list[Statement]]:
    """All statements under these identifiers."""
    found: dict[str, list[Statement]] = defaultdict(list)
    for row in await connection.fetch(SQL.load_consents, sorted(digests)):
        found[row["digest"]].append(
            Statement(row["consent_id"], row["purpose"], row["channel"], row["granted"], row["said_at"])
        )
    return found


async def insert(
    connection: Connection, said: Sequence[tuple[str, Statement, str | None]], now: datetime
) -> None:
    """Keep statements, each with the hash of the ref it was made under and the wording that was shown."""
    if not said:
        return
    await connection.execute(
        SQL.insert_consents,
        [statement.consent_id for _, statement, _ in said],
        [digest for digest, _, _ in said],
        [statement.purpose for _, statement, _ in said],
        [statement.channel for _, statement, _ in said],
        [statement.granted for _, statement, _ in said],
        [wording for _, _, wording in said],
        [statement.said_at for _, statement, _ in said],
        now,
    )
