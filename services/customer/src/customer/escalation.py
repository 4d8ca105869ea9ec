"""Overdue tasks go on to their next owners, each step once. Nobody has them by a location, so there is no area."""

from customer.domain.tasks import TaskKind
from customer.metrics import TASKS_ESCALATED
from customer.settings import settings
from customer.store.tasks import SQL, TASKS
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
