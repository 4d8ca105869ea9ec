"""A channel behind edge: it speaks HTTP with an API key, and edge keeps its commands until their outcome is back."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import CancelOrder, ChangeFulfilment, PlaceOrder, ReturnItems
from tsunagu.retailer.http_request import request

REQUEST_SECONDS_MAX = 30.0
"""A request that takes longer is sent again, under the same Idempotency-Key."""

FIRST_LOOK_SECONDS, LAST_LOOK_SECONDS = 2.0, 10.0
"""The outcome of a command is asked for after the first time, then ever more seldom: most are back in a second."""

AGAIN_SECONDS = 0.5
"""Pause before a request that failed is sent again, where edge does not say how long."""

REQUESTS_AT_ONCE_MAX = 32
"""Half of what edge lets in at once: more would only wait there instead of here."""

UNKNOWN_ORDER_TRIES = 20
"""An order that is cancelled while it is being placed is unknown for a moment."""

_TRY_AGAIN = frozenset({409, 425, 429, 502, 503, 504})
_SUCCESS = range(200, 300)
_NOT_FOUND = 404


def request_of(command: Message) -> tuple[str, bytes]:
    """Path and body of the request for a command. Raises ValueError for one that edge's partners can't give."""
    ours = {"channel"}
    match command:
        case PlaceOrder():
            path = "/v1/orders"
        case CancelOrder():
            path = f"/v1/orders/{command.order_id}/cancellations"
            ours = {"channel", "order_id", "cancel_id", "cancelled_by"}
        case ChangeFulfilment():
            path, ours = f"/v1/orders/{command.order_id}/changes", {"channel", "order_id", "change_id"}
        case ReturnItems():
            path, ours = f"/v1/orders/{command.order_id}/returns", {"channel", "order_id", "return_id"}
        case _:
            raise ValueError(f"partners can't give a {type(command).__name__}")
    return path, command.model_dump_json(exclude=ours, exclude_none=True).encode()


class EdgeDoor:
    """`url` is that of an edge process, `key` the caller's; `requests` says how a command is asked for there."""

    def __init__(
        self,
        url: str,
        key: str,
        requests: Callable[[Message], tuple[str, bytes]] = request_of,
        first_look_seconds: float = FIRST_LOOK_SECONDS,
        again_seconds: float = AGAIN_SECONDS,
    ) -> None:
        self._first_look_seconds = first_look_seconds
        self._again_seconds = again_seconds
        self._requests = requests
        self._url = url
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._room = asyncio.Semaphore(REQUESTS_AT_ONCE_MAX)

    async def give(self, command: Message) -> None:
        """Give the command, and ask for its outcome until there is one.

        Raises RuntimeError when edge refuses the request itself, with what it says.
        """
        path, body = self._requests(command)
        await self.post(path, command.identity() or command.record_key(), body)

    async def post(self, path: str, key: str, body: bytes) -> None:
        """The same for a request that is made already; `key` is its Idempotency-Key."""
        given = await self._answer("POST", path, key, body)
        look_after = self._first_look_seconds
        while True:
            await asyncio.sleep(look_after)
            state = await self._answer("GET", f"/v1/commands/{given['command_id']}", "", b"")
            if state["state"] != "waiting":
                return
            look_after = min(2 * look_after, LAST_LOOK_SECONDS)

    async def _answer(self, method: str, path: str, key: str, body: bytes) -> dict[str, Any]:
        """The answer's body; a request that edge is too busy for, or that got lost, is sent again."""
        headers = {**self._headers, **({"Idempotency-Key": key} if key else {})}
        unknown = 0
        while True:
            try:
                async with self._room:
                    answer = await request(method, self._url + path, headers, body, REQUEST_SECONDS_MAX)
            except (OSError, TimeoutError):
                await asyncio.sleep(self._again_seconds)
                continue
            if answer.status in _SUCCESS:
                content: dict[str, Any] = json.loads(answer.body)
                return content
            unknown += answer.status == _NOT_FOUND
            if answer.status not in _TRY_AGAIN and not 0 < unknown < UNKNOWN_ORDER_TRIES:
                said = answer.body.decode("utf-8", "replace")[:500]
                raise RuntimeError(f"edge answers {method} {path} with {answer.status}: {said}")
            await asyncio.sleep(float(answer.headers.get("retry-after", self._again_seconds)))
