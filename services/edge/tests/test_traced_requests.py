"""Requests as traces see them: the route and the status, and nothing that names anybody."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from tsunagu.chassis.settings import ChassisSettings
from tsunagu.chassis.spans import Spans
from tsunagu.testing.trace_receiver import ToldSpan, TraceReceiver, trace_receiver
from tsunagu.testing.traces import found_in

CALLERS = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"


@pytest.fixture
def collector() -> Iterator[TraceReceiver]:
    with trace_receiver() as receiver:
        yield receiver


@asynccontextmanager
async def traced(door: Any, collector: TraceReceiver, ratio: float = 1.0) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the door as its public port serves it; at the end all that was told is with the collector."""
    spans = Spans(
        ChassisSettings(
            traces_endpoint=collector.endpoint, traces_sampled_ratio=ratio, traces_close_seconds=30.0
        ),
        "edge-test",
    )
    transport = httpx.ASGITransport(spans.requests(door.app), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://edge") as client:
        yield client
    await spans.close()


class Bare:
    """A door without a database."""

    def __init__(self) -> None:
        async def fail(_: Request) -> Any:
            raise ZeroDivisionError("+81-90-1234-5678 divided by nobody")

        self.app = Starlette(routes=[Route("/fail/{ref}", fail)])


class OfProcess:
    """The whole application of a process of edge."""

    def __init__(self, opened: Any) -> None:
        transport: Any = opened.client._transport
        self.app = transport.app.routes[-1].app


@pytest.mark.component
async def test_request__is_a_span_by_its_route__and_its_command_follows_from_it(
    open_door: Any, a: Any, collector: TraceReceiver
) -> None:
    async with open_door("partner") as door:
        async with traced(OfProcess(door), collector) as client:
            answer = await client.post("/v1/orders", json=a.order_body(), headers=door.headers("app"))
        assert answer.status_code == 202
        [(_, record)] = await door.service.outbox()
        [kept] = await door.service.connection.fetch("SELECT traceparent FROM pending_command")
    [span] = collector.spans
    assert span.name == "POST /v1/orders"
    assert span.attributes == {
        "http.request.method": "POST",
        "http.response.status_code": 202,
        "http.route": "/v1/orders",
        "url.scheme": "http",
    }
    follows = (dict(record.headers)["traceparent"] or b"").decode()
    assert follows.split("-")[1:3] == [span.trace_id, span.span_id]
    # What is sent again when no answer comes is sent with this.
    assert kept["traceparent"] == follows


@pytest.mark.component
async def test_personal_data__wherever_a_request_can_hold_it__is_in_nothing_that_is_told(
    open_door: Any, a: Any, collector: TraceReceiver
) -> None:
    phone, mail, name, token = "090-8765-4321", "hanako@example.jp", "鶴見川", "s3cr3t-t0k3n-of-a-link"
    async with open_door("shopper") as door:
        app: Any = OfProcess(door).app
        async with traced(OfProcess(door), collector) as client:
            headers = {
                "X-Forwarded-For": phone, "User-Agent": mail, "Authorization": f"Bearer {token}",
                "Cookie": f"tsunagu={token}", "Referer": f"http://edge/o/{token}", "tracestate": f"x={token}",
                "baggage": f"mail={mail}", "Host": token,
            }  # fmt: skip
            query = {"phone": phone, "q": name}
            for path in (f"/o/{token}", f"/v1/orders/{phone}", f"/v1/products/{mail}", f"/{name}/{phone}"):
                await client.get(path, params=query, headers=headers)
            await client.post("/v1/quotes", json={"name": name, "phone": phone}, headers=headers)
            await client.request(phone, f"/v1/orders/{mail}", headers=headers)
        assert not any(app._telemetry[kind] for kind in ("tracing", "metrics", "logs", "auto_configure"))
    routes = {span.name for span in collector.spans}
    assert {"GET /v1/orders/{order_id}", "POST /v1/quotes", "GET", "_OTHER"} <= {
        route.replace("_OTHER /v1/orders/{order_id}", "_OTHER") for route in routes
    }
    assert found_in(b"\n".join(collector.bodies), {phone, mail, name, token}) == set()
    assert found_in(b"\n".join(collector.bodies), {"edge-test"})


async def test_request__fails_in_our_code__is_told_by_its_status_alone(
    collector: TraceReceiver,
) -> None:
    async with traced(Bare(), collector) as client:
        answer = await client.get("/fail/+81-90-1234-5678")
    assert answer.status_code == 500
    [span] = collector.spans
    assert (span.name, span.failed, span.attributes["error.type"]) == ("GET /fail/{ref}", True, "500")
    assert found_in(b"\n".join(collector.bodies), {"+81-90-1234-5678"}) == set()


async def _spans_of(collector: TraceReceiver, ratio: float, *traceparents: str) -> list[ToldSpan]:
    async with traced(Bare(), collector, ratio) as client:
        for number in range(20):
            headers = [("traceparent", one) for one in traceparents]
            await client.get(f"/nowhere/{number}", headers=headers)
    return collector.spans


async def test_caller__whose_trace_is_kept__is_continued_and_one_that_is_not_kept_is_not(
    collector: TraceReceiver,
) -> None:
    assert await _spans_of(collector, 1.0, f"{CALLERS}-00") == []
    spans = await _spans_of(collector, 1.0, f"{CALLERS}-01")
    assert {(f"00-{span.trace_id}-{span.parent_id}") for span in spans} == {CALLERS}


async def test_caller__wants_traces_kept_that_are_not_among_the_share__is_not_given_them(
    collector: TraceReceiver,
) -> None:
    assert await _spans_of(collector, 0.0, f"{CALLERS}-01") == []


@pytest.mark.parametrize("callers", [(), ("broken",), (f"{CALLERS}-01", f"{CALLERS}-01")])
async def test_caller__without_one_clear_trace__begins_one_of_their_own(
    collector: TraceReceiver, callers: tuple[str, ...]
) -> None:
    spans = await _spans_of(collector, 1.0, *callers)
    assert len({span.trace_id for span in spans}) == 20
    assert {span.parent_id for span in spans} == {""}
