"""Tasks on customer.tasks: what a person is to decide about customers. They are written last in a transaction."""

from datetime import UTC, datetime, timedelta

from customer.domain.tasks import TaskKind
from customer.settings import settings
from tsunagu.chassis import KeptTasks, Transaction, beside
from tsunagu.contracts.ids import derived_id
from tsunagu.contracts.messages import Task
from tsunagu.contracts.topics import CUSTOMER_TASKS
from tsunagu.contracts.values import Evidence, TaskState
from tsunagu.planning import new_task

SQL = beside(__file__, "tasks.sql")
TASKS = KeptTasks(CUSTOMER_TASKS, SQL, lambda task: task.task_id)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_SUBJECTS = {
    TaskKind.MERGE_REVIEW: "Are these two customers one person?",
    TaskKind.CONTRADICTION: "Whom does this ref mean? A channel has said another name and birth date than before",
}


def lasting_task_id(kind: TaskKind, *about: str) -> str:
    """The id of the one task of a kind about a pair or a ref: asked for again, it opens again."""
    return derived_id(_BEGINNING, f"customer {kind}", "\n".join(about))


def question(
    tx: Transaction,
    kind: TaskKind,
    task_id: str,
    detail: str,
    customer_refs: tuple[str, ...],
    evidence: Evidence | None,
) -> Task:
    """Something to decide. It names refs and evidence, never what is known of a person."""
    task = Task(
        task_id=task_id,
        version=1,
        kind=kind,
        subject=_SUBJECTS[kind],
        detail=detail,
        customer_refs=customer_refs,
        evidence=evidence,
        due_at=tx.now + timedelta(hours=settings().review_hours),
        state=TaskState.OPEN,
        created_at=tx.now,
    )
    return new_task(task, settings().task_rules)
