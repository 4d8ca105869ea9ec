"""The shopper process: the copy it answers from, its questions, and the links by which orders are acted on."""

from collections.abc import Sequence
from pathlib import Path

from starlette.types import ASGIApp

from edge.orders.followed import FOLLOWED
from edge.pending_commands import PENDING
from edge.shopper.activity import Activity
from edge.shopper.buying import routes as buying
from edge.shopper.catalogue import routes as catalogue
from edge.shopper.catalogue.searching import SEARCHABLE_PRODUCTS
from edge.shopper.commands import COMMANDS, FOLLOWED_ORDERS, SERVICE_NAME
from edge.shopper.histories import keeping as histories
from edge.shopper.histories import routes as history_routes
from edge.shopper.order_links import pages
from edge.shopper.order_links import routes as order_links
from edge.shopper.order_links.following import forget_old, keep_links, keep_views, void_links
from edge.shopper.routes import router
from edge.shopper.sealing import sealing_key
from edge.shopper.settings import Settings, settings
from edge.shopper.slowing import history_requests, orders, product_lookups
from edge.stock_copy import stock_subscriptions
from edge.stock_lookup import StockLookup
from edge.web_app import new_app
from edge.web_pages import web_pages
from tsunagu.chassis import (
    BACKBONE,
    Deleted,
    Handler,
    Periodic,
    Received,
    Runtime,
    Service,
    Subscription,
    Transaction,
)
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics


def build(runtime: Runtime, limits: Settings) -> ASGIApp:
    """The routes of the process. Raises OSError or ValueError where the key to seal with is not there."""
    if limits.sealing_key_file is not None:
        sealing_key(limits.sealing_key_file)
    app = new_app(
        runtime,
        limits,
        title="Tsunagu for shoppers",
        description="Products by words and barcodes, which stores near you have them, orders that are"
        " collected or sent, and what may be asked of an order by its link."
        " No key needed; asked often, it slows down.",
        forms_under=pages.PAGES,
    )
    app.state.product_lookups = product_lookups(limits)
    app.state.orders = orders(limits)
    app.state.history_requests = history_requests(limits)
    app.state.stock_lookup = StockLookup(limits)
    app.state.activity = Activity(limits.activity_per_second_max, limits.activity_burst_max)
    for offered in (
        router,
        catalogue.router,
        buying.router,
        history_routes.router,
        order_links.router,
        pages.router,
    ):
        app.include_router(offered)
    app.include_router(web_pages(Path(__file__).with_name("web")))
    return app


async def _keep_states(transaction: Transaction, messages: Sequence[Received[m.Order]]) -> None:
    await keep_views(transaction, messages)
    await FOLLOWED_ORDERS.keep_states(transaction, messages)


def service_of(limits: Settings) -> Service:
    """The process with these limits: what comes in, and which function does it."""
    return Service(
        name=SERVICE_NAME,
        subscriptions=(
            *stock_subscriptions(limits.band_limits, SEARCHABLE_PRODUCTS),
            Subscription(
                topics.ORDER_LINKS, (Handler(m.OrderLink, keep_links), Handler(Deleted, void_links))
            ),
            Subscription(topics.ORDER_STATE, (Handler(m.Order, _keep_states, FOLLOWED_ORDERS.state_keys),)),
            Subscription(topics.ORDER_EVENTS, FOLLOWED_ORDERS.of_order_events),
            Subscription(
                topics.PICKUP_EVENTS,
                (Handler(m.CancelRefused, FOLLOWED_ORDERS.follow, FOLLOWED_ORDERS.event_keys),),
            ),
            FOLLOWED_ORDERS.codes,
            Subscription(
                topics.CUSTOMER_HISTORIES,
                (
                    Handler(m.CustomerHistory, histories.keep_histories),
                    Handler(Deleted, histories.forget_histories),
                ),
            ),
            *BACKBONE,
        ),
        due=(COMMANDS.due,),
        send_again=COMMANDS.send_again,
        locks=(FOLLOWED, PENDING),
        migrations=Path(__file__).with_name("migrations"),
        public_http=lambda runtime: build(runtime, limits),
        periodic=(
            *COMMANDS.periodic,
            *FOLLOWED_ORDERS.periodic,
            Periodic("old links", limits.upkeep_interval_seconds, forget_old),
            Periodic("old histories", limits.upkeep_interval_seconds, histories.forget_old),
        ),
    )


SERVICE = service_of(settings())
