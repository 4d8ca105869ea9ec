"""Operators' questions about journeys: how many customers came how far, and over which channels. Never who."""

import asyncio
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from customer.domain.days import start_of
from customer.domain.journey import funnel, paths
from customer.settings import settings
from customer.store.funnel import count_paths, count_stages
from tsunagu.chassis import Runtime, pooled
from tsunagu.chassis.http_answers import days


def journey_routes(runtime: Runtime) -> list[Route]:
    """The routes about journeys. None of them changes anything."""
    one_at_a_time = (
        asyncio.Lock()
    )  # each looks at every customer of its days; two at once only slow each other

    async def journeys(request: Request) -> Response:
        """Stages reached by the channel in which customers were first seen, and their paths; null is few."""
        limits = settings()
        first, last = days(request, limits.journey_days_max)
        since, until = start_of(first), start_of(last + timedelta(days=1))
        async with (
            one_at_a_time,
            pooled(runtime).acquire() as connection,
            # One snapshot: funnel and paths are of the same customers.
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            stages = await count_stages(connection, since, until)
            ways = await count_paths(connection, since, until, limits.journey_path_steps_max)
        few = limits.journey_few_customers
        return JSONResponse(
            {
                "from": first.isoformat(),
                "to": last.isoformat(),
                "few": few,
                "funnel": [
                    {
                        "stage": reached.stage.value,
                        "first_channel": reached.first_channel,
                        "customers": reached.customers,
                    }
                    for reached in funnel(stages, few)
                ],
                "paths": [
                    {"steps": path.steps, "customers": path.customers}
                    for path in paths(ways, few, limits.journey_paths_max)
                ],
            }
        )

    return [Route("/journeys", journeys)]
