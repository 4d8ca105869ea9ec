"""inventory.events: what counts found, and promises that stock could not keep."""

from collections.abc import Iterable, Sequence
from datetime import date

from insight.handlers import facts, figures, subjects
from tsunagu.chassis import Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import PromiseBroken, StockCounted


async def count_keys(_: Connection, messages: Sequence[Received[StockCounted]]) -> Iterable[RowKey]:
    """The counts."""
    return subjects.rows(facts.of_counted(received.message, date.min).subject_id for received in messages)


async def counted(tx: Transaction, messages: Sequence[Received[StockCounted]]) -> None:
    """Count how much of what was counted was as expected, once the count is applied."""
    changes = figures.changes(tx)
    told = [
        facts.of_counted(received.message, figures.day_of(tx, received.message.occurred_at))
        for received in messages
    ]
    await subjects.take(tx, told, changes)
    await figures.note(tx, changes, messages[-1])


async def order_keys(_: Connection, messages: Sequence[Received[PromiseBroken]]) -> Iterable[RowKey]:
    """The orders whose promise is broken."""
    return subjects.rows(facts.of_order(received.message.order_id) for received in messages)


async def broken(tx: Transaction, messages: Sequence[Received[PromiseBroken]]) -> None:
    """Count orders that were oversold; before it is known what they asked for, they wait."""
    changes = figures.changes(tx)
    await subjects.take(tx, [facts.of_broken(received.message) for received in messages], changes)
    await figures.note(tx, changes, messages[-1])
