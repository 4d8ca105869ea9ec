"""What is said of tasks, beside how far they are: lists over several of them, and what has to be found out."""

from audit.tables import Listed, ListLine, PlaceOfWork, Told
from tsunagu.contracts import messages as m
from tsunagu.contracts.values import TaskState

WAVES = frozenset({"pick_wave", "put_away_wave"})
DISCREPANCY = "discrepancy"


def note_task(told: Told, task: m.Task) -> None:
    """Enter the latest state of a task."""
    forget_task(told, task.task_id)
    is_wave = task.kind in WAVES
    if is_wave or task.parent_id is not None:
        is_open = task.state not in (TaskState.DONE, TaskState.CANCELLED)
        lines = tuple(
            ListLine(line.task_id, line.line_id, line.allocation_id, line.sku, line.quantity)
            for line in task.lines
        )
        told.lists[task.task_id] = Listed(is_wave, is_open, task.parent_id, lines if is_open else ())
    if task.kind == DISCREPANCY and task.location_id is not None:
        place = PlaceOfWork(task.location_id, task.order_id, task.transfer_id)
        told.discrepancies[task.task_id] = place


def forget_task(told: Told, task_id: str) -> None:
    """Enter that nothing is said of a task any more."""
    told.lists.pop(task_id, None)
    told.discrepancies.pop(task_id, None)
