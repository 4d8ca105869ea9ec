"""customer.profiles: where customers bought first, and whether they came again. Who is erased or merged is gone."""

from collections.abc import Iterable, Sequence

from insight.handlers import facts, figures, subjects
from insight.store.locks import SUBJECTS
from tsunagu.chassis import Connection, Deleted, Received, RowKey, Transaction
from tsunagu.contracts.messages import CustomerProfile


async def keys(_: Connection, messages: Sequence[Received[CustomerProfile]]) -> Iterable[RowKey]:
    """The customers."""
    return subjects.rows(facts.of_customer(received.message.customer_id) for received in messages)


async def told(tx: Transaction, messages: Sequence[Received[CustomerProfile]]) -> None:
    """Count customers by the day and channel of their first purchase, at the highest version of each."""
    changes = figures.changes(tx)
    bought = [
        (facts.of_customer(received.message.customer_id), facts.of_profile(received.message, tx.now))
        for received in messages
    ]
    await subjects.replace(tx, bought, changes)
    await figures.note(tx, changes, messages[-1])


async def keys_of_gone(_: Connection, messages: Sequence[Received[Deleted]]) -> Iterable[RowKey]:
    """The customers, as far as they are known."""
    return [SUBJECTS.row_if_there(facts.of_customer(received.key)) for received in messages]


async def gone(tx: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Forget customers."""
    ids = [facts.of_customer(received.key) for received in messages]
    there = sorted({one for one in ids if tx.is_locked(SUBJECTS.row(one))})
    if there:
        changes = figures.changes(tx)
        await subjects.forget(tx, there, changes)
        await figures.note(tx, changes, messages[-1])
