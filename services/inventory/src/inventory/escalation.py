"""Overdue tasks go on to their next owners, each step once. What another process is at is left for the next turn."""

from inventory.domain.tasks import TaskKind
from inventory.metrics import TASKS_ESCALATED
from inventory.settings import settings
from inventory.sql import SQL
from inventory.store.tasks import kept_task, save_tasks
from tsunagu.chassis import Cause, FirstCause, Periodic, Runtime, Transaction, transaction
from tsunagu.contracts.messages import Task
from tsunagu.planning import due_before, given_on, steps_due, task_rules


async def give_on(runtime: Runtime) -> None:
    """Give on what is overdue, `escalation_rows_max` tasks at most; the next turn goes on."""
    async with transaction(runtime) as tx:
        await give_on_overdue(tx)


async def give_on_overdue(tx: Transaction) -> None:
    """The same, in a transaction."""
    kinds, taken, before = zip(*due_before(task_rules(), TaskKind, tx.now), strict=True)
    rows = await tx.connection.fetch(
        SQL.lock_overdue_tasks, kinds, taken, before, settings().escalation_rows_max
    )
    changed: dict[str, tuple[Task, Cause]] = {}
    for row in rows:
        task = kept_task(row["version"], row["body"])
        steps = steps_due(task_rules().of(task.kind), task.due_at, task.escalation, tx.now)
        if not steps:
            continue
        cause = FirstCause(f"inventory escalation {task.task_id} {task.version}", tx.now)
        changed[task.task_id] = (given_on(task, steps, row["area"], tx.now), cause)
        for step in steps:
            tx.count(TASKS_ESCALATED, kind=task.kind, to=step.to)
    await save_tasks(tx, changed)


ESCALATION = Periodic("overdue tasks", settings().escalation_interval_seconds, give_on)
