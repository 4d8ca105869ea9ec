"""What others may ask customer for: channels its public key, stores who an order is for."""

from starlette.applications import Starlette

from customer.desk import desk_routes
from customer.rules import rules
from customer.sealing_key import sealing_key_route
from customer.texts import texts
from tsunagu.chassis import Runtime


def routes(runtime: Runtime) -> Starlette:
    """The routes. Built as the process starts, so that missing keys, wrong rules or texts end it at once.

    Raises KeysMissing; ValueError for a file of rules or texts that can't be used.
    """
    rules()
    texts()
    return Starlette(routes=[sealing_key_route(), *desk_routes(runtime)])
