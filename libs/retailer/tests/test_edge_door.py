"""A channel behind edge: what it asks for, and how it goes on when edge is busy or away."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from tsunagu.contracts.messages import CancelOrder, HandOver, ReceiveStock
from tsunagu.contracts.values import ReceivedLine
from tsunagu.retailer.edge_door import UNKNOWN_ORDER_TRIES, EdgeDoor, request_of
from tsunagu.retailer.http_request import request
from tsunagu.retailer.link_door import LinkDoor
from tsunagu.retailer.staff_door import StaffDoor

GIVEN = (202, '{"command_id": "m1"}')
DONE = (200, '{"state": "done"}')
WAITING = (200, '{"state": "waiting"}')
BUSY = (503, "{}")
UNKNOWN = (404, "{}")
CANCEL = CancelOrder(cancel_id="c1", order_id="o1", channel="app", occurred_at=datetime.now(UTC))


class Edge:
    """Answers each request with the next of its answers, and remembers what was asked."""

    def __init__(self, *answers: tuple[int, str]) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, dict[str, str], str]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        body = (await reader.readexactly(int(headers.get("content-length", 0)))).decode()
        self.asked.append((head[0], headers, body))
        status, answer = self._answers.pop(0)
        if status:
            writer.write(f"HTTP/1.1 {status} X\r\nX-Kind: Test\r\n\r\n{answer}".encode())
        writer.close()

    def requests(self) -> list[str]:
        return [line for line, _, _ in self.asked]


@asynccontextmanager
async def running(*answers: tuple[int, str]) -> AsyncIterator[tuple[Edge, str]]:
    edge = Edge(*answers)
    server = await asyncio.start_server(edge.serve, "127.0.0.1", 0)
    async with server:
        yield edge, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def door(url: str) -> EdgeDoor:
    return EdgeDoor(url, "key-1", first_look_seconds=0.001, again_seconds=0.001)


async def test_request__with_a_query__asks_for_it() -> None:
    async with running((200, ""), (200, "")) as (edge, url):
        await request("GET", f"{url}/v1/orders?wait=10&limit=2")
        await request("GET", f"{url}?near=JP-13")
    assert edge.requests() == ["GET /v1/orders?wait=10&limit=2 HTTP/1.0", "GET /?near=JP-13 HTTP/1.0"]


async def test_request__has_its_answers_status_headers_and_body() -> None:
    async with running((200, "text")) as (edge, url):
        answer = await request("POST", f"{url}/path", {"X-Mine": "yes"}, b"body")
    assert (answer.status, answer.headers["x-kind"], answer.body) == (200, "Test", b"text")
    assert edge.asked[0][0] == "POST /path HTTP/1.0"
    assert edge.asked[0][1]["x-mine"] == "yes"
    assert edge.asked[0][2] == "body"


async def test_request__no_answer__is_an_error_of_the_connection() -> None:
    async with running((0, "")) as (_, url):
        with pytest.raises(ConnectionError, match="does not answer"):
            await request("GET", f"{url}/path")


async def test_give__a_cancellation__is_asked_for_and_followed_until_its_outcome() -> None:
    async with running(GIVEN, WAITING, WAITING, DONE) as (edge, url):
        await door(url).give(CANCEL)
    assert edge.requests() == [
        "POST /v1/orders/o1/cancellations HTTP/1.0",
        *["GET /v1/commands/m1 HTTP/1.0"] * 3,
    ]
    _, headers, body = edge.asked[0]
    assert headers["authorization"] == "bearer key-1"
    assert headers["idempotency-key"] == "c1"
    assert set(json.loads(body)) == {"occurred_at", "lines", "reason"}


async def test_give__edge_is_busy_or_away_for_a_moment__sends_the_same_request_again() -> None:
    async with running(BUSY, (0, ""), UNKNOWN, GIVEN, DONE) as (edge, url):
        await door(url).give(CANCEL)
    posts = [(headers["idempotency-key"], body) for line, headers, body in edge.asked if "POST" in line]
    assert len(posts) == 4
    assert len(set(posts)) == 1


@pytest.mark.parametrize(
    "answers", [[(422, '{"detail": "not like that"}')], [(404, "not like that")] * UNKNOWN_ORDER_TRIES]
)
async def test_give__edge_refuses_the_request__says_what_edge_said(answers: list[tuple[int, str]]) -> None:
    async with running(*answers) as (_, url):
        with pytest.raises(RuntimeError, match="not like that"):
            await door(url).give(CANCEL)


def test_request_of__what_partners_can_not_give__is_refused() -> None:
    delivery = ReceiveStock(
        delivery_id="d1",
        location_id="S001",
        lines=(ReceivedLine(sku="A", quantity=1),),
        occurred_at=datetime.now(UTC),
    )
    with pytest.raises(ValueError, match="ReceiveStock"):
        request_of(delivery)


async def test_counter__digits__go_with_the_handover_under_the_key_of_the_store() -> None:
    command = HandOver(
        handover_id="h1",
        order_id="o1",
        location_id="S002",
        staff_ref="staff:1",
        occurred_at=datetime.now(UTC),
    )
    async with running(GIVEN, DONE) as (edge, url):
        counters = StaffDoor(url, {"S001": "key-1", "S002": "key-2"})
        await counters.type_digits(command, "012345")
    line, headers, body = edge.asked[0]
    assert line == "POST /v1/handovers HTTP/1.0"
    assert (headers["authorization"], headers["idempotency-key"]) == ("bearer key-2", "h1")
    said = json.loads(body)
    assert (said["order_id"], said["digits"]) == ("o1", "012345")
    assert "location_id" not in said


async def test_counter__a_cancellation__says_nothing_that_edge_says_for_it() -> None:
    async with running(GIVEN, DONE) as (edge, url):
        await StaffDoor(url, {"S001": "key-1"}).give(CANCEL)
    line, _, body = edge.asked[0]
    assert line == "POST /v1/order-cancellations HTTP/1.0"
    assert {"channel", "cancelled_by"}.isdisjoint(json.loads(body))


async def test_link__its_news_is_late__is_looked_at_again_and_answered_with_the_number_shown() -> None:
    shown = (200, '{"next_number": 3}')
    async with running(UNKNOWN, BUSY, shown, (200, '{"answer": {}}')) as (edge, url):
        until = datetime.now(UTC) + timedelta(minutes=1)
        assert await LinkDoor(url, again_seconds=0.001).answer(
            "token", {"kind": "ship", "prefecture": "JP-13"}, until
        )
    assert edge.requests()[-1] == "POST /v1/order-links/token/answers HTTP/1.0"
    assert json.loads(edge.asked[-1][2]) == {"kind": "ship", "prefecture": "JP-13", "number": 3}


async def test_link__does_not_open_in_time__nothing_is_answered() -> None:
    async with running() as (edge, url):
        assert not await LinkDoor(url).answer("token", {"kind": "cancel"}, datetime.now(UTC))
    assert edge.requests() == []
