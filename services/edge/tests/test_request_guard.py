"""Hostile and clumsy requests: each gets a problem that says what to do, and nothing reaches the routes."""

import asyncio
import json
from typing import Any

import pytest
from prometheus_client import REGISTRY

from edge.request_guard import RequestGuard
from edge.settings import DoorSettings

pytestmark = pytest.mark.component


def is_problem(answer: Any, status: int) -> bool:
    return bool(
        answer.status_code == status
        and answer.headers["content-type"] == "application/problem+json"
        and answer.json()["status"] == status
        and answer.json()["detail"]
    )


NO_KEYS = ("", "Bearer", "Bearer ", "Bearer wrong", "Basic dXNlcjpwYXNz", f"Bearer {'x' * 5000}", "bearer é")


@pytest.mark.parametrize(
    ("process", "path"), [("partner", "/v1/orders/o1"), ("staff", "/v1/tasks"), ("board", "/v1/kpis")]
)
async def test_key__missing_or_unknown__401(open_door: Any, process: str, path: str) -> None:
    async with open_door(process) as door:
        answers = [await door.client.get(path)] + [
            await door.client.get(path, headers={"Authorization": text.encode("latin-1")}) for text in NO_KEYS
        ]
    assert all(is_problem(answer, 401) for answer in answers)
    assert {answer.headers["www-authenticate"] for answer in answers} == {"Bearer"}


async def test_key__only_its_digest_is_configured(open_door: Any) -> None:
    async with open_door("partner") as door:
        digest = next(iter(door.door.settings.api_keys))
        answer = await door.client.get("/v1/orders/o1", headers={"Authorization": f"Bearer {digest}"})
    assert answer.status_code == 401


async def test_body__larger_than_allowed__413(open_door: Any, a: Any) -> None:
    async with open_door("partner", body_bytes_max=2048) as door:
        declared = await door.post("/v1/orders", "app", a.order_body(customer_ref="x" * 3000))

        async def chunks() -> Any:
            for _ in range(10):
                yield b" " * 1000

        headers = {**door.headers("app"), "Content-Type": "application/json"}
        chunked = await door.client.post("/v1/orders", content=chunks(), headers=headers)
    assert is_problem(declared, 413)
    assert is_problem(chunked, 413)


async def statuses_of(door: Any, bodies: tuple[bytes, ...]) -> dict[bytes, int]:
    """What each body is answered with, always as a problem."""
    statuses: dict[bytes, int] = {}
    for body in bodies:
        headers = {**door.headers("app"), "Content-Type": "application/json"}
        answer = await door.client.post("/v1/orders", content=body, headers=headers)
        assert is_problem(answer, answer.status_code), body
        statuses[body] = answer.status_code
    return statuses


async def test_body__not_json__is_malformed_and_never_a_fault(open_door: Any) -> None:
    async with open_door("partner") as door:
        bodies = (b"{", b"null and void", b"\xff\xfe{}", b"[" * 100_000, b'{"a":1}{"b":2}')
        statuses = await statuses_of(door, bodies)
    assert set(statuses.values()) == {400}, statuses


async def test_body__json_of_another_shape__422(open_door: Any) -> None:
    async with open_door("partner") as door:
        bodies = (b"", b"[]", b"1", b'"text"', b"null", b'{"payment": NaN}', b'{"payment": "\\ud800"}')
        statuses = await statuses_of(door, bodies)
    assert set(statuses.values()) == {422}, statuses


@pytest.mark.parametrize("field", ["customer_ref", "order_id"])
async def test_body__half_a_character__422(open_door: Any, a: Any, field: str) -> None:
    async with open_door("partner") as door:
        headers = {**door.headers("app"), "Content-Type": "application/json"}
        body = json.dumps(a.order_body(**{field: "a\ud800b"})).encode()
        answer = await door.client.post("/v1/orders", content=body, headers=headers)
        assert await door.service.sent() == []
    assert is_problem(answer, 422)


