"""Who has a task, and who has it next when it is overdue, by rules that are data."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol

from tsunagu.contracts.messages import Task
from tsunagu.contracts.values import TASK_STEPS_MAX, TaskStep

HEADQUARTERS = "headquarters"


class UnknownTaskKind(LookupError):  # noqa: N818 - the name says what is wrong
    """No rule is known for a kind of task."""


class Level(StrEnum):
    """To whom an overdue task is passed."""

    STORE = "store"
    AREA = "area"
    DEPARTMENT = "department"
    HEADQUARTERS = "headquarters"


@dataclass(frozen=True, slots=True)
class Step:
    """So many minutes after it was due, a task goes to a level."""

    after_minutes: float
    to: Level


@dataclass(frozen=True, slots=True)
class TaskRule:
    """What holds for the tasks of a kind. `standard_minutes`: None where its service plans them."""

    department: str
    standard_minutes: float | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Post:
    """Where a task is, as far as that names its owners. `department`: the one that answers for it."""

    location_id: str | None
    area: str | None
    department: str

    def owner(self, level: Level) -> str:
        """Who has the task at a level; one that it does not have passes it to the next."""
        if level is Level.STORE and self.location_id is not None:
            return _owner("store", self.location_id)
        if level in (Level.STORE, Level.AREA) and self.area is not None:
            return _owner("area", self.area)
        if level is Level.HEADQUARTERS:
            return HEADQUARTERS
        return department_owner(self.department)


class Passable(Protocol):
    """A task, as far as it can be given on: whichever class its service keeps it in."""

    @property
    def kind(self) -> str:
        """What is to be done."""

    @property
    def due_at(self) -> datetime:
        """By when."""

    @property
    def escalation(self) -> int:
        """How many steps of its kind's rule it has taken."""

    @property
    def history(self) -> tuple[TaskStep, ...]:
        """What has become of it."""


class GivenOn(NamedTuple):
    """What is new of a task that was given on."""

    owner: str
    escalation: int
    history: tuple[TaskStep, ...]


class TaskRules:
    """Rules by kind of task. `source` is where they are from, for people."""

    def __init__(self, rules: Iterable[tuple[str, TaskRule]], source: str = "the rules") -> None:
        """Raises ValueError where a kind has two rules, or steps are not in the order of their minutes."""
        self._source = source
        self._rules: dict[str, TaskRule] = {}
        for kind, rule in rules:
            if kind in self._rules:
                raise ValueError(f"{kind} has two rules")
            after = [step.after_minutes for step in rule.steps]
            if after != sorted(set(after)):
                raise ValueError(f"the steps of {kind} do not follow each other")
            self._rules[kind] = rule

    def __iter__(self) -> Iterator[tuple[str, TaskRule]]:
        """Every kind with its rule."""
        return iter(self._rules.items())

    def of(self, kind: str) -> TaskRule:
        """The rule of a kind. Raises UnknownTaskKind where there is none."""
        try:
            return self._rules[kind]
        except KeyError:
            raise UnknownTaskKind(f"there is no rule for {kind} in {self._source}") from None

    def due_before(self, kinds: Iterable[str], now: datetime) -> list[tuple[str, int, datetime]]:
        """What a search for overdue tasks asks for: kind, steps taken, until when such a task must have been due."""
        return [
            (kind, taken, now - timedelta(minutes=step.after_minutes))
            for kind in kinds
            for taken, step in enumerate(self.of(kind).steps)
        ]

    def give_on(self, task: Passable, post: Post, now: datetime) -> GivenOn | None:
        """The task's next owner, after all steps that are due by now; None where none is."""
        steps = steps_due(self.of(task.kind), task.due_at, task.escalation, now)
        if not steps:
            return None
        history = task.history
        for step in steps:
            history = with_step(history, TaskStep(at=now, what="escalated", owner=post.owner(step.to)))
        return GivenOn(post.owner(steps[-1].to), task.escalation + len(steps), history)

    def given_on(self, task: Task, area: str | None, now: datetime) -> Task:
        """The task with whoever has it by now; the same task where no step is due."""
        post = Post(task.location_id, area, task.department or self.of(task.kind).department)
        given = self.give_on(task, post, now)
        return task if given is None else task.model_copy(update=given._asdict())

    def levels(self, kind: str, before: int, after: int) -> tuple[Level, ...]:
        """To whom the steps lead that a task has taken since there were `before`."""
        return tuple(step.to for step in self.of(kind).steps[before:after])


def steps_due(rule: TaskRule, due_at: datetime, taken: int, now: datetime) -> tuple[Step, ...]:
    """The steps that a task is to be given on by now, in order; `taken` are behind it already.

    One sweep that comes late takes all that the sweeps before it would have taken.
    """
    late = now - due_at
    return tuple(step for step in rule.steps[taken:] if late >= timedelta(minutes=step.after_minutes))


def with_step(history: tuple[TaskStep, ...], step: TaskStep) -> tuple[TaskStep, ...]:
    """The history with a step more. Of more than a task tells, how it began is kept and what came last."""
    longer = (*history, step)
    if len(longer) <= TASK_STEPS_MAX:
        return longer
    return (longer[0], *longer[2:])


def team(location_id: str) -> str:
    """Who has a task that nobody has taken: the people of its location. An owner never looks like an e-mail."""
    return location_id.replace("@", "-")


def department_owner(department: str) -> str:
    """A department, as the owner of tasks."""
    return _owner("dept", department)


def _owner(kind: str, name: str) -> str:
    return f"{kind}:{name}".replace("@", "-")[:100]
