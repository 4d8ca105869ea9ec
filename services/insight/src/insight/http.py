"""The service's own routes, by subject."""

from starlette.applications import Starlette

from insight.credit_routes import credit_routes
from insight.journal_routes import journal_routes
from insight.kpi_routes import kpi_routes
from insight.work_routes import work_routes
from tsunagu.chassis import Runtime
from tsunagu.chassis.http_answers import answering


def routes(runtime: Runtime) -> Starlette:
    """All of them. None changes anything."""
    return answering(
        [
            *work_routes(runtime),
            *credit_routes(runtime),
            *journal_routes(runtime),
            *kpi_routes(runtime),
        ]
    )
