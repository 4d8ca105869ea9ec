"""The way of every message about works: load → decide → save, a batch at a time."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pickup.desk import Desk
from pickup.domain.draft import Decision
from pickup.domain.model import Work
from pickup.domain.outcomes import MustWait
from pickup.domain.scene import Scene
from pickup.handlers import store_work
from pickup.settings import settings
from pickup.store import WORKS, works_of_tasks, works_of_transfers
from pickup.waiting import WaitingFact, forget_facts, keep_facts, load_facts, waiting_fact
from tsunagu.chassis import Connection, Handler, Received, RowKey, Transaction
from tsunagu.chassis.settings import chassis_settings
from tsunagu.contracts.message import Command, Fact, Message
from tsunagu.contracts.messages import (
    ConfirmDelivery,
    HandOver,
    ReceiveTransfer,
    ReportTracking,
    SaleRecorded,
    ShipParcel,
    ShipTransfer,
)

M = TypeVar("M", bound=Message)
DecideOn = Callable[[M, Work, Scene], Decision]
UNMATCHED = "unmatched"

MAY_WAIT: dict[type[Message], DecideOn[Any]] = {
    HandOver: store_work.hand_over,
    SaleRecorded: store_work.till_receipt,
    ShipTransfer: store_work.ship_transfer,
    ReceiveTransfer: store_work.receive_transfer,
    ShipParcel: store_work.ship_parcel,
    ReportTracking: store_work.report_tracking,
    ConfirmDelivery: store_work.confirm_delivery,
}
"""Facts that can't be booked before what they are about is known, and how they are decided on then."""


def deciding(message: type[M], decide: DecideOn[M]) -> Handler[M]:
    """A handler that has `decide` decide about each message's work (of a receipt: about each order it names)."""

    async def keys(connection: Connection, messages: Sequence[Received[M]]) -> Iterable[RowKey]:
        works = await _works_of(connection, messages)
        return [WORKS.row(work_id) for work_ids in works for work_id in work_ids]

    async def handle(tx: Transaction, messages: Sequence[Received[M]]) -> None:
        works = await _works_of(tx.connection, messages)
        if not any(works):
            return
        bench = await Bench.load(tx, works, [received.message for received in messages])
        for received, work_ids in zip(messages, works, strict=True):
            for work_id in work_ids:
                bench.decide(received, work_id, decide)
        await bench.save()

    return Handler(message, handle, keys)


async def _works_of(connection: Connection, messages: Sequence[Received[Message]]) -> list[tuple[str, ...]]:
    """The works that each message is about: its order's, else its transfer's or task's, else one by its own key."""
    transfer_ids: list[str] = []
    task_ids: list[str] = []
    for received in messages:
        message = received.message
        if getattr(message, "order_id", None) is None:
            transfer_ids += [i for i in (getattr(message, "transfer_id", None),) if i is not None]
            task_ids += [i for i in (getattr(message, "task_id", None),) if i is not None]
    by_transfer = await works_of_transfers(connection, transfer_ids) if transfer_ids else {}
    by_task = await works_of_tasks(connection, task_ids) if task_ids else {}
    works: list[tuple[str, ...]] = []
    for received in messages:
        message = received.message
        if isinstance(message, SaleRecorded):
            works.append(tuple(dict.fromkeys(line.order_id for line in message.lines if line.order_id)))
            continue
        order_id = getattr(message, "order_id", None)
        transfer_id = getattr(message, "transfer_id", None)
        found = (
            order_id
            or by_transfer.get(transfer_id or "")
            or by_task.get(getattr(message, "task_id", None) or "")
        )
        works.append((found or transfer_id or received.key,))
    return works


