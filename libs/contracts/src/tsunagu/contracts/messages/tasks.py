"""Who does what by when: one shape for the tasks of all services."""

from typing import Annotated, ClassVar

from pydantic import Field

from tsunagu.contracts.message import State
from tsunagu.contracts.values import (
    DOCUMENT_LINES_MAX,
    Code,
    Id,
    Instant,
    LocationId,
    Minutes,
    Name,
    Ref,
    TaskLine,
    TaskState,
    Text,
)


class Task(State):
    """Something for somebody to do, published by the service that needs it done."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.task.v1"
    KEY: ClassVar[tuple[str, ...]] = ("task_id",)

    task_id: Id
    kind: Code
    """pick, put_away, ship_transfer, receive_transfer, ship_parcel, count, discrepancy, merge_review …

    pick_wave and put_away_wave are one list for the tasks of several orders, whose `parent_id` names it.
    """
    subject: Name
    """What it is about, in a line for people."""
    detail: Text = ""
    order_id: Id | None = None
    transfer_id: Id | None = None
    parent_id: Id | None = None
    """The wave that the task is in."""
    location_id: LocationId | None = None
    lines: Annotated[tuple[TaskLine, ...], Field(max_length=DOCUMENT_LINES_MAX)] = ()
    owner: Ref | None = None
    due_at: Instant
    state: TaskState
    planned_minutes: Minutes | None = None
    minutes: Minutes | None = None
    """How long it took, once done."""
    created_at: Instant
    started_at: Instant | None = None
    ended_at: Instant | None = None
