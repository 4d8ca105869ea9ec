"""What operators may ask customer on the port that is theirs, by subject."""

from starlette.applications import Starlette

from customer.consent_routes import consent_routes
from customer.journey_routes import journey_routes
from customer.purchase_routes import purchase_routes
from tsunagu.chassis import Runtime
from tsunagu.chassis.http_answers import answering


def operator_routes(runtime: Runtime) -> Starlette:
    """All of them. None changes anything."""
    return answering([*purchase_routes(runtime), *journey_routes(runtime), *consent_routes(runtime)])
