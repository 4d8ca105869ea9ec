"""Tasks on inventory.tasks: who has to look at what, and by when.

A task's row is written last in a transaction and in the order of ids; its lock keeps the versions in order.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from inventory.domain.stock import StockKey
from inventory.domain.tasks import DiscrepancyCase, TaskKind
from inventory.settings import settings
from tsunagu.chassis import Cause, KeptTasks, Transaction, beside
from tsunagu.contracts.ids import derived_id
from tsunagu.contracts.messages import Task
from tsunagu.contracts.topics import INVENTORY_TASKS
from tsunagu.contracts.values import TaskLine, TaskState
from tsunagu.planning import ended, new_task, opened

SQL = beside(__file__, "tasks.sql")
TASKS = KeptTasks(INVENTORY_TASKS, SQL, lambda task: task.task_id)
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
        count_id: str | None = None,
        case: DiscrepancyCase | None = None,
        expected: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        """Open a task; `lines` are SKUs with quantities, 0 where the task is to find out.

        `expected`: what the books say of a SKU that was counted.
        """
        task = Task(
            task_id=task_id,
            version=1,
            kind=kind,
            subject=subject,
            case=case,
            detail=detail,
            order_id=order_id,
            transfer_id=transfer_id,
            count_id=count_id,
            location_id=location_id,
            lines=tuple(
                TaskLine(sku=sku, quantity=quantity, expected=expected.get(sku)) for sku, quantity in lines
            ),
            due_at=self._tx.now + due_in,
            state=TaskState.OPEN,
            created_at=self._tx.now,
        )
        self._closed.pop(task_id, None)
        self._opened[task_id] = (new_task(task, settings().task_rules), cause)

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
        before = await TASKS.hold(self._tx, [*self._opened, *self._closed])
        changed: dict[str, tuple[Task, Cause]] = {}
        for task_id, (asked, cause) in self._opened.items():
            changed[task_id] = (opened(before.get(task_id), asked, now), cause)
        for task_id, cause in self._closed.items():
            task = before.get(task_id)
            if task is not None and task.ended_at is None:
                changed[task_id] = (ended(task, None, now), cause)
        await TASKS.save(self._tx, changed)
