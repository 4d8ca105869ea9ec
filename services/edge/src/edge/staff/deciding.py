"""What people answer of tasks that want an answer: which command it becomes, and who may give it.

The body says the answer and the task; what the task is about comes from the task itself, so that nobody answers for
another's. At a store, people need the right `decide`: whoever counts does not approve what was counted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, create_model

from edge.command_routes import Chosen, OtherBody, add_command_route, request_model
from edge.problems import Problem
from edge.staff.handlers import COMMANDS, SQL
from edge.staff.owners import HEADQUARTERS, department_of, is_owner
from edge.web_app import Caller, Door
from tsunagu.chassis import Connection
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import Topic
from tsunagu.contracts.values import Id

DECIDE = "decide"
"""The right of a store's people to answer what is asked of the store."""

TaskBody = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer to tasks of some kinds: the command that it becomes, and the fields that the task itself says."""

    command: type[Message]
    topic: Topic
    kinds: frozenset[str]
    says: Mapping[str, Callable[[TaskBody], Any]]

    def fits(self, task: TaskBody) -> bool:
        """Whether the task says all that the command needs of it."""
        return all(said(task) is not None for said in self.says.values())

    def body(self) -> OtherBody:
        """The command's fields but those that the task says, and the task's id."""
        own = request_model(self.command, frozenset(self.says))
        asked: dict[str, Any] = {"task_id": (Id, ...)}
        model = create_model(own.__name__, __base__=own, __doc__=self.command.__doc__, **asked)
        return OtherBody(model, _as_it_is)


def _field(name: str) -> Callable[[TaskBody], Any]:
    return lambda task: task.get(name)


def _customer_ref(place: int) -> Callable[[TaskBody], Any]:
    def said(task: TaskBody) -> Any:
        refs = task.get("customer_refs", [])
        return refs[place] if place < len(refs) else None

    return said


DECISIONS: Mapping[str, Decision] = {
    "count-approvals": Decision(
        m.ApproveCount,
        topics.INVENTORY_TASKS,
        frozenset({"approve_count"}),
        {"count_id": _field("count_id"), "location_id": _field("location_id")},
    ),
    "discrepancy-settlements": Decision(
        m.SettleDiscrepancy,
        topics.INVENTORY_TASKS,
        frozenset({"discrepancy"}),
        {"discrepancy_id": _field("task_id"), "location_id": _field("location_id")},
    ),
    "money-settlements": Decision(
        m.SettleMoney,
        topics.ORDER_TASKS,
        frozenset({"settle_money", "return_unmatched"}),
        {"order_id": _field("order_id")},
    ),
    "customer-merges": Decision(
        m.MergeCustomers,
        topics.CUSTOMER_TASKS,
        frozenset({"merge_review"}),
        {"customer_ref": _customer_ref(0), "other_ref": _customer_ref(1)},
    ),
    "customer-splits": Decision(
        m.SplitCustomer,
        topics.CUSTOMER_TASKS,
        frozenset({"contradiction"}),
        {"customer_ref": _customer_ref(1), "split_refs": lambda task: task.get("customer_refs", [])[:1]},
    ),
    "review-dismissals": Decision(
        m.DismissReview,
        topics.CUSTOMER_TASKS,
        frozenset({"merge_review", "contradiction"}),
        {"customer_ref": _customer_ref(0)},
    ),
}
"""By the name under which each is posted."""

BY_COMMAND = {decision.command: decision for decision in DECISIONS.values()}


def offered(topic: str, task: TaskBody, caller: Caller) -> list[str] | None:
    """The answers that somebody may give to a task; None where the task wants none: its work ends it."""
    wanted = {
        name: decision
        for name, decision in DECISIONS.items()
        if decision.topic.name == topic and task["kind"] in decision.kinds
    }
    if not wanted:
        return None
    if not (_is_theirs(task, caller) and _has_the_right(caller)):
        return []
    return [name for name, decision in wanted.items() if decision.fits(task)]


async def decided(command: type[Message], body: BaseModel, connection: Connection, caller: Caller) -> Chosen:
    """The command with what its task says. Raises Problem 404 for another's task, 403 without the right."""
    decision = BY_COMMAND[command]
    task_id = body.model_dump(include={"task_id"})["task_id"]
    task: TaskBody | None = await connection.fetchval(SQL.task_of, decision.topic.name, task_id)
    asks = task is not None and task["kind"] in decision.kinds and decision.fits(task)
    if task is None or not asks or not _is_theirs(task, caller):
        raise Problem(404, "not-found", "No task of yours with this id asks for this answer.")
    if not _has_the_right(caller):
        raise Problem(403, "right-needed", f"Only people with the right {DECIDE!r} may answer for the store.")
    values = {name: said(task) for name, said in decision.says.items()}
    # Who is signed in answers, whoever the body names.
    return Chosen(
        command, values if caller.user is None else {**values, "staff_ref": _staff_ref(caller.user)}
    )


def _is_theirs(task: TaskBody, caller: Caller) -> bool:
    """Whether somebody is asked: the store where it is, whoever has it, the department in charge, headquarters."""
    holder = caller.holder
    if not is_owner(holder):
        return task.get("location_id") == holder
    return holder in (HEADQUARTERS, task.get("owner")) or (
        department_of(holder) is not None and department_of(holder) == task.get("department")
    )


def _has_the_right(caller: Caller) -> bool:
    """A store's key is a system of the store's, which knows by itself who decides there."""
    return caller.user is None or is_owner(caller.holder) or DECIDE in caller.rights


def _staff_ref(user: str) -> str:
    """Who answers for it: never an address, which a user's name may be."""
    return f"staff:{user.partition('@')[0]}"


async def _as_it_is(body: BaseModel, _: Door) -> BaseModel:
    return body


router = APIRouter(tags=["decisions"])

for _name, _decision in DECISIONS.items():
    add_command_route(
        router, f"/v1/{_name}", _decision.command, COMMANDS, other_body=_decision.body(), choose=decided
    )
