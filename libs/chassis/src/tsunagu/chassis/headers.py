"""Record headers as one `bytea`: they can hold null and any bytes, so text columns would not do."""

import struct
from collections.abc import Sequence

_LENGTHS = struct.Struct(">Hi")
Headers = Sequence[tuple[str, bytes | None]]


def pack(headers: Headers) -> bytes:
    """Name and value after one another, each with its length; -1 stands for null."""
    parts: list[bytes] = []
    for name, value in headers:
        encoded = name.encode("utf-8", "surrogateescape")
        parts.append(_LENGTHS.pack(len(encoded), -1 if value is None else len(value)))
        parts.append(encoded)
        if value is not None:
            parts.append(value)
    return b"".join(parts)


def unpack(packed: bytes) -> list[tuple[str, bytes | None]]:
    """The headers that `pack` was given, in their order."""
    headers: list[tuple[str, bytes | None]] = []
    at = 0
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
