"""The one thing that customer says over HTTP: the public key with which channels seal personal data."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from customer.keyring import keyring
from customer.rules import rules
from customer.texts import texts
from tsunagu.chassis import Runtime


def routes(_: Runtime) -> Starlette:
    """`GET /sealing-key`. Built as the process starts, so that missing keys, wrong rules or texts end it at once.

    Raises KeysMissing; ValueError for a file of rules or texts that can't be used.
    """
    public_key = keyring().public_sealing_key()
    rules()
    texts()

    async def sealing_key(_: Request) -> Response:
        return JSONResponse(public_key)

    return Starlette(routes=[Route("/sealing-key", sealing_key)])
