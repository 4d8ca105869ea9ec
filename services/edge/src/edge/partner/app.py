"""The partner process: what comes in, which function takes it, and which routes it offers."""

from pathlib import Path

from starlette.types import ASGIApp

from edge.api_keys import ApiKeys
from edge.command_routes import command_states
from edge.orders.followed import FOLLOWED
from edge.partner import carrier_routes, order_routes, stock_routes
from edge.partner.handlers import COMMANDS, FOLLOWED_ORDERS, SERVICE_NAME
from edge.partner.settings import Settings, settings
from edge.pending_commands import PENDING
from edge.stock_copy import stock_subscriptions
from edge.stock_lookup import StockLookup
from edge.web_app import new_app
from tsunagu.chassis import BACKBONE, Handler, Runtime, Service, Subscription
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics

OF_CARRIERS = (m.ParcelTracked, m.WorkUnmatched, m.CommandAccepted)
"""What answers a carrier's report."""


def build(runtime: Runtime, limits: Settings) -> ASGIApp:
    """The routes of the process."""
    app = new_app(
        runtime,
        limits,
        title="Tsunagu for channels",
        description="Place, cancel and follow orders; ask which locations near a place have a product.",
        keys=ApiKeys(limits.api_keys),
    )
    app.state.stock_lookup = StockLookup(limits)
    for routes in (order_routes, stock_routes, carrier_routes):
        app.include_router(routes.router)
    app.include_router(command_states)
    return app


def _http(runtime: Runtime) -> ASGIApp:
    return build(runtime, settings())


SERVICE = Service(
    name=SERVICE_NAME,
    subscriptions=(
        *stock_subscriptions(settings().band_limits),
        Subscription(topics.ORDER_EVENTS, FOLLOWED_ORDERS.of_order_events),
        Subscription(
            topics.PICKUP_EVENTS,
            (
                Handler(m.CancelRefused, FOLLOWED_ORDERS.follow, FOLLOWED_ORDERS.event_keys),
                *(Handler(event, COMMANDS.settle, COMMANDS.keys) for event in OF_CARRIERS),
            ),
        ),
        Subscription(
            topics.ORDER_STATE, (Handler(m.Order, FOLLOWED_ORDERS.keep_states, FOLLOWED_ORDERS.state_keys),)
        ),
        FOLLOWED_ORDERS.codes,
        *BACKBONE,
    ),
    due=(COMMANDS.due,),
    send_again=COMMANDS.send_again,
    locks=(FOLLOWED, PENDING),
    migrations=Path(__file__).with_name("migrations"),
    public_http=_http,
    periodic=(*COMMANDS.periodic, *FOLLOWED_ORDERS.periodic),
)
