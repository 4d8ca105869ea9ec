"""For the day on which Kafka is gone: which works are open, and pickup's state topics told anew."""

from collections.abc import Sequence
from dataclasses import replace

from pickup.domain.codes import replaced
from pickup.domain.model import GroupState, Work
from pickup.handlers import capacity, shipments
from pickup.issuing import new_token, publish_code
from pickup.store import load_works, save_works
from pickup.task_state import task_state
from tsunagu.chassis import Cause, Connection, Key, Retelling, Transaction, beside
from tsunagu.contracts.topics import PICKUP_CAPACITY, PICKUP_CODES, PICKUP_TASKS

SQL = beside(__file__, "retelling.sql")


async def open_keys(connection: Connection, work_ids: Sequence[str]) -> set[str]:
    """Those of these orders and transfers that have not come to their end."""
    return {row["work_id"] for row in await connection.fetch(SQL.open_works, work_ids)}


async def issue_codes(tx: Transaction, cause: Cause, after: Key, limit: int) -> Key | None:
    """Issue a new code for each of the next orders that has one: what is kept here does not tell the old one."""
    work_ids = [
        row["work_id"] for row in await tx.connection.fetch(SQL.lock_works_with_code_after, *after, limit)
    ]
    if not work_ids:
        return None
    works = await load_works(tx.connection, work_ids)
    await save_works(tx.connection, [(work, _with_new_code(tx, work, cause)) for work in works.values()])
    return (work_ids[-1],)


def _with_new_code(tx: Transaction, work: Work, cause: Cause) -> Work:
    """Any code of an order is good for all of it, so one new code takes the place of all old ones."""
    waiting = [
        (group.pickup_by, group.group_id)
        for group in work.groups.values()
        if group.state is GroupState.READY and group.pickup_by is not None
    ]
    if not waiting:
        return work
    valid_until, group_id = max(waiting)
    without = replace(work, codes=tuple(replaced(code) for code in work.codes))
    return publish_code(tx, without, group_id, new_token(), valid_until, cause)


async def tell_capacities(tx: Transaction, cause: Cause, after: Key, limit: int) -> Key | None:
    """Publish what the next locations can take, as it was published last."""
    rows = await tx.connection.fetch(SQL.lock_locations_after, *after, limit)
    for row in rows:
        capacity.publish(tx, cause, row["capacity_version"], row["location_id"], row["said"])
    return (rows[-1]["location_id"],) if rows else None


async def tell_tasks(tx: Transaction, cause: Cause, after: Key, limit: int) -> Key | None:
    """Publish the tasks of the next works as they stand."""
    work_ids = [row["work_id"] for row in await tx.connection.fetch(SQL.lock_works_after, *after, limit)]
    if not work_ids:
        return None
    for work in (await load_works(tx.connection, work_ids)).values():
        for task in work.tasks.values():
            tx.publish(task_state(task, work), cause=cause, topic=PICKUP_TASKS)
    return (work_ids[-1],)


RETELLINGS = (
    Retelling(PICKUP_CODES, issue_codes, SQL.count_codes),
    Retelling(PICKUP_CAPACITY, tell_capacities, SQL.count_capacities),
    shipments.RETELLING,
    Retelling(PICKUP_TASKS, tell_tasks, SQL.count_tasks),
)
