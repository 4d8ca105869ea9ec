"""Overdue tasks are looked for from time to time, and go on to their next owners, each step once."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import asyncpg
from prometheus_client import Counter
from pydantic import Field
from pydantic_settings import BaseSettings

from tsunagu.chassis.first_cause import FirstCause, transaction
from tsunagu.chassis.kept_tasks import KeptTasks, kept_task
from tsunagu.chassis.runtime import Runtime
from tsunagu.chassis.service import Periodic
from tsunagu.chassis.transaction import Transaction
from tsunagu.contracts.messages import Task


class EscalationSettings(BaseSettings):
    """What the settings of a service with tasks have in common."""

    escalation_interval_seconds: float = Field(
        60.0, gt=0, description="rules count in hours; a minute is soon enough, and cheap on a partial index"
    )
    escalation_rows_max: int = Field(
        500, ge=1, description="tasks given on in one turn; after an outage the next turns go on"
    )


class EscalationRules(Protocol):
    """What is asked of the rules, which the machinery does not know: `tsunagu.planning` has them."""

    def due_before(self, kinds: Iterable[str], now: datetime) -> Sequence[tuple[str, int, datetime]]:
        """Kind, steps taken, and until when such a task must have been due for its next step to be due now."""

    def given_on(self, task: Task, area: str | None, now: datetime) -> Task:
        """The task with whoever has it by now; the same task where no step is due."""

    def levels(self, kind: str, before: int, after: int) -> Sequence[str]:
        """To whom the steps lead that a task has taken since there were `before`."""


@dataclass(frozen=True)
class Escalation:
    """A service's look for overdue tasks of its kinds.

    `find`: a query from kinds, steps taken, due before (an array each) and a limit to what is overdue; it leaves out
    what somebody else is at, for the next turn. `taken` counts the steps by kind and level (`to`).
    """

    find: str
    kinds: Iterable[str]
    rules: EscalationRules
    taken: Counter
    settings: EscalationSettings

    def periodic(self, turn: Callable[[Transaction], Awaitable[None]]) -> Periodic:
        """Does a turn, in a transaction of its own, every `escalation_interval_seconds`."""

        async def run(runtime: Runtime) -> None:
            async with transaction(runtime) as tx:
                await turn(tx)

        return Periodic("overdue tasks", self.settings.escalation_interval_seconds, run)

    async def overdue(self, tx: Transaction) -> list[asyncpg.Record]:
        """What is overdue, `escalation_rows_max` rows at most; the next turn goes on."""
        kinds, taken, before = zip(*self.rules.due_before(self.kinds, tx.now), strict=True)
        return await tx.connection.fetch(self.find, kinds, taken, before, self.settings.escalation_rows_max)

    def count(self, tx: Transaction, kind: str, before: int, after: int) -> None:
        """Count the steps that a task has taken."""
        for level in self.rules.levels(kind, before, after):
            tx.count(self.taken, kind=kind, to=level)

    async def give_on(self, tx: Transaction, tasks: KeptTasks) -> None:
        """A turn over kept tasks: `find` locks them, and adds the `area` of their location."""
        changed: dict[str, tuple[Task, FirstCause]] = {}
        for row in await self.overdue(tx):
            task = kept_task(row)
            after = self.rules.given_on(task, row["area"], tx.now)
            # Another process may have given it on after it was found here and before it was locked.
            if after.escalation != task.escalation:
                cause = FirstCause(f"{tasks.topic.name} escalation {task.task_id} {task.version}", tx.now)
                changed[task.task_id] = (after, cause)
                self.count(tx, task.kind, task.escalation, after.escalation)
        await tasks.save(tx, changed)
