"""Staff in stores and warehouses, and carriers: they do the tasks that pickup publishes."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import (
    ConfirmDelivery,
    ConfirmPick,
    ConfirmPutAway,
    ReceiveTransfer,
    ReportShortPick,
    ReportTracking,
    ShipParcel,
    ShipTransfer,
    StartTask,
    Task,
)
from tsunagu.contracts.topics import PICKUP_TASKS
from tsunagu.contracts.values import (
    PickedLine,
    PutAwayLine,
    TaskLine,
    TaskState,
    TrackingStatus,
    TransferReceiptLine,
)
from tsunagu.retailer.intentions import Fate, OrderAct
from tsunagu.retailer.stage import Stage
from tsunagu.retailer.till_documents import staff_of

LOOK_AGAIN_SECONDS = 2.0
"""How long staff wait, after all they did was booked, before they look whether something of the task is left."""

CARRIER = "つなぐ宅配"

_ACTIVE = frozenset({TaskState.OPEN, TaskState.ASSIGNED, TaskState.STARTED})
_ANY_FATE = Fate()


class Staff:
    """Everybody who works for the retailer; each task has somebody who does it."""

    def __init__(self, stage: Stage, by_order: Mapping[str, OrderAct]) -> None:
        self._stage = stage
        self._by_order = by_order
        self._tasks: dict[str, Task] = {}
        self._taken: set[str] = set()
        self._short: set[tuple[str, str]] = set()
        stage.news.listen(PICKUP_TASKS, Task, self._hear)

    def _hear(self, task: Task) -> None:
        known = self._tasks.get(task.task_id)
        if known is None or known.version < task.version:
            self._tasks[task.task_id] = task
        if self._is_active(task.task_id) and task.task_id not in self._taken:
            self._taken.add(task.task_id)
            self._stage.begin(self._do(task.task_id))

    def _is_active(self, task_id: str) -> bool:
        return self._tasks[task_id].state in _ACTIVE

    async def _do(self, task_id: str) -> None:
        """Begin a task, do it, and look again until it has ended: it may grow, or be taken back, at any time."""
        fate = self._fate(self._tasks[task_id])
        await asyncio.sleep(fate.starts_task_after)
        if self._is_active(task_id):
            await self._ask(self._start(self._tasks[task_id]), self._tasks[task_id])
        turn = 0
        while self._is_active(task_id):
            await asyncio.sleep(fate.works)
            task = self._tasks[task_id]
            if task.state in _ACTIVE:
                turn += 1
                steps = self._steps(task, fate, turn)
                await asyncio.gather(*(self._ask(step, task) for step in steps))
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
        self._taken.discard(task_id)

    def _fate(self, task: Task) -> Fate:
        act = self._by_order.get(task.order_id or "")
        return act.fate if act is not None else _ANY_FATE

    async def _ask(self, step: Message, task: Task) -> None:
        await self._stage.ask(step, f"staff/{task.location_id}")
        if isinstance(step, ShipParcel):
            self._stage.begin(self._deliver(step, self._fate(task)))

    async def _deliver(self, parcel: ShipParcel, fate: Fate) -> None:
        """The carrier's part: one scan on the way, then the door."""
        await asyncio.sleep(fate.delivery_takes / 2)
        seen = ReportTracking(
            tracking_id=f"{parcel.parcel_id}-1",
            parcel_id=parcel.parcel_id,
            order_id=parcel.order_id,
            status=TrackingStatus.OUT_FOR_DELIVERY,
            occurred_at=self._stage.clock.now,
        )
        await self._stage.kafka.send(seen, "carrier/takuhai")
        await asyncio.sleep(fate.delivery_takes / 2)
        delivered = ConfirmDelivery(
            confirmation_id=f"{parcel.parcel_id}-delivered",
            parcel_id=parcel.parcel_id,
            order_id=parcel.order_id,
            occurred_at=self._stage.clock.now,
        )
        await self._stage.ask(delivered, "carrier/takuhai")

    def _start(self, task: Task) -> StartTask:
        location_id = _place(task)
        return StartTask(
            start_id=f"{task.task_id}:start",
            task_id=task.task_id,
            location_id=location_id,
            order_id=task.order_id,
            transfer_id=task.transfer_id,
            staff_ref=staff_of(location_id),
            occurred_at=self._stage.clock.now,
        )

    def _steps(self, task: Task, fate: Fate, turn: int) -> list[Message]:
        """What there is to do for what is left of the task."""
        now = self._stage.clock.now
        match task.kind:
            case "pick":
                return [step for line in task.lines for step in self._pick(task, line, fate, turn, now)]
            case "ship_transfer":
                return [_ship_transfer(task, turn, now)]
            case "receive_transfer":
                return [_receive_transfer(task, turn, now)]
            case "ship_parcel":
                return [_ship_parcel(task, turn, now)]
            case "put_away" | "discrepancy":
                return [_put_away(task, turn, now)]
            case _:
                raise ValueError(f"the staff of the demo do not know tasks of the kind {task.kind}")

    def _pick(self, task: Task, line: TaskLine, fate: Fate, turn: int, now: datetime) -> list[Message]:
        """Take the line off the shelf, short of a piece where it is the order's fate: once in its life."""
        location_id = _place(task)
        its_id = f"{task.task_id}:{line.allocation_id}:{turn}"
        whose = (task.order_id or "", line.line_id or "")
        short = 0
        if (
            fate.short_line is not None
            and line.line_id == str(fate.short_line + 1)
            and whose not in self._short
        ):
            self._short.add(whose)
            short = 1
        steps: list[Message] = []
        if short:
            steps.append(
                ReportShortPick(
                    short_pick_id=f"{its_id}:short",
                    order_id=task.order_id,
                    transfer_id=task.transfer_id,
                    task_id=task.task_id,
                    location_id=location_id,
                    allocation_id=line.allocation_id,
                    line_id=line.line_id or "",
                    sku=line.sku,
                    quantity=short,
                    kind=fate.short_kind,
                    staff_ref=staff_of(location_id),
                    occurred_at=now,
                )
            )
        if line.quantity > short:
            steps.append(
                ConfirmPick(
                    pick_id=its_id,
                    order_id=task.order_id,
                    transfer_id=task.transfer_id,
                    task_id=task.task_id,
                    location_id=location_id,
                    allocation_id=line.allocation_id,
                    line_id=line.line_id or "",
                    sku=line.sku,
                    quantity=line.quantity - short,
                    staff_ref=staff_of(location_id),
                    occurred_at=now,
                )
            )
        return steps


