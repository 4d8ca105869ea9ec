"""Shipments between locations, and what is booked for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from insight.domain.transfer_costs import Cost
from tsunagu.chassis import Connection, beside

SQL = beside(__file__, "shipments.sql")


@dataclass(frozen=True, slots=True)
class ShipmentSeen:
    """A shipment's highest version so far, and its cost; None while it has not left."""

    version: int
    cost: Cost | None


async def read(connection: Connection, shipment_ids: Sequence[str]) -> dict[str, ShipmentSeen]:
    """The shipments by id; they are locked, so each is there."""
    return {
        row["shipment_id"]: ShipmentSeen(
            row["version"],
            None if row["owner"] is None else Cost(row["owner"], row["business_day"], row["cost_jpy"]),
        )
        for row in await connection.fetch(SQL.read_shipments, shipment_ids)
    }


async def save(connection: Connection, shipments: Mapping[str, ShipmentSeen]) -> None:
    """Keep the highest versions of shipments, and what is booked for them."""
    costs = [seen.cost for seen in shipments.values()]
    await connection.execute(
        SQL.update_shipments,
        list(shipments),
        [seen.version for seen in shipments.values()],
        [None if cost is None else cost.owner for cost in costs],
        [None if cost is None else cost.day for cost in costs],
        [None if cost is None else cost.amount_jpy for cost in costs],
    )
