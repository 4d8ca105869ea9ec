"""Tasks on order.tasks: money that somebody has to settle. Whoever writes one holds its order's lock."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from order.domain.tasks import TaskKind
from order.settings import settings
from tsunagu.chassis import KeptTasks, Transaction, beside
from tsunagu.contracts.ids import derived_id
from tsunagu.contracts.messages import ReturnUnmatched, SettlementDue, Task
from tsunagu.contracts.topics import ORDER_TASKS
from tsunagu.contracts.values import TaskLine, TaskState
from tsunagu.planning import new_task, opened

SQL = beside(__file__, "tasks.sql")
TASKS = KeptTasks(ORDER_TASKS, SQL, lambda task: task.order_id)


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
        due.amount_jpy,
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
    amount_jpy: int | None = None,
) -> Task:
    task = Task(
        task_id=task_id,
        version=1,
        kind=kind,
        subject=subject,
        order_id=order_id,
        location_id=location_id,
        lines=lines,
        amount_jpy=amount_jpy,
        due_at=tx.now + timedelta(hours=settings().settlement_hours),
        state=TaskState.OPEN,
        created_at=tx.now,
    )
    return opened(None, new_task(task, settings().task_rules), tx.now)