async def test_body__another_content_type__415(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        for content_type in ("text/plain", "application/x-www-form-urlencoded", "application/jsonx"):
            answer = await door.post("/v1/orders", "app", a.order_body(), Content_Type=content_type)
            assert is_problem(answer, 415), content_type


async def test_address__unknown_or_wrong_method__a_problem(open_door: Any) -> None:
    async with open_door("partner") as door:
        assert is_problem(await door.get("/v1/nothing", "app"), 404)
        assert is_problem(await door.client.delete("/v1/orders/o1", headers=door.headers("app")), 405)


async def test_trace__a_header_with_more_than_a_trace_in_it__is_left_out(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        for text in (f"{trace}, x", f"{trace}\tce_type: y", "é".encode("latin-1"), "x" * 10_000):
            answer = await door.post("/v1/orders", "app", a.order_body(), traceparent=text)
            assert answer.status_code == 202
        kept = await door.service.connection.fetch("SELECT traceparent FROM pending_command")
    assert [row["traceparent"] for row in kept] == [None] * 4


async def test_rate__more_than_the_burst__429_until_there_is_a_token_again(open_door: Any) -> None:
    async with open_door("partner", requests_per_second=0.5, requests_burst=3) as door:
        answers = [await door.get("/v1/orders/o1", "app") for _ in range(4)]
        other = await door.get("/v1/orders/o1", "ec")
    assert [answer.status_code for answer in answers] == [404, 404, 404, 429]
    assert is_problem(answers[3], 429)
    assert 1 <= int(answers[3].headers["retry-after"]) <= 3
    assert other.status_code == 404


async def test_database__not_there__503_and_worth_trying_again(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        pool, door.runtime.pool = door.runtime.pool, None
        answer = await door.post("/v1/orders", "app", a.order_body())
        door.runtime.pool = pool
    assert is_problem(answer, 503)
    assert answer.headers["retry-after"]


async def test_database__no_connection_free_in_time__503(open_door: Any, a: Any) -> None:
    async with open_door("partner", database_wait_seconds=0.05) as door:
        held = [await door.runtime.pool.acquire() for _ in range(8)]
        answer = await door.get("/v1/orders/o1", "app")
        for connection in held:
            await door.runtime.pool.release(connection)
    assert is_problem(answer, 503)


async def test_fault__of_ours__500_without_a_word_of_its_inside(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        await door.service.connection.execute("ALTER TABLE pending_command RENAME TO gone")
        answer = await door.post("/v1/orders", "app", a.order_body())
    assert is_problem(answer, 500)
    assert "pending_command" not in answer.text


async def test_metrics__requests_are_counted_by_route_and_class(open_door: Any) -> None:
    def count(route: str, status_class: str) -> float:
        labels = {"route": route, "status_class": status_class}
        return REGISTRY.get_sample_value("tsunagu_edge_requests_total", labels) or 0.0

    async with open_door("partner") as door:
        known, unknown = count("/v1/orders/{order_id}", "4xx"), count("unmatched", "4xx")
        await door.get("/v1/orders/secret-id", "app")
        await door.get("/v1/secret-path", "app")
        assert count("/v1/orders/{order_id}", "4xx") == known + 1
        assert count("unmatched", "4xx") == unknown + 1
        assert "secret" not in (await door.client.get("/metrics")).text


async def test_answers__are_not_cached(open_door: Any) -> None:
    async with open_door("partner") as door:
        answer = await door.get("/v1/orders/o1", "app")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("process", ["partner", "shopper", "staff", "board"])
async def test_openapi__describes_every_route_and_loads_nothing_from_elsewhere(
    open_door: Any, process: str
) -> None:
    async with open_door(process) as door:
        document = (await door.client.get("/openapi.json")).json()
        pages = [(await door.client.get(path)).status_code for path in ("/docs", "/redoc")]
    assert pages == [404, 404]
    assert document["paths"]
    for path in document["paths"].values():
        for operation in path.values():
            assert operation["summary"]
            assert "application/problem+json" in operation["responses"]["4XX"]["content"]
            assert "422" not in operation["responses"]


def a_post(app: Any, receive: Any, sent: list[Any], settings: DoorSettings) -> Any:
    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "headers": [(b"content-type", b"application/json")],
        "path": "/",
    }
    return RequestGuard(app, settings)(scope, receive, send)


async def test_body__that_never_ends__408_and_the_route_is_not_called() -> None:
    async def receive() -> Any:
        await asyncio.Event().wait()

    async def never(*_: Any) -> None:
        raise AssertionError("the route must not be called")

    sent: list[Any] = []
    await a_post(never, receive, sent, DoorSettings(body_seconds_max=0.05))
    assert sent[0]["status"] == 408


async def test_requests__more_at_once_than_allowed__503_and_places_come_free_again() -> None:
    let_go = asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await let_go.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    guard = RequestGuard(slow, DoorSettings(requests_at_once_max=2))

    async def get() -> int:
        statuses: list[int] = []

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        await guard({"type": "http", "method": "GET", "headers": [], "path": "/"}, receive, send)
        return statuses[0]

    waiting = [asyncio.create_task(get()) for _ in range(2)]
    await asyncio.sleep(0)
    refused = await get()
    let_go.set()
    assert [await task for task in waiting] == [200, 200]
    assert refused == 503
    assert await get() == 200
