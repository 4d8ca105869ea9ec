"""Messages to send are rows first, written in the transaction that decided them."""

from collections.abc import Sequence
from typing import NamedTuple

from tsunagu.chassis.database import Connection


class Row(NamedTuple):
    """One record to send; `headers` packed by `chassis.headers`."""

    topic: str
    key: bytes
    value: bytes | None
    headers: bytes


async def insert(connection: Connection, rows: Sequence[Row]) -> None:
    """Write the rows in their order, with one COPY (measured: the fastest way for a batch).

    Whoever calls this holds the locks of the keys' state rows, and does nothing after it but commit: so ids under
    one key grow in the order of decisions.
    """
    if rows:
        await connection.copy_records_to_table("outbox", records=rows, columns=list(Row._fields))
