"""The continuous check as a process: look, tell, keep, again; and the port for operators."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

import structlog
from asyncpg import InterfaceError, PostgresError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from audit.reconcile import metrics
from audit.reconcile.drift_table import keep_drifts, read_drifts
from audit.reconcile.drifts import Drift
from audit.reconcile.followed_topic import CouldNotLook
from audit.reconcile.looking import Looked, Looking
from audit.reconcile.settings import ReconcileSettings
from audit.reconcile.telling import meaning_of, report, said

_log = structlog.get_logger(__name__)


class Check:
    """Looks again and again. `own_url`: the audit's own database, the only one that it writes to."""

    def __init__(
        self, kafka: str, databases: Mapping[str, str], own_url: str, settings: ReconcileSettings
    ) -> None:
        self.looking = Looking(kafka, databases, settings)
        self.looked: Looked | None = None
        self._own_url = own_url
        self._settings = settings
        self._resumed = False
        self._told: set[tuple[str, str]] = set()
        self._missed = 0
        self._problem = "no look has been completed yet"

    async def run(self) -> None:
        """Look until cancelled."""
        try:
            while True:
                await self.look()
                await asyncio.sleep(self._settings.look_interval_seconds)
        finally:
            await self.looking.close()

    async def look(self) -> None:
        """Look once; a look that fails is counted, told, and made up for by the next one."""
        began = time.monotonic()
        try:
            await self._resume()
            looked = await self.looking.look()
            await keep_drifts(self._own_url, looked.drifts, looked.ended)
        except (CouldNotLook, OSError, PostgresError, InterfaceError) as error:
            self._missed += 1
            self._problem = str(error)
            metrics.FAILURES.inc()
            _log.warning("could not look", reason=str(error))
            return
        self.looked, self._missed = looked, 0
        metrics.LOOK_SECONDS.set(time.monotonic() - began)
        metrics.LAST_LOOK.set(time.time())
        metrics.KEYS.inc(looked.keys)
        self._tell(looked)

    @property
    def not_ready_because(self) -> list[str]:
        """Why the check can't do its work; empty when it can."""
        if self.looked is None or self._missed >= self._settings.ready_looks_missed_max:
            return [self._problem]
        return []

    def show_age(self) -> None:
        """Bring the age of the oldest drift up to date, also between two looks."""
        oldest = self.looked.drifts[0].since if self.looked is not None and self.looked.drifts else None
        metrics.OLDEST.set((datetime.now(UTC) - oldest).total_seconds() if oldest is not None else 0)

    async def _resume(self) -> None:
        if not self._resumed:
            self.looking.watch.resume(await read_drifts(self._own_url))
            self._resumed = True

    def _tell(self, looked: Looked) -> None:
        for kind in self.looking.kinds:
            metrics.DRIFTS.labels(kind).set(sum(drift.kind == kind for drift in looked.drifts))
        metrics.IN_FLIGHT.set(looked.in_flight)
        metrics.NOT_FOLLOWED.set(len(looked.not_followed))
        if looked.round_at is not None:
            metrics.LAST_ROUND.set(looked.round_at.timestamp())
        for drift in looked.drifts:
            if (drift.kind, drift.subject) not in self._told:
                self._told.add((drift.kind, drift.subject))
                _log.error("drift", **_fields(drift), means=meaning_of(drift.kind))
        for drift in looked.ended:
            self._told.discard((drift.kind, drift.subject))
            _log.info("drift ended", **_fields(drift))


def _fields(drift: Drift) -> dict[str, str]:
    return {
        "kind": drift.kind,
        "key": drift.subject,
        "source": said(drift.now.source),
        "copy": said(drift.now.copy),
        "since": drift.since.isoformat(),
    }


def build_app(check: Check) -> Starlette:
    """The ASGI application of the port for operators; its lifespan runs the check."""
    running: list[asyncio.Task[None]] = []

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        running.append(asyncio.create_task(check.run(), name="reconcile"))
        try:
            yield
        finally:
            running[0].cancel()
            await asyncio.wait(running)

    async def livez(_: Request) -> Response:
        # What a look may meet is caught: a check that has ended is a bug, and is started anew.
        if running and running[0].done():
            return PlainTextResponse("the check has ended\n", 503)
        return PlainTextResponse("alive\n")

    async def readyz(_: Request) -> Response:
        reasons = check.not_ready_because
        return JSONResponse({"ready": not reasons, "reasons": reasons}, 503 if reasons else 200)

    async def show_metrics(_: Request) -> Response:
        check.show_age()
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    async def drifts(_: Request) -> Response:
        if check.looked is None:
            return JSONResponse({"ready": False, "reasons": check.not_ready_because}, 503)
        return JSONResponse(report(check.looking, check.looked, datetime.now(UTC)).as_json())

    return Starlette(
        routes=[
            Route("/livez", livez),
            Route("/readyz", readyz),
            Route("/metrics", show_metrics),
            Route("/drifts", drifts),
        ],
        lifespan=lifespan,
    )
