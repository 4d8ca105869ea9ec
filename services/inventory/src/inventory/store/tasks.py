"""Tasks on inventory.tasks: who has to look at what, and by when.

A task's row is written last in a transaction and in the order of ids; its lock keeps the versions in order.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from inventory.domain.stock import StockKey
from inventory.domain.tasks import TaskKind
from inventory.settings import settings
from inventory.sql import SQL
from tsunagu.chassis import Cause, Transaction
from tsunagu.contracts.ids import derived_id
from tsunagu.contracts.messages import Task
from tsunagu.contracts.topics import INVENTORY_TASKS
from tsunagu.contracts.values import TaskLine, TaskState
from tsunagu.planning import ended, new_task, opened

_UNKNOWN = {
    TaskKind.UNKNOWN_SKU: "Goods of a SKU that no catalogue knows were booked",
    TaskKind.UNKNOWN_LOCATION: "Goods were booked at a location that is not in the network",
}
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def lasting_task_id(kind: TaskKind, *about: str) -> str:
    """The id of the one task of a kind about a thing: asked for again, it opens again."""
    return derived_id(_BEGINNING, f"inventory {kind}", "\n".join(about))


class Tasks:
    """The tasks that a transaction opens and closes. Call `save` last of all."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._opened: dict[str, tuple[Task, Cause]] = {}
        self._closed: dict[str, Cause] = {}

    def open_unknown(self, kind: TaskKind, key: StockKey, *, cause: Cause) -> None:
        """Ask for the master data of a SKU or a location."""
        about = (key.location_id,) if kind is TaskKind.UNKNOWN_LOCATION else (key.sku,)
        self.open(
            lasting_task_id(kind, *about),
            kind,
            f"{_UNKNOWN[kind]}: {' '.join(about)}"[:200],
            cause=cause,
            location_id=key.location_id,
            lines=[(key.sku, 0)],
            due_in=timedelta(hours=settings().discrepancy_hours),
        )

    def open_count(self, location_id: str, sku: str, why: str, *, cause: Cause) -> None:
        """Have a SKU counted at a location."""
        self.open(
            lasting_task_id(TaskKind.COUNT, location_id, sku),
            TaskKind.COUNT,
            f"Count {sku} at {location_id}"[:200],
            cause=cause,
            detail=why,
            location_id=location_id,
            lines=[(sku, 0)],
            due_in=timedelta(minutes=settings().recount_minutes),
        )

    def open(
        self,
        task_id: str,
        kind: TaskKind,
        subject: str,
        *,
        cause: Cause,
        location_id: str,
        lines: Sequence[tuple[str, int]],
        due_in: timedelta,
        detail: str = "",
        order_id: str | None = None,
        transfer_id: str | None = None,
    ) -> None:
        """Open a task; `lines` are SKUs with quantities, 0 where the task is to find out."""
        task = Task(
            task_id=task_id,
            version=1,
            kind=kind,
            subject=subject,
            detail=detail,
            order_id=order_id,
            transfer_id=transfer_id,
            location_id=location_id,
            lines=tuple(TaskLine(sku=sku, quantity=quantity) for sku, quantity in lines),
            due_at=self._tx.now + due_in,
            state=TaskState.OPEN,
            created_at=self._tx.now,
        )
        self._closed.pop(task_id, None)
        self._opened[task_id] = (new_task(task), cause)

    def close(self, task_id: str, *, cause: Cause) -> None:
        """Close a task if it is open."""
        self._opened.pop(task_id, None)
        self._closed[task_id] = cause

    def close_all(self, task_ids: Iterable[str], *, cause: Cause) -> None:
        """Close those of the tasks that are open."""
        for task_id in task_ids:
            self.close(task_id, cause=cause)

    async def save(self) -> None:
        """Write and publish them."""
        if not (self._opened or self._closed):
            return
        now = self._tx.now
        rows = await self._tx.connection.fetch(SQL.lock_tasks, sorted({*self._opened, *self._closed}))
        before = {row["task_id"]: kept_task(row["version"], row["body"]) for row in rows}
        changed: dict[str, tuple[Task, Cause]] = {}
        for task_id, (asked, cause) in self._opened.items():
            changed[task_id] = (opened(before.get(task_id), asked, now), cause)
        for task_id, cause in self._closed.items():
            task = before.get(task_id)
            if task is not None and task.ended_at is None:
                changed[task_id] = (ended(task, None, now), cause)
        await save_tasks(self._tx, changed)


def kept_task(version: int, body: dict[str, Any]) -> Task:
    """A task as its row has it."""
    return Task.model_validate({**body, "version": version})


async def save_tasks(tx: Transaction, changed: Mapping[str, tuple[Task, Cause]]) -> None:
    """Write and publish tasks that are locked, or new, each under its next version."""
    if not changed:
        return
    tasks = [changed[task_id][0] for task_id in sorted(changed)]
    rows = await tx.connection.fetch(
        SQL.save_tasks,
        [task.task_id for task in tasks],
        [task.kind for task in tasks],
        [task.location_id for task in tasks],
        [task.lines[0].sku if task.lines else None for task in tasks],
        [task.due_at for task in tasks],
        [task.escalation for task in tasks],
        [task.ended_at for task in tasks],
        [task.model_dump(mode="json", exclude_none=True, exclude={"version"}) for task in tasks],
    )
    versions = {row["task_id"]: row["version"] for row in rows}
    for task in tasks:
        publish(tx, task.model_copy(update={"version": versions[task.task_id]}), changed[task.task_id][1])


def publish(tx: Transaction, task: Task, cause: Cause) -> None:
    """Publish a task as it stands."""
    tx.publish(task, cause=cause, topic=INVENTORY_TASKS)
