"""Shipments: what the transfers of a departure are together, and where the carrier says that they are.

A transfer never waits for its shipment's row: it only has its shipment looked at, and all news of one interval is
looked at once.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg

from pickup.desk import look_at_shipment
from pickup.domain.consolidation import Consolidated, Passenger, consolidate
from pickup.domain.model import TransferState
from tsunagu.chassis import (
    Cause,
    Connection,
    Due,
    Key,
    LockTable,
    Received,
    Retelling,
    RowKey,
    Transaction,
    beside,
)
from tsunagu.contracts.messages import ReportShipmentTracking, Shipment
from tsunagu.contracts.topics import PICKUP_SHIPMENTS
from tsunagu.contracts.values import ShipmentPart, ShipmentTracking

SQL = beside(__file__, "shipments.sql")
SHIPMENTS = LockTable("shipment", SQL.lock_shipments, SQL.insert_missing_shipments)


async def due_shipments(_: Connection, dues: Sequence[Due]) -> Iterable[RowKey]:
    """The shipments that are to be looked at."""
    return [SHIPMENTS.row(due.key) for due in dues]


async def say_shipments(tx: Transaction, dues: Sequence[Due]) -> None:
    """Say what shipments are now, where that has changed."""
    ids = [due.key for due in dues]
    rows = {row["shipment_id"]: row for row in await tx.connection.fetch(SQL.read_shipments, ids)}
    passengers: dict[str, list[Passenger]] = {}
    for row in await tx.connection.fetch(SQL.read_passengers, ids):
        passengers.setdefault(row["shipment_id"], []).append(_passenger(row))
    said: list[dict[str, Any]] = []
    for due in dues:
        if due.key not in passengers:
            continue  # a carrier speaks of what nobody has planned
        row = rows[due.key]
        now = _shipment(due.key, row, consolidate(passengers[due.key]))
        body = now.model_dump(mode="json", exclude={"version"}, exclude_none=True)
        if body != row["said"]:
            said.append({"shipment_id": due.key, "version": now.version, "said": body})
            tx.publish(now, cause=due)
    if said:
        await tx.connection.execute(SQL.save_said, said)


def _passenger(row: asyncpg.Record) -> Passenger:
    values = {name: value for name, value in row.items() if name != "shipment_id"}
    return Passenger(**{**values, "state": TransferState(row["state"])})


def _shipment(shipment_id: str, row: asyncpg.Record, now: Consolidated) -> Shipment:
    return Shipment(
        shipment_id=shipment_id,
        version=row["version"] + 1,
        from_location_id=now.from_location_id,
        to_location_id=now.to_location_id,
        carrier=now.carrier,
        owner=now.owner,
        ship_by=now.ship_by,
        arrive_by=now.arrive_by,
        state=now.state,
        left_at=now.left_at,
        cost_jpy=now.cost_jpy,
        transfers=tuple(ShipmentPart(**vars(share)) for share in now.shares),
        tracking=None if row["tracking"] is None else ShipmentTracking.model_validate(row["tracking"]),
    )


async def tracked_shipments(
    _: Connection, messages: Sequence[Received[ReportShipmentTracking]]
) -> Iterable[RowKey]:
    """The shipments that carriers speak of."""
    return [SHIPMENTS.row(received.message.shipment_id) for received in messages]


async def report_tracking(tx: Transaction, messages: Sequence[Received[ReportShipmentTracking]]) -> None:
    """Keep what a carrier said last of a shipment, also of one that is not known yet."""
    ids = sorted({received.message.shipment_id for received in messages})
    known = {
        row["shipment_id"]: None
        if row["tracking"] is None
        else ShipmentTracking.model_validate(row["tracking"])
        for row in await tx.connection.fetch(SQL.read_shipments, ids)
    }
    changed: set[str] = set()
    for received in messages:
        fact = received.message
        tx.accept(received)
        before = known[fact.shipment_id]
        if before is None or before.at <= fact.occurred_at:
            known[fact.shipment_id] = ShipmentTracking(
                status=fact.status, at=fact.occurred_at, place=fact.place
            )
            changed.add(fact.shipment_id)
            look_at_shipment(tx, fact.shipment_id, received)
    rows = [
        {"shipment_id": shipment_id, "tracking": tracking.model_dump(mode="json", exclude_none=True)}
        for shipment_id in sorted(changed)
        if (tracking := known[shipment_id]) is not None
    ]
    await tx.connection.execute(SQL.save_trackings, rows)


async def tell_shipments(tx: Transaction, cause: Cause, after: Key, limit: int) -> Key | None:
    """Publish the next shipments as they were said last."""
    rows = await tx.connection.fetch(SQL.lock_shipments_after, *after, limit)
    for row in rows:
        tx.publish(Shipment.model_validate({**row["said"], "version": row["version"]}), cause=cause)
    return (rows[-1]["shipment_id"],) if rows else None


RETELLING = Retelling(PICKUP_SHIPMENTS, tell_shipments, SQL.count_shipments)
