"""Which route a request went to."""

from starlette.types import Scope


def route_template(scope: Scope) -> str | None:
    """The template of the path, such as /v1/orders/{order_id}, never the path itself: that may be anything.

    None until the request has been given to a route, and where there is none for it.
    """
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) and path else None
