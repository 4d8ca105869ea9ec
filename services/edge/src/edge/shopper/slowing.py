"""How often a shopper may ask: per client address, since nobody has a key here."""

from fastapi import Request

from edge.rate_limit import network_of
from edge.web_app import door_of


async def slow_down(request: Request) -> None:
    """Raise Problem 429 where too much is asked from one address."""
    door_of(request).slow_down(network_of(request.client.host if request.client else None))
