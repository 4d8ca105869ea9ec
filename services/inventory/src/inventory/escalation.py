"""Overdue tasks go on to their next owners, each step once."""

from inventory.domain.tasks import TaskKind
from inventory.metrics import TASKS_ESCALATED
from inventory.settings import settings
from inventory.store.tasks import SQL, TASKS
from tsunagu.chassis import Escalation, Transaction

ESCALATION = Escalation(
    find=SQL.lock_overdue_tasks,
    kinds=TaskKind,
    rules=settings().task_rules,
    taken=TASKS_ESCALATED,
    settings=settings(),
)


async def give_on_overdue(tx: Transaction) -> None:
    """Give on what is overdue."""
    await ESCALATION.give_on(tx, TASKS)
