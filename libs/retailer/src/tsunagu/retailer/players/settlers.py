"""Whoever settles what goods, books and money disagree about: the tasks of order, and inventory's discrepancies."""

import asyncio
from collections.abc import Callable

from tsunagu.contracts.messages import SettleDiscrepancy, SettleMoney, Task
from tsunagu.contracts.topics import INVENTORY_TASKS, ORDER_TASKS
from tsunagu.retailer.intentions import Fate
from tsunagu.retailer.stage import Stage
from tsunagu.retailer.task_documents import (
    DISCREPANCY,
    HEAD_OFFICE,
    OPEN_STATES,
    settle_discrepancy,
    settle_money,
)

SETTLES_AFTER_SECONDS = Fate().starts_task_after
"""They begin a task as soon as anybody else does."""


class Settlers:
    """They answer each version of such a task once.

    What else inventory asks for is left open: a count says what is on a shelf, and nobody here has seen one.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._answered: set[tuple[str, int]] = set()
        # By topic: pickup has discrepancies too, whose goods its staff put away.
        stage.news.listen(ORDER_TASKS, Task, self._hear_of_money)
        stage.news.listen(INVENTORY_TASKS, Task, self._hear_of_goods)

    def _hear_of_money(self, task: Task) -> None:
        # A task may open again: the version tells one settlement from the next.
        self._settle(task, lambda: settle_money(task, task.version, self._stage.clock.now))

    def _hear_of_goods(self, task: Task) -> None:
        if task.kind == DISCREPANCY:
            self._settle(task, lambda: settle_discrepancy(task, self._stage.clock.now))

    def _settle(self, task: Task, command: Callable[[], SettleMoney | SettleDiscrepancy]) -> None:
        if self._is_new(task):
            self._stage.begin(self._ask(task, command))

    def _is_new(self, task: Task) -> bool:
        version = (task.task_id, task.version)
        if task.state not in OPEN_STATES or version in self._answered:
            return False
        self._answered.add(version)
        return True

    async def _ask(self, task: Task, command: Callable[[], SettleMoney | SettleDiscrepancy]) -> None:
        await asyncio.sleep(SETTLES_AFTER_SECONDS)
        source = HEAD_OFFICE if task.location_id is None else f"staff/{task.location_id}"
        await self._stage.ask(command(), source)
