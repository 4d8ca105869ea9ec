"""One list per owner: the open tasks of a person, a store, an area or a department, over all services."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from edge.problems import Problem
from edge.staff.handlers import SQL
from edge.staff.owners import HEADQUARTERS, department_of, is_owner
from edge.staff.settings import Settings
from edge.web_app import AtDoor, Holder, reading
from tsunagu.chassis import clock
from tsunagu.contracts.messages import Task
from tsunagu.contracts.values import Instant, Ref

router = APIRouter(tags=["tasks"])


class ListedTask(BaseModel):
    """An open task; `overdue`: it should have been done by now."""

    overdue: bool
    task: Task


class TaskList(BaseModel):
    """Open tasks by when they are due; `more` says that not all are shown."""

    as_of: Instant
    tasks: list[ListedTask]
    more: bool


@router.get("/v1/task-lists", response_model=TaskList, response_model_exclude_none=True)
async def get_task_list(
    door: AtDoor,
    holder: Holder,
    owner: Annotated[
        Ref | None, Query(description="S001, staff:7, store:S001, area:kanto, dept:logistics, headquarters")
    ] = None,
) -> dict[str, Any]:
    """A store's key shows what is open at the store, all of it or one owner's. Another owner's key shows its own list,
    of a department also what it answers for; headquarters' key shows anybody's.
    """
    settings = door.settings
    assert isinstance(settings, Settings)
    limit = settings.tasks_shown_max + 1
    now = clock.now()
    async with reading(door) as connection:
        if is_owner(holder):
            listed = _allowed(holder, owner)
            rows = await connection.fetch(SQL.open_tasks_of, listed, department_of(listed), limit)
        else:
            rows = await connection.fetch(SQL.open_tasks_at, holder, owner, limit)
    found = [Task.model_validate(row["body"]) for row in rows[: limit - 1]]
    tasks = [{"overdue": task.due_at < now, "task": task} for task in found]
    return {"as_of": now, "tasks": tasks, "more": len(rows) == limit}


def _allowed(holder: str, asked: str | None) -> str:
    """Whose list is shown. Raises Problem 403 for another's."""
    if asked is None or asked == holder:
        return holder
    if holder != HEADQUARTERS:
        raise Problem(403, "forbidden", "You see your own list; leave owner out.")
    return asked
