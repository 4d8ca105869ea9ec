"""How often a caller may ask: token buckets in memory, one per caller and process."""

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class TokenBuckets:
    """One bucket per caller, `burst` tokens deep, refilled by `per_second`.

    At most `callers_max` are remembered; the longest silent is forgotten first, and begins anew with a full bucket.
    """

    def __init__(self, per_second: float, burst: int, callers_max: int) -> None:
        self._per_second = per_second
        self._burst = burst
        self._callers_max = callers_max
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait_seconds(self, caller: str, now: float) -> float:
        """Take a token: 0 where there is one, else the seconds until there is. `now` is a monotonic clock's."""
        bucket = self._buckets.pop(caller, None) or _Bucket(float(self._burst), now)
        self._buckets[caller] = bucket
        if len(self._buckets) > self._callers_max:
            self._buckets.popitem(last=False)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.at) * self._per_second)
        bucket.at = now
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return 0.0
        return (1 - bucket.tokens) / self._per_second

    def __len__(self) -> int:
        return len(self._buckets)


def network_of(address: str | None) -> str:
    """Who a client address stands for: itself, of IPv6 its /64, which one subscriber has as a whole."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.IPv6Network((parsed, 64), strict=False))
    return str(parsed)
