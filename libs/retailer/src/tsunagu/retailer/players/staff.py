"""Staff in stores and warehouses, and carriers: they do the tasks that pickup publishes."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from functools import partial

from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import (
    CommandRefused,
    ConfirmDelivery,
    ReportTracking,
    ShipParcel,
    StartTask,
    TakeWave,
    Task,
)
from tsunagu.contracts.topics import PICKUP_TASKS
from tsunagu.contracts.values import ShortPickKind, TaskLine, TaskState, TrackingStatus, WaveKind
from tsunagu.retailer.intentions import Fate, OrderAct, TruckAct
from tsunagu.retailer.stage import Stage
from tsunagu.retailer.task_documents import OPEN_STATES, place_of, work_of
from tsunagu.retailer.till_documents import staff_of

LOOK_AGAIN_SECONDS = 2.0
"""How long staff wait, after all they did was booked, before they look whether something of the task is left."""

_WAVES = frozenset(WaveKind)
_IS_WAVE = frozenset({"pick_wave", "put_away_wave"})
_ANY_FATE = Fate()


class Staff:
    """Everybody who works for the retailer; each task has somebody who does it."""

    def __init__(
        self, stage: Stage, by_order: Mapping[str, OrderAct], by_transfer: Mapping[str, TruckAct]
    ) -> None:
        self._stage = stage
        self._by_order = by_order
        self._by_transfer = by_transfer
        self._tasks: dict[str, Task] = {}
        self._taken: set[str] = set()
        self._short: set[tuple[str, str]] = set()
        self._open: dict[tuple[str, str], set[str]] = {}
        """Tasks that nobody has, by location and kind."""
        self._at_work: set[tuple[str, str]] = set()
        self._waves = 0
        self._turns: Counter[str] = Counter()
        self._worked: dict[str, int] = {}  # task → its version when it was worked on
        """How often each task was worked on, in any wave."""
        stage.news.listen(PICKUP_TASKS, Task, self._hear)

    def _hear(self, task: Task) -> None:
        known = self._tasks.get(task.task_id)
        if known is None or known.version < task.version:
            self._tasks[task.task_id] = task
        if task.kind == "hand_over":
            return  # it waits for the shopper, who is played elsewhere
        if task.kind in _WAVES:
            self._offer(self._tasks[task.task_id])
            return
        if self._is_active(task.task_id) and task.task_id not in self._taken:
            self._taken.add(task.task_id)
            self._stage.begin(self._do(task.task_id))

    def _offer(self, task: Task) -> None:
        """A task that is done in waves: whoever is there takes it with others, as long as nobody has it."""
        place = place_of(task), task.kind
        there = self._open.setdefault(place, set())
        if task.state is TaskState.OPEN:
            there.add(task.task_id)
        else:
            there.discard(task.task_id)
        if there and place not in self._at_work:
            self._at_work.add(place)
            self._stage.begin(self._take_waves(place))

    async def _take_waves(self, place: tuple[str, str]) -> None:
        """Take one wave after the other; whoever does that need not be who walks them."""
        location_id, kind = place
        while self._open[place]:
            await asyncio.sleep(_ANY_FATE.starts_task_after)
            self._waves += 1
            wave = TakeWave(
                wave_id=f"{self._stage.run_id}:wave:{self._waves}",
                location_id=location_id,
                kind=WaveKind(kind),
                owner=staff_of(location_id),
                occurred_at=self._stage.clock.now,
            )
            await self._stage.ask(wave, f"staff/{location_id}")
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        self._at_work.discard(place)

    def _is_active(self, task_id: str) -> bool:
        return self._tasks[task_id].state in OPEN_STATES

    async def _do(self, task_id: str) -> None:
        """Begin a task, do it, and look again until it has ended: it may grow, or be taken back, at any time."""
        fate = self._fate(self._tasks[task_id])
        await asyncio.sleep(fate.starts_task_after)
        # Whoever takes a wave has begun it.
        if self._is_active(task_id) and self._tasks[task_id].kind not in _IS_WAVE:
            await self._ask(self._start(self._tasks[task_id]), self._tasks[task_id])
        while self._is_active(task_id):
            await asyncio.sleep(fate.works)
            task = self._tasks[task_id]
            if task.state in OPEN_STATES:
                await asyncio.gather(*(self._work(own) for own in self._to_work(task)))
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
        self._taken.discard(task_id)

    def _to_work(self, task: Task) -> list[Task]:
        """The tasks that are worked on: itself, or those of a wave.

        Not one that looks as it did when it was worked on: its list is late, and goods that have left can't leave
        again.
        """
        own = [task]
        if task.kind in _IS_WAVE:
            # What a scan has just ended may be on the list for a moment: the tasks themselves say what is left.
            listed = (self._tasks.get(line.task_id or "") for line in task.lines)
            ours = {
                one.task_id: one
                for one in listed
                if one is not None and one.parent_id == task.task_id and self._is_active(one.task_id)
            }
            own = list(ours.values())
        return [one for one in own if one.version > self._worked.get(one.task_id, -1)]

    async def _work(self, task: Task) -> None:
        """Do what there is to do for what is left of a task."""
        self._worked[task.task_id] = task.version
        self._turns[task.task_id] += 1
        now = self._stage.clock.now
        steps = work_of(task, self._turns[task.task_id], now, partial(self._short_of, task))
        answers = await asyncio.gather(*(self._ask(step, task) for step in steps))
        if any(isinstance(answer, CommandRefused) for answer in answers):
            del self._worked[task.task_id]

    def _fate(self, task: Task) -> Fate:
        act = self._by_order.get(task.order_id or "") or self._by_transfer.get(task.transfer_id or "")
        return act.fate if act is not None else _ANY_FATE

    async def _ask(self, step: Message, task: Task) -> Message:
        answer = await self._stage.ask(step, f"staff/{task.location_id}")
        if isinstance(step, ShipParcel):
            self._stage.begin(self._deliver(step, self._fate(task)))
        return answer

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

    def _short_of(self, task: Task, line: TaskLine) -> ShortPickKind | None:
        """A piece of the line is not found where that is the order's fate: once in its life."""
        act = self._by_order.get(task.order_id or "")
        whose = (task.order_id or "", line.line_id or "")
        if act is None or act.fate.short_line is None or whose in self._short:
            return None
        if line.line_id != str(act.fate.short_line + 1):
            return None
        self._short.add(whose)
        return act.fate.short_kind
