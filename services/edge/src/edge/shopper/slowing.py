"""How often a shopper may ask: per client address, since nobody has a key here, and per product from there."""

from fastapi import Request

from edge import metrics
from edge.problems import too_many
from edge.rate_limit import TokenBuckets, network_of
from edge.shopper.settings import Settings
from edge.web_app import door_of
from tsunagu.chassis import clock

_SECONDS_PER_MINUTE = 60
_SECONDS_PER_HOUR = 3_600


def product_lookups(limits: Settings) -> TokenBuckets:
    """Who may look how often at one product."""
    return TokenBuckets(
        limits.lookups_per_product_per_minute / _SECONDS_PER_MINUTE,
        limits.lookups_per_product_burst,
        limits.callers_max,
    )


def orders(limits: Settings) -> TokenBuckets:
    """Who may order how often."""
    return TokenBuckets(limits.orders_per_hour / _SECONDS_PER_HOUR, limits.orders_burst, limits.callers_max)


def history_requests(limits: Settings) -> TokenBuckets:
    """Who may ask how often to see purchases, and type codes."""
    return TokenBuckets(
        limits.history_requests_per_hour / _SECONDS_PER_HOUR,
        limits.history_requests_burst,
        limits.callers_max,
    )


async def slow_down(request: Request) -> None:
    """Raise Problem 429 where too much is asked from one address, or too often of one product."""
    address = network_of(request.client.host if request.client else None)
    door_of(request).slow_down(address)
    product = request.query_params.get("sku") or request.query_params.get("gtin")
    if product is None:
        return
    # Only so much of the text: it is the caller's, and kept as long as the caller is remembered.
    _take(request.app.state.product_lookups, f"{address} {product[:100]}")


async def slow_ordering(request: Request) -> None:
    """Raise Problem 429 where too much is ordered from one address: who has many cookies has few of those."""
    _take(request.app.state.orders, network_of(request.client.host if request.client else None))


async def slow_histories(request: Request) -> None:
    """Raise Problem 429 where purchases are asked for, or codes typed, too often from one address."""
    _take(request.app.state.history_requests, network_of(request.client.host if request.client else None))


def _take(buckets: TokenBuckets, caller: str) -> None:
    wait = buckets.wait_seconds(caller, clock.monotonic())
    if wait:
        metrics.RATE_LIMITED.inc()
        raise too_many(wait)
