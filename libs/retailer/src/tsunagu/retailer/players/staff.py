"""Staff in stores and warehouses, and carriers: they do the tasks that pickup publishes."""

import asyncio
from collections.abc import Mapping
from functools import partial

from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import ConfirmDelivery, ReportTracking, ShipParcel, StartTask, Task
from tsunagu.contracts.topics import PICKUP_TASKS
from tsunagu.contracts.values import ShortPickKind, TaskLine, TaskState, TrackingStatus
from tsunagu.retailer.intentions import Fate, OrderAct
from tsunagu.retailer.stage import Stage
from tsunagu.retailer.task_documents import place_of, work_of
from tsunagu.retailer.till_documents import staff_of

LOOK_AGAIN_SECONDS = 2.0
"""How long staff wait, after all they did was booked, before they look whether something of the task is left."""

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
        if task.kind == "hand_over":
            return  # it waits for the shopper, who is played elsewhere
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
        location_id = place_of(task)
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
        return work_of(task, turn, self._stage.clock.now, partial(self._short_of, task, fate))

    def _short_of(self, task: Task, fate: Fate, line: TaskLine) -> ShortPickKind | None:
        """A piece of the line is not found where that is the order's fate: once in its life."""
        whose = (task.order_id or "", line.line_id or "")
        if fate.short_line is None or line.line_id != str(fate.short_line + 1) or whose in self._short:
            return None
        self._short.add(whose)
        return fate.short_kind
