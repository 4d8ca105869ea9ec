"""Who goes on working while shoppers are struck: orders at the partner's door and at a counter, a store's list."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count, cycle

from tsunagu.contracts.ids import uuid7
from tsunagu.retailer.http_request import Answer, request
from tsunagu.retailer.prefectures import TOKYO
from tsunagu.stack.addresses import Addresses

PARTNER, STAFF = "edge-partner", "edge-staff"
PARTNER_ORDER = "an order at the partner's door, decided"
COUNTER_ORDER = "an order at a counter, taken"
LIST = "a store's list of the day"
CALLS = (PARTNER_ORDER, COUNTER_ORDER, LIST)

CALL_SECONDS_MAX = 60.0  # nobody waits so long: a call that takes longer is told as not answered
WAIT_SECONDS = 10  # as long as the door waits with an answer: wait_seconds_max
_GROUP = "ship"


@dataclass(frozen=True)
class _Called:
    call: str
    at: float
    seconds: float


class Callers:
    """Makes each of CALLS once in `interval_seconds`, whatever the others take. Times are monotonic.

    Where `at_once_max` calls wait already, a machine is too busy for more, and they are left out, which is told.
    `problems` says in words what was answered otherwise than it should be.
    """

    def __init__(
        self,
        addresses: Addresses,
        app_key: str,
        staff_key: str,
        skus: Sequence[str],
        interval_seconds: float,
        at_once_max: int,
    ) -> None:
        self._at_once_max = at_once_max
        self._http = addresses.http
        self._keys = {PARTNER: app_key, STAFF: staff_key}
        self._skus = cycle(skus)
        self._interval_seconds = interval_seconds
        self._called: list[_Called] = []
        self._left_out: list[float] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self.problems: list[str] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Call for as long as the body runs, and then wait for the last answers."""
        calling = asyncio.create_task(self._call_on())
        try:
            yield
        finally:
            calling.cancel()
            await asyncio.gather(calling, *self._under_way, return_exceptions=True)

    def took(self, call: str, since: float, until: float) -> list[float]:
        """How long each of these calls took that was to begin then and has been answered, in seconds."""
        return [each.seconds for each in self._called if each.call == call and since <= each.at < until]

    def left_out(self, since: float, until: float) -> int:
        """How many calls were to begin then and were not made."""
        return len(CALLS) * sum(since <= at < until for at in self._left_out)

    async def answered(self) -> None:
        """Wait until all that has been asked so far is answered, or given up."""
        await asyncio.gather(*self._under_way)

    async def _call_on(self) -> None:
        begun = time.monotonic()
        for number in count():
            at = begun + number * self._interval_seconds
            await asyncio.sleep(at - time.monotonic())
            if len(self._under_way) >= self._at_once_max:
                self._left_out.append(at)
                continue
            for call in CALLS:
                task = asyncio.create_task(self._call(call, at))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)

    async def _call(self, call: str, at: float) -> None:
        try:
            async with asyncio.timeout(CALL_SECONDS_MAX):
                answer = await self._answer(call)
        except (OSError, TimeoutError) as error:
            self.problems.append(f"not answered: {call}: {error!r}")
            return
        if answer.status not in (200, 202):
            said = answer.body.decode("utf-8", "replace")[:200]
            self.problems.append(f"not answered: {call}: {answer.status} {said}")
            return
        self._called.append(_Called(call, at, time.monotonic() - at))

    async def _answer(self, call: str) -> Answer:
        if call == LIST:
            return await self._ask(STAFF, "GET", "/v1/today")
        key, order = uuid7(), self._order()
        if call == COUNTER_ORDER:
            return await self._ask(STAFF, "POST", "/v1/orders", key, order)
        path = f"/v1/orders?wait={WAIT_SECONDS}"
        while (answer := await self._ask(PARTNER, "POST", path, key, order)).status == 202:
            pass  # the same request again is the same order, and goes on waiting for it
        return answer

    async def _ask(self, door: str, method: str, path: str, key: str = "", body: bytes = b"") -> Answer:
        headers = {"Authorization": f"Bearer {self._keys[door]}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        return await request(method, self._http[door] + path, headers, body, CALL_SECONDS_MAX)

    def _order(self) -> bytes:
        line = {
            "line_id": "1",
            "group_id": _GROUP,
            "sku": next(self._skus),
            "quantity": 1,
            "unit_price_jpy": 1_000,
            "tax_percent": 10,
        }
        group = {"group_id": _GROUP, "method": "ship", "prefecture": TOKYO}
        return json.dumps({"groups": [group], "lines": [line], "payment": "prepaid"}).encode()