class Bench:
    """A desk with the facts that wait for its works: they are tried again after each decision."""

    def __init__(self, desk: Desk, stored: dict[str, list[WaitingFact]]) -> None:
        self._desk = desk
        self._waiting = stored
        self._stored = {id(fact) for facts in stored.values() for fact in facts}
        self._ended: list[WaitingFact] = []

    @classmethod
    async def load(
        cls, tx: Transaction, works: Sequence[Sequence[str]], messages: Sequence[Message]
    ) -> "Bench":
        """Lay out the works that the messages are about."""
        ids = sorted({work_id for work_ids in works for work_id in work_ids})
        locations: dict[str, set[str]] = {work_id: set() for work_id in ids}
        skus: set[str] = set()
        for message, work_ids in zip(messages, works, strict=True):
            parts = (*getattr(message, "groups", ()), *getattr(message, "allocations", ()))
            named = {part.location_id for part in parts}
            named |= {
                getattr(message, name, None) for name in ("location_id", "from_location_id", "to_location_id")
            }
            for work_id in work_ids:
                locations[work_id] |= named - {None}
            skus |= {line.sku for line in getattr(message, "lines", ()) if hasattr(line, "sku")}
        desk = await Desk.load(tx, ids, locations, skus)
        return cls(desk, await load_facts(tx.connection, ids))

    def decide(self, received: Received[M], work_id: str, decide: DecideOn[M]) -> None:
        """Decide about one message, then about what has waited for it."""
        message = received.message
        decision = self._desk.decide(
            work_id,
            received,
            lambda work, scene: decide(message, work, scene),
            at=happened_at(message, self._desk.tx.now),
            about=message,
        )
        if MustWait() in decision.outcomes:
            fact = waiting_fact(work_id, received)
            self._waiting.setdefault(work_id, []).append(fact)
            self._schedule_end(fact, received)
        else:
            self._try_again(work_id)

    def _try_again(self, work_id: str) -> None:
        tried = -1
        while (facts := self._waiting.get(work_id, [])) and len(facts) != tried:
            tried = len(facts)
            for fact in list(facts):
                decide = MAY_WAIT[type(fact.message)]
                decision = self._desk.decide(
                    work_id,
                    fact,
                    lambda work, scene, fact=fact, decide=decide: decide(fact.message, work, scene),  # type: ignore[misc]
                    at=happened_at(fact.message, self._desk.tx.now),
                    about=fact.message,
                )
                if MustWait() not in decision.outcomes:
                    facts.remove(fact)
                    self._ended.append(fact)

    def _schedule_end(self, fact: WaitingFact, received: Received[Any]) -> None:
        limits = settings()
        is_handover = isinstance(fact.message, HandOver | SaleRecorded)
        minutes = limits.unmatched_handover_minutes if is_handover else limits.unmatched_work_minutes
        due_at = self._desk.tx.now + timedelta(minutes=minutes)
        payload = {"work_id": fact.work_id, "message_id": fact.id, "message_source": fact.source}
        self._desk.tx.schedule(UNMATCHED, end_key(fact), due_at, cause=received, payload=payload)

    async def save(self) -> None:
        """Write everything back."""
        await self._desk.save()
        connection = self._desk.tx.connection
        new = [fact for facts in self._waiting.values() for fact in facts if id(fact) not in self._stored]
        if new:
            await keep_facts(connection, new, self._desk.tx.now)
        if self._ended:
            await forget_facts(connection, self._ended)
            for fact in self._ended:
                self._desk.tx.cancel(UNMATCHED, end_key(fact))


def end_key(fact: WaitingFact) -> str:
    """Names the end of a fact's waiting."""
    return f"{len(fact.work_id)}:{fact.work_id}:{fact.source}:{fact.id}"


def happened_at(message: Message, now: datetime) -> datetime:
    """When it happened. What claims to come from the future happened when it was recorded; a decision happens now."""
    if not isinstance(message, Command | Fact):
        return now
    occurred_at: datetime = message.occurred_at  # type: ignore[union-attr]
    latest = now + timedelta(seconds=chassis_settings().clock_skew_seconds_max)
    return occurred_at if occurred_at <= latest else now
