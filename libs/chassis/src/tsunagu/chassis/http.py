"""Every process's port for operators: health, metrics, its AsyncAPI document, dead letters, routes for inside."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
from faststream.specification.asyncapi import AsyncAPI
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import AwareDatetime, TypeAdapter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from tsunagu.chassis import clock, rebuild, redrive, redriving, replay
from tsunagu.chassis.http_answers import Wrong, answering, problem, read
from tsunagu.chassis.public_port import public_port
from tsunagu.chassis.queries import beside
from tsunagu.chassis.runtime import Runtime, check_logs, pooled
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.values import RedriveFilter, RedriveRate, Ref

SQL = beside(__file__)
RATE_PER_SECOND = 10.0  # where nobody says: other work goes on beside it
BIGINT_DIGITS = 18  # any number of so many digits fits the id's type


def build_app(runtime: Runtime) -> Starlette:
    """The process's ASGI application; its lifespan starts and stops the runtime."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        runtime.start()
        try:
            async with public_port(runtime):
                yield
        finally:
            await runtime.stop()

    async def livez(_: Request) -> Response:
        if runtime.failed is not None:
            return PlainTextResponse(f"this process can't go on: {runtime.failed!r}\n", 503)
        return PlainTextResponse("alive\n")

    async def readyz(_: Request) -> Response:
        reasons = await runtime.not_ready_because()
        return JSONResponse({"ready": not reasons, "reasons": reasons}, 503 if reasons else 200)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    async def asyncapi(_: Request) -> Response:
        specification = AsyncAPI(runtime.broker, title=runtime.service.name, version="1").to_specification()
        return Response(specification.to_json(), media_type="application/json")

    routes: list[BaseRoute] = [
        Route("/livez", livez),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
        Route("/asyncapi", asyncapi),
        Mount(
            "/operator",
            app=answering(
                [*_letter_routes(runtime), *_topic_routes(runtime)],
                {redrive.NotWaiting: 409, replay.KafkaSilent: 503},
            ),
        ),
    ]
    if runtime.service.http is not None:
        routes.append(Mount("/", app=runtime.service.http(runtime)))
    return Starlette(routes=routes, lifespan=lifespan)


def _letter_routes(runtime: Runtime) -> list[BaseRoute]:
    async def list_letters(request: Request) -> Response:
        rows = await pooled(runtime).fetch(
            SQL.list_dead_letters,
            request.query_params.get("topic"),
            request.query_params.get("all") == "true",
            runtime.settings.dead_letters_listed_max,
            _after(request),
        )
        return JSONResponse([_shown(row) for row in rows])

    async def show_letter(request: Request) -> Response:
        row = await pooled(runtime).fetchrow(SQL.read_dead_letter, request.path_params["id"])
        if row is None:
            return problem(
                404, f"there is no dead letter {request.path_params['id']} in {runtime.service.name}"
            )
        return JSONResponse(_shown(row))

    async def redrive_letter(request: Request) -> Response:
        async with pooled(runtime).acquire() as connection:
            row = await connection.fetchrow(SQL.read_dead_letter, request.path_params["id"])
            subscription = runtime.service.subscription_to(row["topic"]) if row is not None else None
            if row is None or subscription is None:
                return problem(
                    404, f"no dead letter {request.path_params['id']} of a topic that is read here"
                )
            settled = await redrive.redrive(connection, runtime.rules, subscription, row["dead_letter_id"])
        runtime.wakers.relay.set()
        runtime.wakers.due.set()
        failed = any(result.left is not None for result in settled)
        return JSONResponse([_result(result) for result in settled], 409 if failed else 200)

    async def begin_redrive(request: Request) -> Response:
        asked = _asked(request)
        async with pooled(runtime).acquire() as connection:
            await redriving.begin(connection, asked, clock.now())
            [begun] = await redriving.progress(connection, 1, asked.redrive_id)
        return JSONResponse(begun.model_dump(mode="json"))

    async def list_redrives(request: Request) -> Response:
        most = runtime.settings.redrives_told_max
        async with pooled(runtime).acquire() as connection:
            found = await redriving.progress(connection, most, request.query_params.get("id"))
        return JSONResponse([one.model_dump(mode="json") for one in found])

    async def cancel_redrive(request: Request) -> Response:
        redrive_id, by = request.path_params["id"], _operator(request)
        async with pooled(runtime).acquire() as connection:
            if not await redriving.cancel(connection, redrive_id, by, clock.now()):
                return problem(409, f"no redrive {redrive_id} runs in {runtime.service.name}")
            [ended] = await redriving.progress(connection, 1, redrive_id)
        return JSONResponse(ended.model_dump(mode="json"))

    async def discard_letter(request: Request) -> Response:
        note = request.query_params.get("note", "").strip()
        if not note:
            return problem(422, "say why: ?note=…")
        async with pooled(runtime).acquire() as connection:
            return JSONResponse(_result(await redrive.discard(connection, request.path_params["id"], note)))

    async def list_set_aside(request: Request) -> Response:
        rows = await pooled(runtime).fetch(
            SQL.list_set_aside, runtime.settings.dead_letters_listed_max, _after(request)
        )
        return JSONResponse([_shown(row) for row in rows])

    async def release_set_aside(request: Request) -> Response:
        set_aside_id = request.path_params["id"]
        released = await pooled(runtime).fetch(SQL.release_set_aside, set_aside_id)
        if not released:
            return problem(409, f"no message {set_aside_id} is set aside in {runtime.service.name}")
        runtime.wakers.relay.set()
        return JSONResponse({"released": sorted(row["set_aside_id"] for row in released)})

    return [
        Route("/dead-letters", list_letters),
        Route("/dead-letters/{id:int}", show_letter),
        Route("/dead-letters/{id:int}/redrive", redrive_letter, methods=["POST"]),
        Route("/dead-letters/{id:int}/discard", discard_letter, methods=["POST"]),
        Route("/redrives", begin_redrive, methods=["POST"]),
        Route("/redrives", list_redrives),
        Route("/redrives/{id}/cancel", cancel_redrive, methods=["POST"]),
        Route("/set-aside", list_set_aside),
        Route("/set-aside/{id:int}/release", release_set_aside, methods=["POST"]),
    ]


