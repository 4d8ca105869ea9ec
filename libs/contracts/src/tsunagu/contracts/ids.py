"""Ids: time-ordered ones for new things, derived ones for what follows from a cause."""

import hashlib
import os
import time
from datetime import datetime
from functools import lru_cache

_TIME_BITS_MAX = (1 << 48) - 1
_LOW_BITS = (1 << 62) - 1


def uuid7() -> str:
    """A new UUIDv7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then 74 random bits.

    Ids made later sort later, down to the millisecond; that keeps indexes compact.
    """
    milliseconds = time.time_ns() // 1_000_000
    return _uuid(milliseconds, 7, int.from_bytes(os.urandom(10), "big"))


def derived_id(cause_time: datetime, cause_id: str, ordinal: str | int) -> str:
    """The id of what follows from a cause: the same cause and ordinal always give the same id.

    A UUIDv8 (RFC 9562, 5.8): 48 bits of the cause's Unix milliseconds, then a SHA-256 of cause id and
    ordinal. `cause_id` names the cause for ever (ce_source and ce_id together, or a natural id); `ordinal`
    tells apart several things that follow from it. Raises ValueError for a naive or pre-1970 `cause_time`.
    """
    milliseconds = _milliseconds(cause_time)
    # The length keeps ("a", "b1") and ("ab", "1") apart.
    digest = hashlib.sha256(f"{len(cause_id)}:{cause_id}:{ordinal}".encode()).digest()
    return _uuid(milliseconds, 8, int.from_bytes(digest[:10], "big"))


@lru_cache(maxsize=1024)  # a cause has several consequences
def _milliseconds(cause_time: datetime) -> int:
    if cause_time.utcoffset() is None:
        raise ValueError("the time of a cause needs its offset from UTC")
    milliseconds = int(cause_time.timestamp() * 1000)
    if not 0 <= milliseconds <= _TIME_BITS_MAX:
        raise ValueError(f"the time of a cause must be after 1970, not {cause_time.isoformat()}")
    return milliseconds


def _uuid(milliseconds: int, version: int, bits: int) -> str:
    """Milliseconds, version, 12 bits, variant, 62 bits."""
    high = (milliseconds << 16) | (version << 12) | ((bits >> 62) & 0xFFF)
    low = (0b10 << 62) | (bits & _LOW_BITS)
    text = f"{high << 64 | low:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
