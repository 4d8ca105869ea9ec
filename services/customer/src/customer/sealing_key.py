"""The one thing that customer says over HTTP: the public key with which channels seal personal data."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from customer.keyring import keyring
from customer.rules import rules
from tsunagu.chassis import Runtime


def routes(_: Runtime) -> Starlette:
    """`GET /sealing-key`. Built as the process starts, so that missing keys or wrong rules end it at once.

    Raises KeysMissing; ValidationError for a file of rules that can't be used.
    """
    public_key = keyring().public_sealing_key()
    rules()

    async def sealing_key(_: Request) -> Response:
        return JSONResponse(public_key)

    return Starlette(routes=[Route("/sealing-key", sealing_key)])
