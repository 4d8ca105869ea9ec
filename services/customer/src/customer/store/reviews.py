"""Questions to a person about customers: asked, asked again with what is new, and ended."""

from dataclasses import dataclass

from customer.domain.identity import Pair
from customer.domain.tasks import TaskKind
from customer.store.matching import SQL
from customer.store.tasks import TASKS, question
from tsunagu.chassis import Cause, Transaction
from tsunagu.contracts.messages import Task
from tsunagu.contracts.values import Evidence
from tsunagu.planning import cancelled, ended, opened


@dataclass(frozen=True, slots=True)
class _Answer:
    cause: Cause
    is_answered: bool
    by: str | None


class Reviews:
    """What a transaction asks and ends. Call `save` last of all. The caller holds the rows of a customer of each."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._asked: dict[str, tuple[Task, Cause]] = {}
        self._pairs: dict[str, Pair] = {}
        self._ended: dict[str, _Answer] = {}

    def ask(
        self,
        kind: TaskKind,
        task_id: str,
        detail: str,
        cause: Cause,
        *,
        customer_refs: tuple[str, ...],
        evidence: Evidence | None = None,
        pair: Pair | None = None,
    ) -> None:
        """Ask, or keep asking. `pair`: the customers of whom it asks whether they are one."""
        self._asked[task_id] = (question(self._tx, kind, task_id, detail, customer_refs, evidence), cause)
        if pair is not None:
            self._pairs[task_id] = pair

    def end(self, task_id: str, cause: Cause, *, is_answered: bool, by: str | None = None) -> None:
        """End a question if it is open: it is answered (`by` somebody), or there is nothing to ask any more."""
        self._ended[task_id] = _Answer(cause, is_answered, by)

    async def save(self) -> None:
        """Write and publish them."""
        if not (self._asked or self._ended):
            return
        before = await TASKS.hold(self._tx, [*self._asked, *self._ended])
        changed: dict[str, tuple[Task, Cause]] = {}
        for task_id, (asked, cause) in self._asked.items():
            task = opened(before.get(task_id), asked, self._tx.now)
            if not _is_as_before(task, before.get(task_id)):
                changed[task_id] = (task, cause)
        for task_id, answer in self._ended.items():
            known = before.get(task_id)
            if known is not None and known.ended_at is None:
                changed[task_id] = (self._over(known, answer), answer.cause)
        await TASKS.save(self._tx, changed)
        connection = self._tx.connection
        await connection.execute(SQL.delete_reviews, sorted(self._ended))
        if self._pairs:
            rows = [(task_id, *sorted(pair)) for task_id, pair in sorted(self._pairs.items())]
            await connection.execute(SQL.insert_reviews, *zip(*rows, strict=True))

    def _over(self, task: Task, answer: _Answer) -> Task:
        now = self._tx.now
        task = ended(task, answer.by, now) if answer.is_answered else cancelled(task, now)
        # Whom it was about is nobody's business any more, and would outlive them.
        return task.model_copy(update={"detail": "", "customer_refs": (), "evidence": None})


def _is_as_before(task: Task, before: Task | None) -> bool:
    return before is not None and task.model_copy(update={"version": before.version}) == before
