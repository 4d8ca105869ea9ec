"""pickup.shipments: what moving goods between locations cost.

A shipment that is deleted from its topic drove all the same: its cost stays.
"""

from collections.abc import Iterable, Sequence

from insight.domain.transfer_costs import Cost, rebook
from insight.handlers import figures
from insight.store import shipments
from insight.store.locks import SHIPMENTS
from insight.store.shipments import ShipmentSeen
from tsunagu.chassis import Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import Shipment


async def keys(_: Connection, messages: Sequence[Received[Shipment]]) -> Iterable[RowKey]:
    """The shipments."""
    return [SHIPMENTS.row(received.message.shipment_id) for received in messages]


async def shipped(tx: Transaction, messages: Sequence[Received[Shipment]]) -> None:
    """Book the cost of shipments on the day on which they left, each once, at its highest version."""
    seen = await shipments.read(
        tx.connection, sorted({received.message.shipment_id for received in messages})
    )
    changes = figures.changes(tx)
    for received in messages:
        shipment = received.message
        before = seen[shipment.shipment_id]
        if shipment.version <= before.version:
            continue
        cost = None
        if shipment.left_at is not None:
            cost = Cost(shipment.owner, figures.day_of(tx, shipment.left_at), shipment.cost_jpy)
        rebook(changes, before.cost, cost)
        seen[shipment.shipment_id] = ShipmentSeen(shipment.version, cost)
    await shipments.save(tx.connection, seen)
    await figures.note(tx, changes, messages[-1])
