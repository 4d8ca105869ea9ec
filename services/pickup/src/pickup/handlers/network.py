"""Copies of what headquarters say: locations, lanes, and the categories of products."""

from collections.abc import Iterable, Sequence

from pickup.desk import look_at_capacity
from pickup.store import LOCATIONS
from tsunagu.chassis import Connection, Deleted, Received, RowKey, Transaction, beside, newest
from tsunagu.contracts.messages import Lane, Location, Product
from tsunagu.planning import Hours
from tsunagu.planning import Lane as PlannedLane

SQL = beside(__file__, "network.sql")


async def locations(_: Connection, messages: Sequence[Received[Location | Deleted]]) -> Iterable[RowKey]:
    """The locations that the news is about."""
    return [LOCATIONS.row(received.key) for received in messages]


async def save_locations(tx: Transaction, messages: Sequence[Received[Location]]) -> None:
    """Take over locations, and say anew what they can take."""
    rows = [
        {
            "location_id": location.location_id,
            "version": location.version,
            "walking_order": list(location.walking_order),
            "opens": list(hours.opens),
            "closes": list(hours.closes),
            "closed_on": sorted(day.isoformat() for day in hours.closed_on),
            "opens_on_holidays": hours.opens_on_holidays,
            "closed": False,
            "pick_minutes_per_day": location.pick_minutes_per_day,
            "pickup_window_hours": location.pickup_window_hours,
            "area": location.area,
        }
        for location, hours in ((one.message, Hours.of(one.message)) for one in newest(messages))
    ]
    await tx.connection.execute(SQL.save_locations, rows)
    _look_again(tx, messages)


async def close_locations(tx: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Locations that are no more take no work."""
    await tx.connection.execute(SQL.close_locations, [received.key for received in messages])
    _look_again(tx, messages)


def _look_again(
    tx: Transaction, messages: Sequence[Received[Location]] | Sequence[Received[Deleted]]
) -> None:
    for received in messages:
        look_at_capacity(tx, received.key, received)


async def save_lanes(tx: Transaction, messages: Sequence[Received[Lane]]) -> None:
    """Take over lanes."""
    rows = [
        {
            "lane_id": lane.lane_id,
            "version": lane.version,
            "from_location_id": lane.from_location_id,
            "to_location_id": lane.to_location_id,
            "days": list(times.days),
            "cut_off_minutes": times.cut_off_minutes,
            "transit_days": times.transit_days,
            "runs_on_holidays": times.runs_on_holidays,
            "carrier": lane.carrier,
            "cost_jpy": lane.cost_jpy,
            "owner": lane.owner,
        }
        for lane, times in ((one.message, PlannedLane.of(one.message)) for one in newest(messages))
    ]
    await tx.connection.execute(SQL.save_lanes, rows)


async def delete_lanes(tx: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Forget lanes."""
    await tx.connection.execute(SQL.delete_lanes, [received.key for received in messages])


async def save_products(tx: Transaction, messages: Sequence[Received[Product]]) -> None:
    """Take over the categories of products."""
    rows = [
        {"sku": one.message.sku, "version": one.message.version, "category": one.message.category}
        for one in newest(messages)
    ]
    await tx.connection.execute(SQL.save_products, rows)


async def delete_products(tx: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Forget products."""
    await tx.connection.execute(SQL.delete_products, [received.key for received in messages])
