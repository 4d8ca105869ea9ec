"""Messages to send are rows first, written in the transaction that decided them: a row holds many of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tsunagu.chassis.database import Connection
from tsunagu.chassis.partitioning import partition_of
from tsunagu.chassis.record_batch import pack_parted
from tsunagu.contracts.envelope import Record

_COLUMNS = ("topic", "partition", "partitions", "records", "batch")


@dataclass(frozen=True, slots=True)
class Packing:
    """How messages become rows: of at most `batch_bytes_max`, and parted by partition where that is worth it.

    That is where there are `parted_records_min` for each partition, and where the relay of this process has learnt how
    many there are: it notes that in `partitions`.
    """

    batch_bytes_max: int
    parted_records_min: int
    partitions: dict[str, int] = field(default_factory=dict)


async def insert(connection: Connection, messages: Mapping[str, Sequence[Record]], packing: Packing) -> None:
    """Write each topic's messages in their order, with one COPY (measured: the fastest way for a batch).

    Whoever calls this holds the locks of the keys' state rows, and does nothing after it but commit: so ids under
    one key grow in the order of decisions.
    """
    rows = [
        (topic, partition, partitions, count, batch)
        for topic, of_topic in messages.items()
        for partition, partitions, part in _parts(of_topic, packing.partitions.get(topic), packing)
        for count, batch in pack_parted(part, packing.batch_bytes_max)
    ]
    if rows:
        await connection.copy_records_to_table("outbox", records=rows, columns=_COLUMNS)


def _parts(
    messages: Sequence[Record], partitions: int | None, packing: Packing
) -> Iterator[tuple[int | None, int | None, Sequence[Record]]]:
    if partitions is None or len(messages) < partitions * packing.parted_records_min:
        yield None, None, messages
        return
    parts: defaultdict[int, list[Record]] = defaultdict(list)
    for message in messages:
        parts[partition_of(message.key, partitions)].append(message)
    for partition, part in parts.items():
        yield partition, partitions, part
