"""customer.events: who was erased. Their orders forget them: those that have ended at once, open ones at their end."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from order import erased_refs
from order.batch import ORDERS, orders_of
from order.domain import forgetting
from order.domain.outcomes import Decision
from order.settings import settings
from tsunagu.chassis import Connection, Due, Looked, Received, RowKey, Transaction
from tsunagu.contracts.messages import CustomerErased

FORGET = "forget"
"""Due work: the next orders of an erased person forget them."""


async def erased(tx: Transaction, messages: Sequence[Received[CustomerErased]]) -> None:
    """Keep that these persons were erased, for orders that end later; those that have ended are a second step."""
    erased_at = {ref: one.message.occurred_at for one in messages for ref in one.message.refs}
    await erased_refs.keep(tx.connection, erased_at)
    for received in messages:
        event = received.message
        payload = {"refs": list(event.refs), "until": event.occurred_at.isoformat(), "after": ""}
        tx.schedule(FORGET, event.customer_id, tx.now, cause=received, payload=payload)


async def orders_to_forget(connection: Connection, dues: Sequence[Due]) -> Looked:
    """The next orders that name an erased person, open ones too: who ends one meanwhile is waited for."""
    found = {due.key: await _orders_naming(connection, due) for due in dues}
    rows: Iterable[RowKey] = [ORDERS.row(order_id) for order_ids in found.values() for order_id in order_ids]
    return Looked(rows, found)


async def forget(tx: Transaction, dues: Sequence[Due]) -> None:
    """Have orders that have ended forget whom they were for, as many as one transaction takes."""
    assert isinstance(tx.seen, dict), "what orders_to_forget has found"
    found: dict[str, list[str]] = tx.seen
    async with orders_of(tx, [order_id for due in dues for order_id in found[due.key]]) as orders:
        for due in dues:
            for order_id in found[due.key]:
                order = orders.get(order_id)
                if order is not None:
                    orders.become(Decision(forgetting.forget(order, due.payload["refs"]), ()), cause=due)
            if len(found[due.key]) == settings().forgotten_orders_max:
                payload = {**due.payload, "after": found[due.key][-1]}
                tx.schedule(FORGET, due.key, tx.now, cause=due, payload=payload)


async def _orders_naming(connection: Connection, due: Due) -> list[str]:
    return await erased_refs.orders_naming(
        connection,
        due.payload["refs"],
        datetime.fromisoformat(due.payload["until"]),
        due.payload["after"],
        settings().forgotten_orders_max,
    )
