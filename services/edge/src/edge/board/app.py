"""The board process: what comes in, which function takes it, and which routes it offers."""

from pathlib import Path

from starlette.types import ASGIApp

from edge.api_keys import ApiKeys
from edge.board import asking_routes, credit_routes, shown_routes
from edge.board.handlers import COMMANDS, FOUND, SERVICE_NAME, SHOWN, forget_found, subscription_of
from edge.board.operating import handlers as operating
from edge.board.operating import routes as operating_routes
from edge.board.routes import router
from edge.board.settings import Settings, settings
from edge.command_routes import command_states
from edge.kpi_copy import KPIS, forgetting_old_kpis
from edge.pending_commands import PENDING
from edge.signing_in import routes as signing_in
from edge.signing_in.accounts import Accounts
from edge.signing_in.sessions import Sessions, old_sessions
from edge.web_app import new_app
from edge.web_pages import web_pages
from tsunagu.chassis import BACKBONE, Handler, Periodic, Runtime, Service, Subscription
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics
from tsunagu.contracts.values import Ref

ANSWERS = (
    m.TargetSet,
    m.MeasureRecorded,
    m.BaselineSet,
    m.PolicyAdopted,
    m.CommandAccepted,
    m.CommandRefused,
)


def build(runtime: Runtime, limits: Settings) -> ASGIApp:
    """The routes of the process."""
    app = new_app(
        runtime,
        limits,
        title="Tsunagu for executives",
        description="KPIs with target, owner and date; and what is set for them.",
        keys=ApiKeys(limits.api_keys),
        sessions=Sessions("board", limits, Accounts(limits.accounts_file, Ref)),
    )
    app.include_router(router)
    app.include_router(signing_in.router)
    app.include_router(shown_routes.router)
    app.include_router(credit_routes.router)
    app.include_router(asking_routes.router)
    app.include_router(operating_routes.router)
    app.include_router(command_states)
    app.include_router(web_pages(Path(__file__).with_name("web")))
    return app


def _http(runtime: Runtime) -> ASGIApp:
    return build(runtime, settings())


SERVICE = Service(
    name=SERVICE_NAME,
    subscriptions=(
        KPIS,
        Subscription(
            topics.INSIGHT_EVENTS,
            (*FOUND, *(Handler(event, COMMANDS.settle, COMMANDS.keys) for event in ANSWERS)),
        ),
        *(subscription_of(topic) for topic in SHOWN),
        operating.ANSWERS,
        operating.CONDITIONS,
        operating.WORTH,
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
        forgetting_old_kpis(settings().kpis_kept_days, settings()),
        Periodic("old answers", settings().upkeep_interval_seconds, forget_found),
        Periodic("old conditions", settings().upkeep_interval_seconds, operating.forget_old),
    ),
)
