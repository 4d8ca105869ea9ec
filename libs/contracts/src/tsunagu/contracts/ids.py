"""Ids: time-ordered ones for new things, derived ones for what follows from a cause."""

import hashlib
import os
import time
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from itertools import count

_TIME_BITS_MAX = (1 << 48) - 1
_NUMBER_MAX = 0xFFFF

# The digit that holds a UUID's variant (RFC 9562, 4.1) has two bits to spare.
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def uuid7() -> str:
    """A new UUIDv7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then 74 random bits.

    Ids made later sort later, down to the millisecond; that keeps indexes compact.
    """
    return _uuid(_head(time.time_ns() // 1_000_000), 7, os.urandom(10).hex())


def derived_id(cause_time: datetime, cause_id: str, ordinal: str | int) -> str:
    """The id of what follows from a cause: the same cause and ordinal always give the same id.

    A UUIDv8 (RFC 9562, 5.8): 48 bits of the cause's Unix milliseconds, then a SHA-256 of cause id and
    ordinal. `cause_id` names the cause for ever (ce_source and ce_id together, or a natural id); `ordinal`
    tells apart several things that follow from it; where it is a number it is read in the last four digits.
    Raises ValueError for a naive or pre-1970 `cause_time`.
    """
    if isinstance(ordinal, int) and 0 <= ordinal <= _NUMBER_MAX:
        return f"{_numbered(cause_time, cause_id)}{ordinal:04x}"
    return _uuid(_head_of_cause(cause_time), 8, _digest(cause_id, ordinal))


def derived_ids(cause_time: datetime, cause_id: str) -> Iterator[str]:
    """The ids of all that follows from a cause, one after the other: `derived_id` with 0, 1, 2 …"""
    numbered = _numbered(cause_time, cause_id)
    for ordinal in range(_NUMBER_MAX + 1):
        yield f"{numbered}{ordinal:04x}"
    for ordinal in count(_NUMBER_MAX + 1):
        yield derived_id(cause_time, cause_id, ordinal)


def _numbered(cause_time: datetime, cause_id: str) -> str:
    """The id of a cause's numbered consequences without their number."""
    return _uuid(_head_of_cause(cause_time), 8, _digest(cause_id, ""))[:-4]


@lru_cache(maxsize=1024)  # a cause has several kinds of consequences
def _digest(cause_id: str, ordinal: str | int) -> str:
    # The length keeps ("a", "b1") and ("ab", "1") apart.
    return hashlib.sha256(f"{len(cause_id)}:{cause_id}:{ordinal}".encode()).hexdigest()


@lru_cache(
    maxsize=1024
)  # much follows from one time: all kinds of a cause's consequences, all that leaves then
def _head_of_cause(cause_time: datetime) -> str:
    if cause_time.utcoffset() is None:
        raise ValueError("the time of a cause needs its offset from UTC")
    milliseconds = int(cause_time.timestamp() * 1000)
    if not 0 <= milliseconds <= _TIME_BITS_MAX:
        raise ValueError(f"the time of a cause must be after 1970, not {cause_time.isoformat()}")
    return _head(milliseconds)


def _head(milliseconds: int) -> str:
    return f"{milliseconds >> 16:08x}-{milliseconds & 0xFFFF:04x}"


def _uuid(head: str, version: int, digits: str) -> str:
    """The time, the version, and 74 bits of at least 19 hexadecimal digits."""
    return f"{head}-{version}{digits[:3]}-{_VARIANT[digits[3]]}{digits[4:7]}-{digits[7:19]}"
