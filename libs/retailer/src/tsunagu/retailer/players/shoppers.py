"""Shoppers: they come for what is ready, show a code, are looked up or pay at the till, and bring some of it back."""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import (
    CommandRefused,
    HandOver,
    OrderCancelled,
    OrderCompleted,
    OrderReady,
    OrderReallocated,
    PickupCode,
    ReturnItems,
)
from tsunagu.contracts.topics import ORDER_EVENTS, PICKUP_CODES
from tsunagu.contracts.values import DeskCheck, Disposition, FulfilmentMethod, ReturnLine
from tsunagu.retailer.door import Door
from tsunagu.retailer.fates import LOCKING_CODES
from tsunagu.retailer.intentions import OrderAct, Proof, ReturnWay, Shown
from tsunagu.retailer.occurrences import DIGITS_TYPED
from tsunagu.retailer.staff_door import StaffDoor
from tsunagu.retailer.stage import Stage
from tsunagu.retailer.till_documents import staff_of

_LOCKED = "locked"  # why pickup refuses every code for a while

DESK_REGISTER = "90"
"""The service desk's register: its numbers run as shoppers come, the other tills' as the script says."""


class Shoppers:
    """All shoppers with an order; what a channel reports of them goes through its door.

    `counters` take digits; without them whoever has only those shows the QR code after all.
    """

    def __init__(
        self,
        stage: Stage,
        by_order: Mapping[str, OrderAct],
        stores: Sequence[str],
        doors: Mapping[str, Door],
        counters: StaffDoor | None = None,
    ) -> None:
        self._stage = stage
        self._by_order = by_order
        self._stores = stores
        self._doors = doors
        self._counters = counters
        self._ready: dict[tuple[str, str], OrderReady] = {}
        self._codes: dict[str, asyncio.Future[PickupCode]] = {}
        self._numbers: dict[str, int] = defaultdict(int)
        self._returned: set[str] = set()
        stage.news.listen(ORDER_EVENTS, OrderReady, self._is_ready)
        stage.news.listen(ORDER_EVENTS, OrderCompleted, self._is_completed)
        stage.news.listen(ORDER_EVENTS, OrderCancelled, self._is_cancelled)
        stage.news.listen(ORDER_EVENTS, OrderReallocated, self._is_reallocated)
        stage.news.listen(PICKUP_CODES, PickupCode, self._got_code)

    def _is_ready(self, event: OrderReady) -> None:
        act = self._by_order.get(event.order_id)
        if act is None:
            return
        self._ready[event.order_id, event.group_id] = event
        # Who has cancelled does not come, whether the cancellation came in time or not.
        if act.fate.comes_after is not None and act.fate.cancels_after is None:
            self._stage.begin(self._visit(event, act, act.fate.comes_after))

    def _is_completed(self, event: OrderCompleted) -> None:
        self._ready.pop((event.order_id, event.group_id), None)
        act = self._by_order.get(event.order_id)
        if act is not None and act.fate.returns_after is not None and event.order_id not in self._returned:
            self._returned.add(event.order_id)
            self._stage.begin(self._bring_back(event, act, act.fate.returns_after))

    def _is_cancelled(self, event: OrderCancelled) -> None:
        for line in event.lines:
            self._ready.pop((event.order_id, line.group_id), None)

    def _is_reallocated(self, event: OrderReallocated) -> None:
        """Not all of it is there any more; a new notice will come."""
        for group in event.groups:
            self._ready.pop((event.order_id, group.group_id), None)

    def _got_code(self, code: PickupCode) -> None:
        known = self._code(code.order_id)
        if known.done():
            self._codes[code.order_id] = known = asyncio.get_running_loop().create_future()
        known.set_result(code)

    def _code(self, order_id: str) -> asyncio.Future[PickupCode]:
        if order_id not in self._codes:
            self._codes[order_id] = asyncio.get_running_loop().create_future()
        return self._codes[order_id]

    async def _visit(self, notice: OrderReady, act: OrderAct, after: float) -> None:
        await asyncio.sleep(after)
        # What has been fetched, cancelled or taken back meanwhile is not there; a newer notice has its own visit.
        if self._ready.get((notice.order_id, notice.group_id)) is not notice:
            return
        if act.fate.proof is not Proof.CODE:
            await self._pay_at_the_desk(notice, act)
        if act.fate.proof is not Proof.RECEIPT:
            await self._show_code(notice, act)

    async def _show_code(self, notice: OrderReady, act: OrderAct) -> None:
        code = await asyncio.shield(self._code(notice.order_id))
        wrong = act.fate.wrong_codes if act.fate.proof is Proof.CODE else 0
        for number in range(wrong):
            somebodys = hashlib.sha256(f"{notice.order_id}:{number}".encode()).hexdigest()
            await self._hand_over(notice, f"wrong-{number}", code_hash=somebodys)
        if act.fate.shown is Shown.NOTHING and act.fate.proof is Proof.CODE:
            await self._look_up(notice)
        elif act.fate.shown is Shown.DIGITS and self._counters is not None:
            await self._counters.type_digits(self._handover(notice, "digits"), code.digits)
            self._stage.did[DIGITS_TYPED] += 1
            if wrong >= LOCKING_CODES:
                await self._look_up(notice)
        else:
            its_hash = hashlib.sha256(code.token.encode("ascii")).hexdigest()
            answer = await self._hand_over(notice, "code", code_hash=its_hash)
            if isinstance(answer, CommandRefused) and answer.reason == _LOCKED:
                await self._look_up(notice)

    async def _look_up(self, notice: OrderReady) -> None:
        """Staff look at a document and answer for it."""
        await self._hand_over(notice, "desk", desk_check=DeskCheck.ID_DOCUMENT)

    async def _hand_over(self, notice: OrderReady, name: str, **proof: Any) -> Message:
        command = self._handover(notice, name, **proof)
        return await self._stage.ask(command, f"staff/{notice.location_id}")

    def _handover(self, notice: OrderReady, name: str, **proof: Any) -> HandOver:
        return HandOver(
            handover_id=f"{notice.order_id}-{notice.group_id}-{name}-{notice.version}",
            order_id=notice.order_id,
            location_id=notice.location_id,
            staff_ref=staff_of(notice.location_id),
            occurred_at=self._stage.clock.now,
            **proof,
        )

    async def _pay_at_the_desk(self, notice: OrderReady, act: OrderAct) -> None:
        receipt = self._stage.documents.handover(
            notice.lines,
            notice.order_id,
            notice.location_id,
            DESK_REGISTER,
            self._next_number(notice.location_id),
            self._stage.clock.now,
            act.customer_ref,
        )
        await self._stage.kafka.send(receipt, f"till/{notice.location_id}-{DESK_REGISTER}")

    async def _bring_back(self, event: OrderCompleted, act: OrderAct, after: float) -> None:
        await asyncio.sleep(after)
        line = event.lines[0]
        here = event.location_id
        if event.method is FulfilmentMethod.SHIP or here not in self._stores:
            here = self._stores[0]
        if act.fate.return_way is ReturnWay.TILL:
            message = self._stage.documents.order_return(
                line,
                event.order_id,
                here,
                DESK_REGISTER,
                self._next_number(here),
                self._stage.clock.now,
                event.receipt_id,
            )
            await self._stage.kafka.send(message, f"till/{here}-{DESK_REGISTER}")
            return
        command = ReturnItems(
            return_id=f"{event.order_id}-return",
            order_id=event.order_id,
            channel=act.channel,
            location_id=here,
            lines=(
                ReturnLine(
                    line_id=line.line_id, sku=line.sku, quantity=1, disposition=Disposition.RESELLABLE
                ),
            ),
            occurred_at=self._stage.clock.now,
        )
        await self._doors[act.channel].give(command)

    def _next_number(self, location_id: str) -> int:
        self._numbers[location_id] += 1
        return self._numbers[location_id]
