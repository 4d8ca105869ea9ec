"""The envelope codec: messages to Kafka records and back, as CloudEvents 1.0."""

from tsunagu.contracts.decoding import Decoded, InvalidValues, Unreadable, decode
from tsunagu.contracts.encoding import (
    CONTENT_TYPE_BINARY,
    CONTENT_TYPE_STRUCTURED,
    Envelope,
    Record,
    RecordTooLarge,
    encode,
    encode_delete,
)

__all__ = [
    "CONTENT_TYPE_BINARY",
    "CONTENT_TYPE_STRUCTURED",
    "Decoded",
    "Envelope",
    "InvalidValues",
    "Record",
    "RecordTooLarge",
    "Unreadable",
    "decode",
    "encode",
    "encode_delete",
]
