"""Overdue tasks go on to their next owners: a sweep finds them, second steps give them on under their works' locks."""

from collections.abc import Sequence

from pickup import metrics
from pickup.desk import Desk
from pickup.domain import escalation
from pickup.domain.model import TaskKind
from pickup.settings import settings
from tsunagu.chassis import Due, FirstCause, Runtime, Transaction, beside, transaction
from tsunagu.planning import due_before, task_rules

SQL = beside(__file__, "escalation.sql")
ESCALATE = "escalate"


async def find_overdue(runtime: Runtime) -> None:
    """Have works looked at that have tasks to give on, `escalation_rows_max` at most; the next turn goes on."""
    async with transaction(runtime) as tx:
        await ask_for_overdue(tx)


async def ask_for_overdue(tx: Transaction) -> None:
    """The same in a transaction. A work that is asked for twice is looked at twice, and nothing is found then."""
    kinds, taken, before = zip(*due_before(task_rules(), TaskKind, tx.now), strict=True)
    rows = await tx.connection.fetch(
        SQL.works_with_overdue, kinds, taken, before, settings().escalation_rows_max
    )
    for row in rows:
        work_id = row["work_id"]
        cause = FirstCause(f"pickup escalation {work_id} {tx.now.isoformat()}", tx.now)
        tx.schedule(ESCALATE, work_id, tx.now, cause=cause, payload={"work_id": work_id})


async def escalate(tx: Transaction, dues: Sequence[Due]) -> None:
    """Give on the overdue tasks of works."""
    desk = await Desk.load(tx, [due.payload["work_id"] for due in dues])
    for due in dues:
        before = desk.works[due.key]
        decision = desk.decide(due.key, due, escalation.escalate, at=tx.now)
        for task in decision.work.tasks.values():
            taken = before.tasks[task.task_id].escalation
            for step in task_rules().of(task.kind).steps[taken : task.escalation]:
                tx.count(metrics.TASKS_ESCALATED, kind=task.kind, to=step.to)
    await desk.save()
