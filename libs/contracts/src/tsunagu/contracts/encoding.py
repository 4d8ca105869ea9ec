"""Messages to Kafka records: CloudEvents 1.0 in binary mode. `decoding` is the way back."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple, Self

from tsunagu.contracts.attributes import all_plain, fault_of
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import RECORD_BYTES_MAX
from tsunagu.contracts.values import ID_CHARACTERS_MAX

CONTENT_TYPE_BINARY = "application/json"
CONTENT_TYPE_STRUCTURED = "application/cloudevents+json"
SPEC_VERSION = "1.0"

HEADER_FRAMING_BYTES = 16
"""Bytes that Kafka adds per header and record at the most (lengths as varints), rounded up."""


class Envelope(NamedTuple):
    """Who sent a message, when, about what and because of what. `source` and `id` name it for ever."""

    id: str
    type: str
    source: str
    time: datetime
    """When it was written, in UTC; when it happened is `occurred_at` of the message."""
    subject: str
    partition_key: str
    correlation_id: str
    """The id of the message that the whole chain began with."""
    causation_id: str | None
    """The id of the message that this one follows from."""
    traceparent: str | None

    @classmethod
    def for_message(
        cls,
        message: Message,
        *,
        id: str,
        source: str,
        time: datetime,
        correlation_id: str | None = None,
        causation_id: str | None = None,
        traceparent: str | None = None,
    ) -> Self:
        """An envelope whose type, subject and key are those of `message`.

        Without `correlation_id` the message begins a chain of its own.
        """
        key = message.record_key()
        return cls(
            id=id,
            type=message.WIRE_TYPE,
            source=source,
            time=time,
            subject=key,
            partition_key=key,
            correlation_id=correlation_id or id,
            causation_id=causation_id,
            traceparent=traceparent,
        )


class Record(NamedTuple):
    """What goes to Kafka, apart from topic and partition."""

    key: bytes
    value: bytes | None
    headers: list[tuple[str, bytes | None]]

    @property
    def size_bytes(self) -> int:
        """Upper bound of the bytes it takes in a batch."""
        size = len(self.key) + len(self.value or b"") + HEADER_FRAMING_BYTES
        return size + sum(
            [len(name) + len(value or b"") + HEADER_FRAMING_BYTES for name, value in self.headers]
        )


# What a value may have without being measured: keys and attributes are limited to far less than the other half.
_SURELY_SMALL_BYTES = RECORD_BYTES_MAX // 2


class RecordTooLarge(ValueError):  # noqa: N818 - the name says what is wrong
    """A message that the broker would refuse; the writer has to split or shorten it."""


def encode(envelope: Envelope, message: Message) -> Record:
    """The record of a message, in binary mode.

    Raises ValueError when envelope and message do not belong together, when the envelope holds what no reader
    would take, and RecordTooLarge (a ValueError) beyond RECORD_BYTES_MAX.
    """
    if envelope.type != message.WIRE_TYPE:
        raise ValueError(f"an envelope of type {envelope.type} can't carry a {message.WIRE_TYPE}")
    key = message.record_key()
    # Absent and null mean the same in every message; leaving nulls out makes order events a third smaller.
    value = message.__pydantic_serializer__.to_json(message, exclude_none=True)
    return _record(envelope, key, value)


def encode_delete(envelope: Envelope, key: str) -> Record:
    """The record that deletes `key` from a state topic; `envelope.type` is that of the deleted message.

    Raises ValueError for an empty key or one that the envelope does not name, or a naive time.
    """
    if not key:
        raise ValueError("a delete needs the key that it deletes")
    return _record(envelope, key, None)


def _record(envelope: Envelope, key: str, value: bytes | None) -> Record:
    if envelope.partition_key != key:
        raise ValueError(
            f"the envelope's partition key is {envelope.partition_key!r}, the record's is {key!r}"
        )
    id, type, source, time, subject, _, correlation_id, causation_id, traceparent = envelope
    texts = [id, type, source, subject, key, correlation_id]
    if causation_id is not None:
        texts.append(causation_id)
    if traceparent is not None:
        texts.append(traceparent)
    if not all_plain(texts) or len(id) > ID_CHARACTERS_MAX:
        fault = fault_of(_attributes(envelope))
        if fault is not None:
            raise ValueError(f"no reader would take this envelope of a {type}: {fault}")
    key_bytes = key.encode()
    headers: list[tuple[str, bytes | None]] = [
        _SPEC_VERSION_HEADER,
        ("ce_id", id.encode()),
        _header("ce_type", type),
        _header("ce_source", source),
        _time_header(time),
        ("ce_subject", key_bytes if subject == key else subject.encode()),
        ("ce_partitionkey", key_bytes),
        ("ce_correlationid", correlation_id.encode()),
    ]
    if causation_id is not None:
        headers.append(("ce_causationid", causation_id.encode()))
    headers.append(_CONTENT_TYPE_HEADER)
    if traceparent is not None:
        headers.append(("traceparent", traceparent.encode()))
    record = Record(key_bytes, value, headers)
    if value is not None and len(value) > _SURELY_SMALL_BYTES and record.size_bytes > RECORD_BYTES_MAX:
        raise RecordTooLarge(
            f"{envelope.type} under key {key!r} takes {record.size_bytes} bytes; a record may take "
            f"{RECORD_BYTES_MAX}. Split it into several messages"
        )
    return record


def _attributes(envelope: Envelope) -> dict[str, str]:
    """What of an envelope becomes a header and is given by the caller, by header name."""
    attributes = {
        "ce_id": envelope.id,
        "ce_type": envelope.type,
        "ce_source": envelope.source,
        "ce_subject": envelope.subject,
        "ce_partitionkey": envelope.partition_key,
        "ce_correlationid": envelope.correlation_id,
    }
    if envelope.causation_id is not None:
        attributes["ce_causationid"] = envelope.causation_id
    if envelope.traceparent is not None:
        attributes["traceparent"] = envelope.traceparent
    return attributes


# Types, sources and a batch's one time come back with every message: each is encoded once.
@lru_cache(maxsize=512)
def _header(name: str, text: str) -> tuple[str, bytes]:
    return name, text.encode()


@lru_cache(maxsize=64)
def _time_header(time: datetime) -> tuple[str, bytes]:
    if time.tzinfo is None:
        raise ValueError("the envelope's time needs its offset from UTC")
    if time.tzinfo is not UTC:
        time = time.astimezone(UTC)
    return "ce_time", f"{time.isoformat().removesuffix('+00:00')}Z".encode()


_SPEC_VERSION_HEADER = _header("ce_specversion", SPEC_VERSION)
_CONTENT_TYPE_HEADER = _header("content-type", CONTENT_TYPE_BINARY)
