"""Record headers as one `bytea`: they can hold null and any bytes, so text columns would not do.

Nearly all headers are printable text: those are joined by a separator, which takes a fifth of the time, and an order
has several messages. What holds a null or the separator itself is written with lengths.
"""

import struct
from collections.abc import Sequence
from functools import lru_cache

Headers = Sequence[tuple[str, bytes | None]]

_JOINED = b"\x01"
_WITH_LENGTHS = b"\x00"
_BETWEEN_VALUES = b"\x1f"
_BETWEEN_NAMES = b"\x1e"
_LENGTHS = struct.Struct(">Hi")


def pack(headers: Headers) -> bytes:
    """Names and values, whatever they are."""
    names = tuple([name for name, _ in headers])
    values = [value for _, value in headers if value is not None]
    if len(values) == len(names):
        joined = _BETWEEN_VALUES.join((_joined(names), *values))
        if joined.count(_BETWEEN_VALUES) == len(values):
            return joined
    parts: list[bytes] = [_WITH_LENGTHS]
    for name, value in headers:
        encoded = name.encode("utf-8", "surrogateescape")
        parts.append(_LENGTHS.pack(len(encoded), -1 if value is None else len(value)))
        parts.append(encoded)
        if value is not None:
            parts.append(value)
    return b"".join(parts)


def unpack(packed: bytes) -> list[tuple[str, bytes | None]]:
    """The headers that `pack` was given, in their order."""
    if packed[:1] == _JOINED:
        names, *values = packed.split(_BETWEEN_VALUES)
        return list(zip(_parted(names), values, strict=True))
    headers: list[tuple[str, bytes | None]] = []
    at = len(_WITH_LENGTHS)
    while at < len(packed):
        name_length, value_length = _LENGTHS.unpack_from(packed, at)
        at += _LENGTHS.size
        name = packed[at : at + name_length].decode("utf-8", "surrogateescape")
        at += name_length
        if value_length < 0:
            headers.append((name, None))
        else:
            headers.append((name, packed[at : at + value_length]))
            at += value_length
    return headers


# The same few lists of names come with every message.
@lru_cache(maxsize=64)
def _joined(names: tuple[str, ...]) -> bytes:
    joined = _BETWEEN_NAMES.join([name.encode("utf-8", "surrogateescape") for name in names])
    # One separator too many, where a name holds one itself: `pack` then counts more than it expects.
    return _JOINED + joined + (_BETWEEN_VALUES if joined.count(_BETWEEN_NAMES) != len(names) - 1 else b"")


@lru_cache(maxsize=64)
def _parted(names: bytes) -> tuple[str, ...]:
    parts = names[len(_JOINED) :].split(_BETWEEN_NAMES)
    return tuple([name.decode("utf-8", "surrogateescape") for name in parts])
