"""Tasks that a service keeps as rows of their own, each as it was published last."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias, TypeVar

import asyncpg

from tsunagu.chassis.queries import Queries
from tsunagu.chassis.received import Cause, Received
from tsunagu.chassis.retelling import Key, Retelling
from tsunagu.chassis.transaction import Transaction
from tsunagu.contracts.messages import Task
from tsunagu.contracts.messages.tasks import TaskCommand
from tsunagu.contracts.topics import Topic

ChangedTasks: TypeAlias = Mapping[str, tuple[Task, Cause]]
"""Tasks by id, each with what has changed it."""


C = TypeVar("C", bound=TaskCommand)
HandleCommands: TypeAlias = Callable[[Transaction, Sequence[Received[C]]], Awaitable[None]]


class KeptTasks:
    """The tasks of one topic.

    The queries are the service's: `hold_tasks` (ids → task_id, version, body of those that there are, and nobody else
    changes them meanwhile), `save_tasks` (ids and bodies → task_id and the version that each has then),
    `lock_tasks_after` (id, limit → the next ones) and `count_tasks`. A body is the Task without its version.
    """

    def __init__(self, topic: Topic, sql: Queries, key: Callable[[Task], str | None]) -> None:
        """`key`: the record key under which commands about a task come, and its row is held."""
        self.topic = topic
        self._key = key
        self._sql = sql

    async def hold(self, tx: Transaction, task_ids: Iterable[str]) -> dict[str, Task]:
        """Tasks by id, so that nobody else changes them; those that are not there are left out."""
        rows = await tx.connection.fetch(self._sql.hold_tasks, sorted(set(task_ids)))
        return {row["task_id"]: kept_task(row) for row in rows}

    async def save(self, tx: Transaction, changed: ChangedTasks) -> None:
        """Write and publish tasks that are held, or new, each under its next version."""
        if not changed:
            return
        task_ids = sorted(changed)
        bodies = [
            changed[task_id][0].model_dump(mode="json", exclude_none=True, exclude={"version"})
            for task_id in task_ids
        ]
        rows = await tx.connection.fetch(self._sql.save_tasks, task_ids, bodies)
        versions = {row["task_id"]: row["version"] for row in rows}
        for task_id in task_ids:
            task, cause = changed[task_id]
            told = task.model_copy(update={"version": versions[task_id]})
            tx.publish(told, cause=cause, topic=self.topic)

    def deciding(self, decide: Callable[[Task, C, datetime], Task]) -> HandleCommands[C]:
        """A handler of commands that change their tasks: `decide` says what becomes of one, given the time.

        A command about a task that is not there, or has ended, is refused; what changes nothing is accepted.
        """

        async def handle(tx: Transaction, commands: Sequence[Received[C]]) -> None:
            tasks = await self.hold(tx, [received.message.task_id for received in commands])
            changed: dict[str, tuple[Task, Cause]] = {}
            for received in commands:
                task_id = received.message.task_id
                task = tasks.get(task_id)
                if task is None or self._key(task) != received.key:
                    tx.refuse(received, "unknown_task", f"there is no task {task_id}; refresh the list")
                elif task.ended_at is not None:
                    detail = f"task {task_id} is {task.state} already; refresh the list"
                    tx.refuse(received, "task_ended", detail)
                else:
                    decided = decide(task, received.message, tx.now)
                    if decided != task:
                        tasks[task_id] = decided
                        changed[task_id] = (decided, received)
                    tx.accept(received)
            await self.save(tx, changed)

        return handle

    @property
    def retelling(self) -> Retelling:
        """The topic told anew: each task as it was published last."""
        return Retelling(self.topic, self._tell, self._sql.count_tasks)

    async def _tell(self, tx: Transaction, cause: Cause, after: Key, limit: int) -> Key | None:
        rows = await tx.connection.fetch(self._sql.lock_tasks_after, *after, limit)
        for row in rows:
            tx.publish(kept_task(row), cause=cause, topic=self.topic)
        return (rows[-1]["task_id"],) if rows else None


def kept_task(row: asyncpg.Record) -> Task:
    """A task as its row has it: `version` and `body`."""
    return Task.model_validate({**row["body"], "version": row["version"]})
