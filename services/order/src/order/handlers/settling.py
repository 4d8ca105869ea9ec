"""Money that goods and books disagreed about is settled by somebody."""

from collections.abc import Sequence

from order.tasks import TASKS
from tsunagu.chassis import Received, Transaction
from tsunagu.contracts.messages import SettleMoney, Task
from tsunagu.planning import ended


async def settle(tx: Transaction, commands: Sequence[Received[SettleMoney]]) -> None:
    """End the task that a settlement is about, and keep how it was settled."""

    def settled(task: Task, command: SettleMoney) -> Task:
        detail = f"{command.settled}: {command.amount_jpy} yen"
        return ended(task, command.staff_ref, tx.now).model_copy(update={"detail": detail})

    await TASKS.answer(tx, commands, settled)
