"""The channels process: what comes in, which function takes it, and which routes it offers."""

from datetime import timedelta
from pathlib import Path

from starlette.types import ASGIApp

from edge.api_keys import ApiKeys
from edge.channels.availability import feed, telling
from edge.channels.availability import routes as availability_routes
from edge.channels.channels_file import Channels, load
from edge.channels.comparing import routes as comparing_routes
from edge.channels.comparing import settling
from edge.channels.files_in import taking_files
from edge.channels.life import ORDERS, OrderLife
from edge.channels.outbound import files, rows, webhooks
from edge.channels.settings import Settings, settings
from edge.channels.taking import COMMANDS, RELEASE, SERVICE_NAME, SQL, give_up_held
from edge.channels.webhooks_in import routes
from edge.pending_commands import PENDING
from edge.progress import PROGRESS
from edge.web_app import new_app
from tsunagu.chassis import (
    BACKBONE,
    Deleted,
    Handler,
    Periodic,
    Runtime,
    Service,
    Subscription,
    clock,
    pooled,
)
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics


def build(runtime: Runtime, limits: Settings, channels: Channels) -> ASGIApp:
    """The routes of the process."""
    app = new_app(
        runtime,
        limits,
        title="Tsunagu for sites that stay as they are",
        description="Signed webhooks in. What goes out is described in docs/channels.md.",
        keys=ApiKeys(limits.api_keys),
    )
    app.state.channels = channels
    for router in (routes.router, availability_routes.router, comparing_routes.router):
        app.include_router(router)
    return app


def service_of(limits: Settings, channels: Channels) -> Service:
    """The process for these channels."""
    life = OrderLife(channels)

    def http(runtime: Runtime) -> ASGIApp:
        return build(runtime, limits, channels)

    async def forget_held(runtime: Runtime) -> None:
        await give_up_held(runtime, limits)

    async def forget_old_orders(runtime: Runtime) -> None:
        before = clock.now() - timedelta(days=limits.channel_orders_kept_days)
        await pooled(runtime).execute(SQL.delete_old_orders, before, limits.upkeep_rows_max)

    return Service(
        name=SERVICE_NAME,
        subscriptions=(
            Subscription(
                topics.ORDER_EVENTS,
                (
                    *(
                        Handler(event, life.follow, life.keys)
                        for event in PROGRESS
                        if event is not m.CancelRefused
                    ),
                    Handler(m.ReturnUnmatched, life.settle_returns, life.keys),
                    Handler(m.CommandRefused, life.hear_answers, life.keys),
                    Handler(m.CommandAccepted, life.hear_answers, life.keys),
                ),
            ),
            Subscription(topics.PICKUP_EVENTS, (Handler(m.CancelRefused, life.follow, life.keys),)),
            Subscription(
                topics.INVENTORY_AVAILABILITY,
                (Handler(m.Availability, feed.keep_stock), Handler(Deleted, feed.empty_stock)),
            ),
            *BACKBONE,
        ),
        due=(COMMANDS.due, RELEASE),
        send_again=COMMANDS.send_again,
        locks=(ORDERS, PENDING),
        migrations=Path(__file__).with_name("migrations"),
        public_http=http,
        periodic=(
            *COMMANDS.periodic,
            *rows.periodic(limits),
            *webhooks.workers(channels, limits),
            *taking_files.collectors(channels, limits),
            *files.writers(channels, limits),
            *telling.tellers(channels, limits),
            *settling.periodic(limits),
            Periodic("held cancellations", limits.upkeep_interval_seconds, forget_held),
            Periodic("old orders", limits.upkeep_interval_seconds, forget_old_orders),
        ),
    )


SERVICE = service_of(settings(), load(settings().file))
