"""Tasks on order.tasks: money that somebody has to settle. Whoever writes one holds its order's lock."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from order.domain.tasks import TaskKind
from order.settings import settings
from tsunagu.chassis import Cause, Key, Transaction, beside
from tsunagu.contracts.ids import derived_id
from tsunagu.contracts.messages import ReturnUnmatched, SettlementDue, Task
from tsunagu.contracts.topics import ORDER_TASKS
from tsunagu.contracts.values import TaskLine, TaskState
from tsunagu.planning import new_task, opened

SQL = beside(__file__, "tasks.sql")
Changed = Mapping[str, tuple[Task, Cause]]
"""Tasks by id, each with what has changed it."""


def settlement_task(tx: Transaction, due: SettlementDue) -> Task:
    """Somebody has to settle what the shopper owes, or was owed all along. Its id is the settlement's."""
    subject = f"Settle {due.amount_jpy} yen: goods left after their order was closed"
    return _opened(
        tx,
        due.settlement_id,
        TaskKind.SETTLE_MONEY,
        subject,
        due.order_id,
        due.location_id,
        _lines(due.lines),
    )


def return_task(tx: Transaction, back: ReturnUnmatched) -> Task:
    """Somebody has to find out whose money goes with goods that no order had handed out."""
    task_id = derived_id(back.occurred_at, back.order_id, f"return task {back.return_id}")
    subject = "Find out whether money goes back for goods that no order had handed out"
    return _opened(
        tx, task_id, TaskKind.RETURN_UNMATCHED, subject, back.order_id, back.location_id, _lines(back.lines)
    )


def _lines(lines: Iterable[Any]) -> tuple[TaskLine, ...]:
    return tuple(TaskLine(sku=line.sku, quantity=line.quantity, line_id=line.line_id) for line in lines)


def _opened(
    tx: Transaction,
    task_id: str,
    kind: TaskKind,
    subject: str,
    order_id: str,
    location_id: str | None,
    lines: tuple[TaskLine, ...],
) -> Task:
    task = Task(
        task_id=task_id,
        version=1,
        kind=kind,
        subject=subject,
        order_id=order_id,
        location_id=location_id,
        lines=lines,
        due_at=tx.now + timedelta(hours=settings().settlement_hours),
        state=TaskState.OPEN,
        created_at=tx.now,
    )
    return opened(None, new_task(task), tx.now)


async def load_tasks(tx: Transaction, task_ids: Sequence[str]) -> dict[str, Task]:
    """Tasks by id; those that are not there are left out."""
    rows = await tx.connection.fetch(SQL.read_tasks, sorted(set(task_ids)))
    return {row["task_id"]: kept_task(row["version"], row["body"]) for row in rows}


def kept_task(version: int, body: dict[str, Any]) -> Task:
    """A task as its row has it."""
    return Task.model_validate({**body, "version": version})


async def save_tasks(tx: Transaction, changed: Changed) -> None:
    """Write and publish tasks, each under its next version."""
    if not changed:
        return
    tasks = [changed[task_id][0] for task_id in sorted(changed)]
    rows = await tx.connection.fetch(
        SQL.save_tasks,
        [task.task_id for task in tasks],
        [task.order_id for task in tasks],
        [task.ended_at is None for task in tasks],
        [task.kind for task in tasks],
        [task.due_at for task in tasks],
        [task.escalation for task in tasks],
        [task.model_dump(mode="json", exclude_none=True, exclude={"version"}) for task in tasks],
    )
    versions = {row["task_id"]: row["version"] for row in rows}
    for task in tasks:
        said = task.model_copy(update={"version": versions[task.task_id]})
        tx.publish(said, cause=changed[task.task_id][1], topic=ORDER_TASKS)


async def tell_tasks(tx: Transaction, cause: Cause, after: Key, limit: int) -> Key | None:
    """Publish the next tasks as they were published last."""
    rows = await tx.connection.fetch(SQL.lock_tasks_after, *after, limit)
    for row in rows:
        tx.publish(kept_task(row["version"], row["body"]), cause=cause, topic=ORDER_TASKS)
    return (rows[-1]["task_id"],) if rows else None
