"""Which service is asked to give a task to somebody, or is told that it was begun: the one that needs it done."""

from collections.abc import Mapping

from pydantic import BaseModel

from edge.command_routes import Chosen
from edge.staff.handlers import SQL
from edge.web_app import Caller
from tsunagu.chassis import Connection
from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import INVENTORY_TASKS, ORDER_TASKS

# What stands in no other service's topic is pickup's.
_OF_TOPIC: Mapping[str, Mapping[type[Message], type[Message]]] = {
    ORDER_TASKS.name: {m.AssignTask: m.AssignOrderTask, m.StartTask: m.StartOrderTask},
    INVENTORY_TASKS.name: {m.AssignTask: m.AssignInventoryTask, m.StartTask: m.StartInventoryTask},
}


async def of_the_owner(
    command: type[Message], body: BaseModel, connection: Connection, caller: Caller
) -> Chosen:
    """The command of the service that has the task at the key's store; pickup's where no other has it.

    Pickup refuses it then, if it does not know the task either.
    """
    task_id = body.model_dump(include={"task_id"})["task_id"]
    row = await connection.fetchrow(SQL.owner_of_task, list(_OF_TOPIC), task_id, caller.holder)
    if row is None:
        return Chosen(command, {})
    return Chosen(_OF_TOPIC[row["topic"]][command], {"order_id": row["order_id"]})
