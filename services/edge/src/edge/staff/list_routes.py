"""One list per owner: the open tasks of a person, a store, an area or a department, over all services."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

from edge.problems import Problem
from edge.staff.handlers import SQL
from edge.staff.settings import Settings
from edge.web_app import AtDoor, caller_at_door, door_of, reading
from tsunagu.chassis import clock
from tsunagu.chassis.api_keys import holder_of
from tsunagu.contracts.messages import Task
from tsunagu.contracts.values import Instant, LocationId, Ref

router = APIRouter(tags=["tasks"])

HEADQUARTERS = "headquarters"
_DEPARTMENT = "dept:"


class Reader(BaseModel):
    """Whose key it is: a store's, or an owner's."""

    location_id: LocationId | None = None
    owner: Ref | None = None


async def _reader(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(HTTPBearer(auto_error=False))],
) -> Reader:
    door = door_of(request)
    settings = door.settings
    assert isinstance(settings, Settings)
    authorization = f"{credentials.scheme} {credentials.credentials}" if credentials is not None else None
    owner = holder_of(settings.owner_keys, authorization)
    if owner is not None:
        door.slow_down(owner)
        return Reader(owner=owner)
    return Reader(location_id=(await caller_at_door(request, authorization)).holder)


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
    reader: Annotated[Reader, Depends(_reader)],
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
        if reader.location_id is not None:
            rows = await connection.fetch(SQL.open_tasks_at, reader.location_id, owner, limit)
        else:
            listed = _allowed(reader, owner)
            department = listed.removeprefix(_DEPARTMENT) if listed.startswith(_DEPARTMENT) else None
            rows = await connection.fetch(SQL.open_tasks_of, listed, department, limit)
    found = [Task.model_validate(row["body"]) for row in rows[: limit - 1]]
    tasks = [{"overdue": task.due_at < now, "task": task} for task in found]
    return {"as_of": now, "tasks": tasks, "more": len(rows) == limit}


def _allowed(reader: Reader, asked: str | None) -> str:
    """Whose list is shown. Raises Problem 403 for another's."""
    assert reader.owner is not None
    if asked is None or asked == reader.owner:
        return reader.owner
    if reader.owner != HEADQUARTERS:
        raise Problem(403, "forbidden", "Your key shows your own list; leave owner out.")
    return asked
