"""The public key with which channels seal personal data."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from customer.keyring import keyring


def sealing_key_route() -> Route:
    """`GET /sealing-key`. Raises KeysMissing, so that a process without keys ends as it starts."""
    public_key = keyring().public_sealing_key()

    async def sealing_key(_: Request) -> Response:
        return JSONResponse(public_key)

    return Route("/sealing-key", sealing_key)
