"""Money that goods and books disagreed about is settled by somebody."""

from collections.abc import Sequence

from order.tasks import load_tasks, save_tasks
from tsunagu.chassis import Cause, Received, Transaction
from tsunagu.contracts.messages import SettleMoney, Task
from tsunagu.planning import ended


async def settle(tx: Transaction, commands: Sequence[Received[SettleMoney]]) -> None:
    """End the task that a settlement is about, and keep how it was settled."""
    tasks = await load_tasks(tx, [received.message.task_id for received in commands])
    changed: dict[str, tuple[Task, Cause]] = {}
    for received in commands:
        command = received.message
        task = tasks.get(command.task_id)
        if task is None or task.order_id != command.order_id:
            tx.refuse(received, "unknown_task", f"order {command.order_id} has no task {command.task_id}")
        elif task.ended_at is not None:
            tx.refuse(received, "task_ended", f"task {command.task_id} is {task.state} already")
        else:
            detail = f"{command.settled}: {command.amount_jpy} yen"
            done = ended(task, command.staff_ref, tx.now).model_copy(update={"detail": detail})
            tasks[task.task_id] = done
            changed[task.task_id] = (done, received)
            tx.accept(received)
    await save_tasks(tx, changed)
