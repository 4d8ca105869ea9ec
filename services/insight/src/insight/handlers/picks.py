"""pickup.events: what was picked, and what was not there."""

from collections.abc import Iterable, Sequence
from datetime import date

from insight.handlers import facts, figures, subjects
from tsunagu.chassis import Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import PickCompleted, PickShorted

Pick = PickCompleted | PickShorted


async def keys(_: Connection, messages: Sequence[Received[Pick]]) -> Iterable[RowKey]:
    """The picks."""
    return subjects.rows(facts.of_pick(received.message, date.min).subject_id for received in messages)


async def picked(tx: Transaction, messages: Sequence[Received[Pick]]) -> None:
    """Count pieces for the location and day of the pick."""
    changes = figures.changes(tx)
    told = [
        facts.of_pick(received.message, figures.day_of(tx, received.message.occurred_at))
        for received in messages
    ]
    await subjects.take(tx, told, changes)
    await figures.note(tx, changes, messages[-1])
