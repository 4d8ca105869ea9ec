"""Messages to send are rows first, written in the transaction that decided them: one row per topic, not per message."""

from collections.abc import Mapping, Sequence

from tsunagu.chassis.database import Connection
from tsunagu.chassis.record_batch import pack_parted
from tsunagu.contracts.envelope import Record


async def insert(connection: Connection, messages: Mapping[str, Sequence[Record]], bytes_max: int) -> None:
    """Write each topic's messages in their order, with one COPY (measured: the fastest way for a batch).

    Whoever calls this holds the locks of the keys' state rows, and does nothing after it but commit: so ids under
    one key grow in the order of decisions.
    """
    rows = [
        (topic, count, batch)
        for topic, of_topic in messages.items()
        for count, batch in pack_parted(of_topic, bytes_max)
    ]
    if rows:
        await connection.copy_records_to_table("outbox", records=rows, columns=["topic", "records", "batch"])
