"""Tasks on inventory.tasks: who has to look at what, and by when.

A task's row is written last in a transaction and in the order of ids; its lock keeps the versions in order.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from inventory.domain.stock import StockKey
from inventory.settings import settings
from inventory.sql import SQL
from tsunagu.chassis import Cause, Transaction
from tsunagu.contracts.ids import derived_id
from tsunagu.contracts.messages import Task
from tsunagu.contracts.topics import INVENTORY_TASKS
from tsunagu.contracts.values import TaskLine, TaskState

COUNT = "count"
APPROVE_COUNT = "approve_count"
DISCREPANCY = "discrepancy"
_UNKNOWN = {
    "unknown_sku": "Goods of a SKU that no catalogue knows were booked",
    "unknown_location": "Goods were booked at a location that is not in the network",
}
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def lasting_task_id(kind: str, *about: str) -> str:
    """The id of the one task of a kind about a thing: asked for again, it opens again."""
    return derived_id(_BEGINNING, f"inventory {kind}", "\n".join(about))


class Tasks:
    """The tasks that a transaction opens and closes. Call `save` last of all."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._opened: dict[str, tuple[dict[str, Any], Cause]] = {}
        self._closed: dict[str, Cause] = {}

    def open_unknown(self, kind: str, key: StockKey, *, cause: Cause) -> None:
        """Ask for the master data of a SKU or a location."""
        about = (key.location_id,) if kind == "unknown_location" else (key.sku,)
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
            lasting_task_id(COUNT, location_id, sku),
            COUNT,
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
        kind: str,
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
        now = self._tx.now
        body = {
            "task_id": task_id,
            "kind": kind,
            "subject": subject,
            "detail": detail,
            "order_id": order_id,
            "transfer_id": transfer_id,
            "location_id": location_id,
            "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines],
            "due_at": (now + due_in).isoformat(),
            "created_at": now.isoformat(),
        }
        self._closed.pop(task_id, None)
        self._opened[task_id] = (body, cause)

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
        connection = self._tx.connection
        if self._opened:
            opened = sorted(self._opened.items())
            bodies = [body for _, (body, _) in opened]
            rows = await connection.fetch(
                SQL.open_tasks,
                [task_id for task_id, _ in opened],
                [body["kind"] for body in bodies],
                [body["location_id"] for body in bodies],
                [body["lines"][0]["sku"] if body["lines"] else None for body in bodies],
                bodies,
            )
            for row in rows:
                publish(self._tx, row["version"], row["body"], None, self._opened[row["task_id"]][1])
        if self._closed:
            rows = await connection.fetch(SQL.close_tasks, sorted(self._closed), self._tx.now)
            for row in sorted(rows, key=lambda row: str(row["task_id"])):
                publish(self._tx, row["version"], row["body"], self._tx.now, self._closed[row["task_id"]])


def publish(
    tx: Transaction, version: int, body: dict[str, Any], ended_at: datetime | None, cause: Cause
) -> None:
    """Publish a task as it stands: open, or done at `ended_at`."""
    lines = tuple(TaskLine(**line) for line in body["lines"])
    state = TaskState.OPEN if ended_at is None else TaskState.DONE
    task = Task(**{**body, "lines": lines}, version=version, state=state, ended_at=ended_at)
    tx.publish(task, cause=cause, topic=INVENTORY_TASKS)
