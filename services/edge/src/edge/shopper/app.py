"""The shopper process: the copy it answers from, its two questions, and the links by which orders are acted on."""

from pathlib import Path

from starlette.types import ASGIApp

from edge.pending_commands import PENDING
from edge.shopper.activity import Activity
from edge.shopper.order_links import pages
from edge.shopper.order_links import routes as order_links
from edge.shopper.order_links.following import (
    COMMANDS,
    SERVICE_NAME,
    forget_old,
    keep_links,
    keep_views,
    void_links,
)
from edge.shopper.routes import router
from edge.shopper.settings import Settings, settings
from edge.shopper.slowing import product_lookups
from edge.stock_copy import stock_subscriptions
from edge.web_app import new_app
from edge.web_pages import web_pages
from tsunagu.chassis import Deleted, Handler, Periodic, Runtime, Service, Subscription
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics


def build(runtime: Runtime, limits: Settings) -> ASGIApp:
    """The routes of the process."""
    app = new_app(
        runtime,
        limits,
        title="Tsunagu for shoppers",
        description="Which stores near you have it, what a barcode is, and what may be asked of an order by its link."
        " No key needed; asked often, it slows down.",
        forms_under=pages.PAGES,
    )
    app.state.product_lookups = product_lookups(limits)
    app.state.activity = Activity(limits.activity_per_second_max, limits.activity_burst_max)
    for offered in (router, order_links.router, pages.router):
        app.include_router(offered)
    app.include_router(web_pages(Path(__file__).with_name("web")))
    return app


def _http(runtime: Runtime) -> ASGIApp:
    return build(runtime, settings())


SERVICE = Service(
    name=SERVICE_NAME,
    subscriptions=(
        *stock_subscriptions(settings().band_limits),
        Subscription(topics.ORDER_LINKS, (Handler(m.OrderLink, keep_links), Handler(Deleted, void_links))),
        Subscription(topics.ORDER_STATE, (Handler(m.Order, keep_views),)),
        Subscription(
            topics.ORDER_EVENTS,
            tuple(
                Handler(event, COMMANDS.settle, COMMANDS.keys)
                for event in (m.OrderChanged, m.OrderCancelled, m.CommandRefused, m.CommandAccepted)
            ),
        ),
        Subscription(topics.PICKUP_EVENTS, (Handler(m.CancelRefused, COMMANDS.settle, COMMANDS.keys),)),
    ),
    due=(COMMANDS.due,),
    send_again=COMMANDS.send_again,
    locks=(PENDING,),
    migrations=Path(__file__).with_name("migrations"),
    public_http=_http,
    periodic=(
        *COMMANDS.periodic,
        Periodic("old links", settings().upkeep_interval_seconds, forget_old),
    ),
)