def _topic_routes(runtime: Runtime) -> list[BaseRoute]:
    async def accept_loss(request: Request) -> Response:
        topic, partition = request.path_params["topic"], request.path_params["partition"]
        for consumer in runtime.consumers:
            if consumer.topic == topic and await consumer.accept_loss(partition):
                return JSONResponse({"topic": topic, "partition": partition, "reading": True})
        return problem(404, f"{topic} partition {partition} does not stand still in this process")

    async def begin_rebuild(request: Request) -> Response:
        if request.query_params.get("dry_run") == "true":
            async with pooled(runtime).acquire() as connection:
                return JSONResponse(await rebuild.plan(runtime, connection))
        return JSONResponse(await rebuild.begin(runtime))

    async def show_rebuild(_: Request) -> Response:
        async with pooled(runtime).acquire() as connection:
            return JSONResponse(await rebuild.progress(runtime, connection))

    async def begin_replay(request: Request) -> Response:
        asked = _replayed(request)
        async with pooled(runtime).acquire() as connection:
            if request.query_params.get("dry_run") == "true":
                return JSONResponse(await replay.plan(runtime, connection, asked))
            told = await replay.begin(runtime, connection, asked)
        await check_logs(runtime)
        return JSONResponse(told)

    return [
        Route("/replay", begin_replay, methods=["POST"]),
        Route("/rebuild", begin_rebuild, methods=["POST"]),
        Route("/rebuild", show_rebuild),
        Route("/topics/{topic}/{partition:int}/accept-loss", accept_loss, methods=["POST"]),
    ]


def _after(request: Request) -> int:
    """The id after which a list begins; 0, below every id, where nothing or no number is said."""
    text = request.query_params.get("after", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= BIGINT_DIGITS else 0


def _asked(request: Request) -> redriving.Asked:
    """The redrive that is asked for. Raises Wrong."""
    told = request.query_params
    try:
        rate = TypeAdapter(RedriveRate).validate_python(float(told.get("rate", RATE_PER_SECOND)))
        meant = RedriveFilter(**{name: told.get(name) for name in RedriveFilter.model_fields})
    except ValueError:
        raise Wrong(
            "rate is messages a second, 0.1 to 1000; topic, reason and message_type are names"
        ) from None
    return redriving.Asked(uuid7(), _operator(request), meant, rate, told.get("dry_run") == "true")


def _replayed(request: Request) -> replay.Asked:
    """The replay that is asked for. Raises Wrong."""
    since = request.query_params.get("since")
    return replay.Asked(
        request.query_params.getlist("topic"),
        None if since is None else read(TypeAdapter(AwareDatetime), since, "since"),
        _operator(request),
    )


def _operator(request: Request) -> str:
    """Who asks, for the record. Raises Wrong where nobody says."""
    by: str = read(TypeAdapter(Ref), request.query_params.get("by", ""), "by")
    return by


def _result(settled: redrive.Settled) -> dict[str, Any]:
    return {"dead_letter_id": settled.dead_letter_id, "state": settled.state, "left": settled.left}


def _shown(row: asyncpg.Record) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, bytes):
            shown[name] = value.decode("utf-8", "backslashreplace") if name != "headers" else None
        else:
            shown[name] = value.isoformat() if hasattr(value, "isoformat") else value
    shown.pop("headers", None)
    return shown
