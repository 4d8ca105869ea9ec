"""Messages on their way out, in the form in which Kafka keeps them: many in one value, written and read in C."""

import struct
from collections.abc import Iterable, Iterator

from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

from tsunagu.contracts.envelope import Record

MAGIC = 2  # the format of record batches since Kafka 0.11
_TIMES, _TIMES_AT = struct.Struct(">qq"), 27
_PRODUCER, _PRODUCER_AT = struct.Struct(">qhi"), 43
_CRC, _CRC_AT, _CRC_COVERS_FROM = struct.Struct(">I"), 17, 21
_NO_COMPRESSION = 0
_NO_TIME = 0  # the time in a record is when it is sent, and that is still to come
_NO_LIMIT_BYTES = 2**31 - 1


def pack(messages: Iterable[Record]) -> bytes:
    """One record batch with all of the messages."""
    builder = _builder(_NO_LIMIT_BYTES)
    for place, (key, value, headers) in enumerate(messages):
        builder.append(place, _NO_TIME, key, value, headers)
    return bytes(builder.build())


def pack_parted(messages: Iterable[Record], bytes_max: int) -> Iterator[tuple[int, bytes]]:
    """Record batches of at most `bytes_max` bytes each, and how many messages each holds.

    A message that is larger by itself gets a batch of its own.
    """
    builder, count = _builder(bytes_max), 0
    for key, value, headers in messages:
        if builder.append(count, _NO_TIME, key, value, headers) is None:
            yield count, bytes(builder.build())
            builder, count = _builder(bytes_max), 0
            builder.append(0, _NO_TIME, key, value, headers)
        count += 1
    if count:
        yield count, bytes(builder.build())


def unpack(batch: bytes) -> list[Record]:
    """The messages of a record batch, in their order."""
    return [Record(record.key, record.value, record.headers) for record in DefaultRecordBatch(batch)]


def stamp(batch: bytearray, time_ms: int, producer_id: int, producer_epoch: int, base_sequence: int) -> None:
    """Write into a packed batch who sends it, and when: what idempotent producing needs.

    Source of the layout: the RecordBatch of org.apache.kafka.common.record.DefaultRecordBatch.
    """
    _TIMES.pack_into(batch, _TIMES_AT, time_ms, time_ms)
    _PRODUCER.pack_into(batch, _PRODUCER_AT, producer_id, producer_epoch, base_sequence)
    _CRC.pack_into(batch, _CRC_AT, calc_crc32c(memoryview(batch)[_CRC_COVERS_FROM:]))


def _builder(bytes_max: int) -> DefaultRecordBatchBuilder:
    return DefaultRecordBatchBuilder(
        MAGIC,
        _NO_COMPRESSION,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=bytes_max,
    )
