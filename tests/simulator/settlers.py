"""Whoever settles what goods, books and money disagree about: order's tasks, and inventory's discrepancies."""

from collections.abc import Callable
from functools import partial

from tsunagu.contracts import messages as m
from tsunagu.contracts import topics as t
from tsunagu.retailer.task_documents import DISCREPANCY, OPEN_STATES, settle_discrepancy, settle_money
from tsunagu.testing.simulated_clock import SimulatedClock

from .post import Post, Sent

TOPICS = (t.ORDER_TASKS, t.INVENTORY_TASKS)


class Settlers:
    """They answer each version of such a task once. Inventory's counts are left: nobody here has seen a shelf."""

    def __init__(self, clock: SimulatedClock, post: Post) -> None:
        self._clock = clock
        self._post = post
        self._tasks: dict[str, tuple[t.Topic, m.Task]] = {}
        self._answered: dict[str, int] = {}  # task → the version that was answered

    def learn(self, topic: t.Topic, task: m.Task) -> None:
        """Somebody has a task, or has it no more."""
        _, known = self._tasks.get(task.task_id, (topic, None))
        if topic is t.INVENTORY_TASKS and task.kind != DISCREPANCY:
            return
        if known is None or known.version < task.version:
            self._tasks[task.task_id] = (topic, task)

    def waiting(self) -> list[Callable[[], list[Sent]]]:
        """What somebody can settle now."""
        return [
            partial(self._settle, topic, task)
            for topic, task in self._open()
            if task.version > self._answered.get(task.task_id, 0)
        ]

    def left_over(self) -> list[str]:
        """Tasks that nobody has settled."""
        return [
            f"{topic.name}: {task.kind} {task.task_id} is {task.state} in version {task.version}"
            for topic, task in self._open()
        ]

    def _open(self) -> list[tuple[t.Topic, m.Task]]:
        return [(topic, task) for topic, task in self._tasks.values() if task.state in OPEN_STATES]

    def _settle(self, topic: t.Topic, task: m.Task) -> list[Sent]:
        self._answered[task.task_id] = task.version
        if topic is t.ORDER_TASKS:
            return self._post.send(settle_money(task, task.version, self._clock.now()))
        return self._post.send(settle_discrepancy(task, self._clock.now()))
