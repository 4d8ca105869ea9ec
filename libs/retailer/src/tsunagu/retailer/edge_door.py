"""A channel behind edge: it speaks HTTP with an API key, and edge keeps its commands until their outcome is back."""

import asyncio
from types import TracebackType
from typing import Any, Self

import httpx

from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import CancelOrder, ChangeFulfilment, PlaceOrder, ReturnItems

REQUEST_SECONDS_MAX = 30.0
"""A request that takes longer is sent again, under the same Idempotency-Key."""

FIRST_LOOK_SECONDS, LAST_LOOK_SECONDS = 2.0, 10.0
"""The outcome of a command is asked for after the first time, then ever more seldom: most are back in a second."""

AGAIN_SECONDS = 0.5
"""Pause before a request that failed is sent again, where edge does not say how long."""

REQUESTS_AT_ONCE_MAX = 16
"""The app's servers keep so many connections: more only make edge, and this process, slower."""

UNKNOWN_ORDER_TRIES = 20
"""An order that is cancelled while it is being placed is unknown for a moment."""

_TRY_AGAIN = frozenset({409, 425, 429, 502, 503, 504})
_NOT_FOUND = 404


class EdgeDoor:
    """Use it as an asynchronous context. `url` is that of edge's partner process, `key` that of the channel."""

    def __init__(self, url: str, key: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {key}"},
            timeout=REQUEST_SECONDS_MAX,
            limits=httpx.Limits(max_connections=REQUESTS_AT_ONCE_MAX),
            trust_env=False,
        )
        self._room = asyncio.Semaphore(REQUESTS_AT_ONCE_MAX)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def give(self, command: Message) -> None:
        """Give the command, and ask for its outcome until there is one.

        Raises RuntimeError when edge refuses the request itself, with what it says.
        """
        path, body = request_of(command)
        headers = {"Idempotency-Key": command.identity() or command.record_key()}
        given = await self._answer("POST", path, json=body, headers=headers)
        look_after = FIRST_LOOK_SECONDS
        while True:
            await asyncio.sleep(look_after)
            state = await self._answer("GET", f"/v1/commands/{given['command_id']}")
            if state["state"] != "waiting":
                return
            look_after = min(2 * look_after, LAST_LOOK_SECONDS)

    async def _answer(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        """The answer's body; a request that edge is too busy for, or that got lost, is sent again."""
        unknown = 0
        while True:
            try:
                async with self._room:
                    response = await self._client.request(method, path, **content)
            except httpx.TransportError:
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            if response.is_success:
                answer: dict[str, Any] = response.json()
                return answer
            unknown += response.status_code == _NOT_FOUND
            if response.status_code not in _TRY_AGAIN and not 0 < unknown < UNKNOWN_ORDER_TRIES:
                raise RuntimeError(
                    f"edge answers {method} {path} with {response.status_code}: {response.text[:500]}"
                )
            await asyncio.sleep(float(response.headers.get("Retry-After", AGAIN_SECONDS)))


def request_of(command: Message) -> tuple[str, dict[str, Any]]:
    """Path and body of the request for a command. Raises ValueError for one that edge's partners can't give."""
    ours = {"channel"}
    match command:
        case PlaceOrder():
            path = "/v1/orders"
        case CancelOrder():
            path, ours = f"/v1/orders/{command.order_id}/cancellations", {"channel", "order_id", "cancel_id"}
        case ChangeFulfilment():
            path, ours = f"/v1/orders/{command.order_id}/changes", {"channel", "order_id", "change_id"}
        case ReturnItems():
            path, ours = f"/v1/orders/{command.order_id}/returns", {"channel", "order_id", "return_id"}
        case _:
            raise ValueError(f"partners can't give a {type(command).__name__}")
    return path, command.model_dump(mode="json", exclude=ours, exclude_none=True)
