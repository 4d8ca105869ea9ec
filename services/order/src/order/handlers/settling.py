"""Money that goods and books disagreed about is settled by somebody."""

from datetime import datetime

from order.tasks import TASKS
from tsunagu.contracts.messages import SettleMoney, Task
from tsunagu.planning import ended


def settled(task: Task, command: SettleMoney, now: datetime) -> Task:
    """The task is done, and keeps how it was settled."""
    detail = f"{command.settled}: {command.amount_jpy} yen"
    return ended(task, command.staff_ref, now).model_copy(update={"detail": detail})


settle = TASKS.deciding(settled)
