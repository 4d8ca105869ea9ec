"""What happens when nothing happened in time: nobody came, nothing arrived."""

from collections.abc import Iterable, Sequence

from pickup.desk import Desk
from pickup.domain import ending, punctuality
from pickup.store import WORKS
from tsunagu.chassis import Connection, Due, RowKey, Transaction


async def works(_: Connection, dues: Sequence[Due]) -> Iterable[RowKey]:
    """The works that the timers are about."""
    return [WORKS.row(due.payload["work_id"]) for due in dues]


async def pickup_expired(tx: Transaction, dues: Sequence[Due]) -> None:
    """Nobody came by pickup_by."""
    desk = await Desk.load(tx, [due.payload["work_id"] for due in dues])
    for due in dues:
        group_id = due.payload["group_id"]
        desk.decide(
            due.payload["work_id"],
            due,
            lambda work, scene, group_id=group_id: ending.expired(work, group_id, scene),  # type: ignore[misc]
            at=tx.now,
        )
    await desk.save()


async def transfer_at_risk(tx: Transaction, dues: Sequence[Due]) -> None:
    """A transfer should be there soon."""
    desk = await Desk.load(tx, [due.payload["work_id"] for due in dues])
    for due in dues:
        desk.decide(
            due.payload["work_id"],
            due,
            lambda work, scene, transfer_id=due.key: punctuality.warn(work, transfer_id, scene),  # type: ignore[misc]
            at=tx.now,
        )
    await desk.save()
