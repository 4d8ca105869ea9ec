"""Overdue tasks go on to their next owners: a sweep finds them, second steps give them on under their works' locks."""

from collections.abc import Sequence

from pickup import metrics
from pickup.desk import Desk
from pickup.domain import escalation
from pickup.domain.model import TaskKind
from pickup.settings import settings
from tsunagu.chassis import Due, Escalation, FirstCause, Transaction, beside

SQL = beside(__file__, "escalation.sql")
ESCALATE = "escalate"
ESCALATION = Escalation(
    find=SQL.works_with_overdue,
    kinds=TaskKind,
    rules=settings().task_rules,
    taken=metrics.TASKS_ESCALATED,
    settings=settings(),
)


async def ask_for_overdue(tx: Transaction) -> None:
    """Have works looked at that have tasks to give on. One that is asked for twice is looked at twice, and nothing is
    found then.
    """
    for row in await ESCALATION.overdue(tx):
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
            ESCALATION.count(tx, task.kind, before.tasks[task.task_id].escalation, task.escalation)
    await desk.save()
