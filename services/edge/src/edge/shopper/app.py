"""The shopper process: the copy it answers from, and its two questions."""

from pathlib import Path

from starlette.types import ASGIApp

from edge.shopper.activity import Activity
from edge.shopper.routes import router
from edge.shopper.settings import Settings, settings
from edge.stock_copy import stock_subscriptions
from edge.web_app import new_app
from tsunagu.chassis import Runtime, Service


def build(runtime: Runtime, limits: Settings) -> ASGIApp:
    """The routes of the process."""
    app = new_app(
        runtime,
        limits,
        title="Tsunagu for shoppers",
        description="Which stores near you have it, and what a barcode is. No key needed; asked often, it slows down.",
    )
    app.state.activity = Activity(limits.activity_per_second_max, limits.activity_burst_max)
    app.include_router(router)
    return app


def _http(runtime: Runtime) -> ASGIApp:
    return build(runtime, settings())


SERVICE = Service(
    name="edge-shopper",
    subscriptions=stock_subscriptions(settings().band_limits),
    migrations=Path(__file__).with_name("migrations"),
    public_http=_http,
)
