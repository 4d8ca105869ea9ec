"""When goods can be there, and who has a task: hours, holidays, lanes, escalation. One computation, without I/O."""

from tsunagu.planning.calendar import (
    ALWAYS_OPEN,
    CLOSED,
    DAYS_AHEAD_MAX,
    Hours,
    midnight,
    open_for,
    opens_within,
)
from tsunagu.planning.capacity import Slot, slots_ahead, take_minutes
from tsunagu.planning.escalation import (
    HEADQUARTERS,
    GivenOn,
    Level,
    Passable,
    Post,
    Step,
    TaskRule,
    TaskRules,
    UnknownTaskKind,
    department_owner,
    steps_due,
    team,
    with_step,
)
from tsunagu.planning.holidays import is_public_holiday, public_holidays
from tsunagu.planning.lanes import Lane, arrival, departure
from tsunagu.planning.rules_file import BadTaskRules, task_rules
from tsunagu.planning.tasks import assigned, cancelled, ended, new_task, opened, started

__all__ = [
    "ALWAYS_OPEN",
    "CLOSED",
    "DAYS_AHEAD_MAX",
    "HEADQUARTERS",
    "BadTaskRules",
    "GivenOn",
    "Hours",
    "Lane",
    "Level",
    "Passable",
    "Post",
    "Slot",
    "Step",
    "TaskRule",
    "TaskRules",
    "UnknownTaskKind",
    "arrival",
    "assigned",
    "cancelled",
    "department_owner",
    "departure",
    "ended",
    "is_public_holiday",
    "midnight",
    "new_task",
    "open_for",
    "opened",
    "opens_within",
    "public_holidays",
    "slots_ahead",
    "started",
    "steps_due",
    "take_minutes",
    "task_rules",
    "team",
    "with_step",
]
