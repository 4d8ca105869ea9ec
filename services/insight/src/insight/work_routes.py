"""Operators' questions about work: what an order took."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from insight.store import work
from tsunagu.chassis import Runtime, pooled


def work_routes(runtime: Runtime) -> list[Route]:
    """The routes about work. None of them changes anything."""

    async def order(request: Request) -> Response:
        order_id = request.path_params["order_id"]
        async with pooled(runtime).acquire() as connection:
            rows = await connection.fetch(work.SQL.minutes_of_order, order_id)
        tasks = [{**row, "business_day": row["business_day"].isoformat()} for row in rows]
        return JSONResponse(
            {"order_id": order_id, "minutes": sum(row["minutes"] for row in rows), "work": tasks}
        )

    return [Route("/orders/{order_id:path}/minutes", order)]
