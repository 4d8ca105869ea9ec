"""The staff process: what comes in, which function takes it, and which routes it offers."""

from pathlib import Path

from starlette.types import ASGIApp

from edge.api_keys import ApiKeys
from edge.command_routes import command_states
from edge.kpi_copy import KPIS, forgetting_old_kpis
from edge.pending_commands import PENDING
from edge.product_copy import PRODUCTS
from edge.signing_in import routes as signing_in
from edge.signing_in.accounts import Accounts
from edge.signing_in.sessions import Sessions, old_sessions
from edge.staff.deciding import router as decisions
from edge.staff.figure_routes import router as figures
from edge.staff.handlers import (
    COMMANDS,
    SERVICE_NAME,
    forget_old,
    forget_tasks,
    hear_collected,
    keep_tasks,
)
from edge.staff.label_routes import router as labels
from edge.staff.list_routes import router as lists
from edge.staff.locations import LOCATIONS
from edge.staff.owners import STORE_ONLY, StoreOrOwner
from edge.staff.routes import router
from edge.staff.settings import Settings, settings
from edge.staff.today_routes import router as today
from edge.staff.waiting import forget_old as forget_old_waiting
from edge.staff.waiting import keep_codes, keep_handed_out, replace_codes
from edge.web_app import new_app
from edge.web_pages import web_pages
from tsunagu.chassis import BACKBONE, Deleted, Handler, Periodic, Runtime, Service, Subscription
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics

TASKS = (
    topics.ORDER_TASKS,
    topics.PICKUP_TASKS,
    topics.INVENTORY_TASKS,
    topics.CUSTOMER_TASKS,
    topics.INSIGHT_TASKS,
)
INSIGHT_ANSWERS = (m.BaselineSet, m.CommandRefused)
ORDER_ANSWERS = (
    m.OrderPlaced,
    m.OrderRejected,
    m.OrderCancelled,
    m.ItemsReturned,
    m.ReturnUnmatched,
    m.CommandAccepted,
    m.CommandRefused,
)
CUSTOMER_ANSWERS = (m.CustomersMerged, m.CustomerSplit, m.CommandAccepted, m.CommandRefused)
INVENTORY_ANSWERS = (m.StockCounted, m.StockAdjusted, m.CommandAccepted, m.CommandRefused)
ANSWERS = (
    m.CancelRefused,
    m.PickCompleted,
    m.PickShorted,
    m.PutAwayCompleted,
    m.TransferShipped,
    m.TransferReceived,
    m.HandoverUnmatched,
    m.ParcelShipped,
    m.WorkUnmatched,
    m.CommandAccepted,
    m.CommandRefused,
)


def build(runtime: Runtime, limits: Settings) -> ASGIApp:
    """The routes of the process."""
    app = new_app(
        runtime,
        limits,
        title="Tsunagu for stores",
        description="Today's tasks of a store, what its staff did, orders at its counter, and the store's figures;"
        " tasks that wait for an answer of a store, a department, an area or headquarters.",
        keys=ApiKeys({**limits.api_keys, **limits.owner_keys}),
        sessions=Sessions("staff", limits, Accounts(limits.accounts_file, StoreOrOwner)),
    )
    for of_stores in (router, labels, figures):
        app.include_router(of_stores, dependencies=[STORE_ONLY])
    app.include_router(lists)
    app.include_router(today)
    app.include_router(decisions)
    app.include_router(signing_in.router)
    app.include_router(command_states)
    app.include_router(web_pages(Path(__file__).with_name("web")))
    return app


def _http(runtime: Runtime) -> ASGIApp:
    return build(runtime, settings())


SERVICE = Service(
    name=SERVICE_NAME,
    subscriptions=(
        *(
            Subscription(topic, (Handler(m.Task, keep_tasks), Handler(Deleted, forget_tasks)))
            for topic in TASKS
        ),
        PRODUCTS,
        LOCATIONS,
        KPIS,
        Subscription(
            topics.PICKUP_EVENTS,
            (
                *(Handler(event, COMMANDS.settle, COMMANDS.keys) for event in ANSWERS),
                Handler(m.PickupCollected, hear_collected, COMMANDS.keys),
                Handler(m.PickupReady, keep_codes),
                Handler(m.PickupCodeReplaced, replace_codes),
                Handler(m.ParcelDelivered, keep_handed_out),
            ),
        ),
        Subscription(
            topics.INSIGHT_EVENTS,
            tuple(Handler(event, COMMANDS.settle, COMMANDS.keys) for event in INSIGHT_ANSWERS),
        ),
        Subscription(
            topics.ORDER_EVENTS,
            tuple(Handler(event, COMMANDS.settle, COMMANDS.keys) for event in ORDER_ANSWERS),
        ),
        Subscription(
            topics.INVENTORY_EVENTS,
            tuple(Handler(event, COMMANDS.settle, COMMANDS.keys) for event in INVENTORY_ANSWERS),
        ),
        Subscription(
            topics.CUSTOMER_EVENTS,
            tuple(Handler(event, COMMANDS.settle, COMMANDS.keys) for event in CUSTOMER_ANSWERS),
        ),
        *BACKBONE,
    ),
    due=(COMMANDS.due,),
    send_again=COMMANDS.send_again,
    locks=(PENDING,),
    migrations=Path(__file__).with_name("migrations"),
    public_http=_http,
    periodic=(
        *COMMANDS.periodic,
        old_sessions(settings(), settings()),
        forgetting_old_kpis(settings().figures_kept_days, settings()),
        Periodic("old tasks", settings().upkeep_interval_seconds, forget_old),
        Periodic("old codes", settings().upkeep_interval_seconds, forget_old_waiting),
    ),
)
