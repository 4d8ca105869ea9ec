"""Who does what by when: one shape for the tasks of all services."""

from typing import Annotated, ClassVar

from pydantic import Field

from tsunagu.contracts.message import Command, State
from tsunagu.contracts.values import (
    DOCUMENT_LINES_MAX,
    TASK_STEPS_MAX,
    Code,
    Count,
    Evidence,
    Flag,
    Id,
    Instant,
    LocationId,
    Minutes,
    Name,
    PersonRef,
    Ref,
    TaskLine,
    TaskState,
    TaskStep,
    Text,
    Yen,
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
    case: Code | None = None
    """Which case of its kind it is, for whoever says it in another language: arrived_damaged, returned, not_come …"""
    detail: Text = ""
    order_id: Id | None = None
    transfer_id: Id | None = None
    parent_id: Id | None = None
    """The wave that the task is in."""
    count_id: Id | None = None
    """The count that is to be approved."""
    amount_jpy: Yen | None = None
    """The money that it is about, where that is known."""
    customer_refs: Annotated[tuple[PersonRef, ...], Field(max_length=2)] = ()
    """A ref of each of the two customers who may be one; or the ref of which it is asked whom it means, and another of
    its customer's, if there is one."""
    evidence: Evidence | None = None
    """What says that two customers are one, and what against it."""
    location_id: LocationId | None = None
    lines: Annotated[tuple[TaskLine, ...], Field(max_length=DOCUMENT_LINES_MAX)] = ()
    owner: Ref | None = None
    """Who has it: a person, or the team of a location; escalated, whoever the rules name (tsunagu.planning)."""
    department: Name | None = None
    """Which department answers for it, whoever has it."""
    due_at: Instant
    state: TaskState
    planned_minutes: Minutes | None = None
    minutes: Minutes | None = None
    """How long it took, once done and measured."""
    measured: Flag | None = None
    """Once done: whether `minutes` were measured; where not, the planned ones stand for them. None where another task
    has the minutes, or will share them out."""
    escalation: Count = 0
    """How many steps of its kind's rule it has been given on, because it was overdue."""
    history: Annotated[tuple[TaskStep, ...], Field(max_length=TASK_STEPS_MAX)] = ()
    created_at: Instant
    started_at: Instant | None = None
    ended_at: Instant | None = None


class TaskCommand(Command):
    """A command about a task that its service keeps as it publishes it."""

    task_id: Id


class KeptTaskAssignment(TaskCommand):
    """Give such a task to somebody."""

    IDENTITY: ClassVar[tuple[str, ...]] = ("assignment_id",)

    assignment_id: Id
    owner: Ref


class KeptTaskStart(TaskCommand):
    """Somebody begins such a task: its minutes run from occurred_at."""

    IDENTITY: ClassVar[tuple[str, ...]] = ("start_id",)

    start_id: Id
