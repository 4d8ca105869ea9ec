"""After Kafka is gone for good: all that a service has said, and its state, is told to another cluster."""

from typing import TYPE_CHECKING, Any

from tsunagu.chassis.database import Connection
from tsunagu.chassis.first_cause import FirstCause, transaction
from tsunagu.chassis.queries import beside
from tsunagu.contracts.ids import uuid7

if TYPE_CHECKING:
    from tsunagu.chassis.runtime import Runtime

SQL = beside(__file__)


async def begin(runtime: "Runtime") -> dict[str, Any]:
    """Have everything told again, and accept the cluster that the relay meets next; returns what there is to tell.

    One transaction. What was said keeps its ids, so that whoever has heard it passes over it; said twice, it begins
    again. Raises ConnectionError while there is no database.
    """
    async with transaction(runtime) as tx:
        planned = await _plan(runtime, tx.connection)
        seconds = runtime.settings.rebuild_timeout_seconds
        await tx.connection.execute(SQL.say_again, timeout=seconds)
        await tx.connection.execute(SQL.say_last_again, timeout=seconds)
        await tx.connection.execute(SQL.accept_any_cluster)
        cause = FirstCause(f"{runtime.service.name} is told again {uuid7()}", tx.now)
        for retelling in runtime.service.retellings:
            retelling.begin(tx, cause)
        if runtime.service.send_again is not None:
            await runtime.service.send_again(tx)
    runtime.wakers.relay.set()
    runtime.wakers.due.set()
    return planned


async def plan(runtime: "Runtime", connection: Connection) -> dict[str, Any]:
    """What there is to tell: events that are kept, by topic, and keys of state, by topic."""
    async with connection.transaction():
        return await _plan(runtime, connection)


async def _plan(runtime: "Runtime", connection: Connection) -> dict[str, Any]:
    seconds = runtime.settings.rebuild_timeout_seconds
    await connection.execute(SQL.set_statement_timeout, f"{round(seconds * 1000)}")
    said = await connection.fetch(SQL.count_said, timeout=seconds)
    state = {
        retelling.topic.name: await connection.fetchval(retelling.count, timeout=seconds)
        for retelling in runtime.service.retellings
    }
    return {"said": {row["topic"]: row["records"] for row in said}, "state": state}


async def progress(runtime: "Runtime", connection: Connection) -> dict[str, Any]:
    """What is still to be sent, by topic, and the state topics that are not told to their end, with what failed."""
    waiting = await connection.fetch(SQL.count_to_send)
    kinds = [retelling.kind for retelling in runtime.service.retellings]
    telling = await connection.fetch(SQL.retellings_left, kinds)
    return {
        "to_send": {row["topic"]: row["records"] for row in waiting},
        "telling": {row["topic"]: {"after": row["after"], "error": row["last_error"]} for row in telling},
    }