def _ship_transfer(task: Task, turn: int, now: datetime) -> ShipTransfer:
    location_id = _place(task)
    return ShipTransfer(
        shipping_id=f"{task.task_id}:{turn}",
        transfer_id=task.transfer_id or "",
        order_id=task.order_id,
        location_id=location_id,
        staff_ref=staff_of(location_id),
        occurred_at=now,
    )


def _receive_transfer(task: Task, turn: int, now: datetime) -> ReceiveTransfer:
    location_id = _place(task)
    return ReceiveTransfer(
        receiving_id=f"{task.task_id}:{turn}",
        transfer_id=task.transfer_id or "",
        order_id=task.order_id,
        location_id=location_id,
        lines=tuple(
            TransferReceiptLine(
                line_id=line.line_id or "",
                sku=line.sku,
                shipped=line.quantity,
                received=line.quantity,
                allocation_id=line.allocation_id,
            )
            for line in task.lines
        ),
        complete=True,
        staff_ref=staff_of(location_id),
        occurred_at=now,
    )


def _ship_parcel(task: Task, turn: int, now: datetime) -> ShipParcel:
    location_id = _place(task)
    return ShipParcel(
        parcel_id=f"{task.task_id}:{turn}",
        order_id=task.order_id or "",
        location_id=location_id,
        carrier=CARRIER,
        tracking_number=f"T{task.task_id[-12:]}",
        cost_jpy=600,
        lines=tuple(
            PickedLine(
                line_id=line.line_id or "",
                sku=line.sku,
                quantity=line.quantity,
                allocation_id=line.allocation_id,
            )
            for line in task.lines
        ),
        staff_ref=staff_of(location_id),
        occurred_at=now,
    )


def _put_away(task: Task, turn: int, now: datetime) -> ConfirmPutAway:
    location_id = _place(task)
    return ConfirmPutAway(
        put_away_id=f"{task.task_id}:{turn}",
        order_id=task.order_id,
        transfer_id=task.transfer_id,
        task_id=task.task_id,
        location_id=location_id,
        lines=tuple(
            PutAwayLine(
                sku=line.sku,
                quantity=line.quantity,
                line_id=line.line_id,
                allocation_id=line.allocation_id,
            )
            for line in task.lines
        ),
        staff_ref=staff_of(location_id),
        occurred_at=now,
    )


def _place(task: Task) -> str:
    if task.location_id is None:
        raise ValueError(f"task {task.task_id} of pickup names no location: nobody can do it")
    return task.location_id
