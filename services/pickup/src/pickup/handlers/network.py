"""Copies of what headquarters say: locations, lanes, and the categories of products."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from pickup.desk import look_at_capacity
from pickup.domain.capacity import open_hours
from pickup.store import LOCATIONS
from tsunagu.chassis import Connection, Deleted, Received, RowKey, Transaction, beside
from tsunagu.contracts.message import State
from tsunagu.contracts.messages import Lane, Location, Product

SQL = beside(__file__, "network.sql")
S = TypeVar("S", bound=State)


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
            "open_hours": open_hours(location.opening_hours),
            "closed_dates": [day.isoformat() for day in location.closed_dates or ()],
            "closed": False,
            "pick_minutes_per_day": location.pick_minutes_per_day,
            "opening_times": {hours.day: (hours.opens, hours.closes) for hours in location.opening_hours},
            "pickup_window_hours": location.pickup_window_hours,
        }
        for location in _latest(messages)
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
        {**lane.model_dump(mode="json"), "lane_id": lane.lane_id, "days": list(lane.days)}
        for lane in _latest(messages)
    ]
    await tx.connection.execute(SQL.save_lanes, rows)


async def delete_lanes(tx: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Forget lanes."""
    await tx.connection.execute(SQL.delete_lanes, [received.key for received in messages])


async def save_products(tx: Transaction, messages: Sequence[Received[Product]]) -> None:
    """Take over the categories of products."""
    rows = [
        {"sku": product.sku, "version": product.version, "category": product.category}
        for product in _latest(messages)
    ]
    await tx.connection.execute(SQL.save_products, rows)


async def delete_products(tx: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Forget products."""
    await tx.connection.execute(SQL.delete_products, [received.key for received in messages])


def _latest(messages: Sequence[Received[S]]) -> list[S]:
    """One message per key, that of the highest version: an upsert can't touch a row twice."""
    latest: dict[str, S] = {}
    for received in messages:
        there = latest.get(received.key)
        if there is None or there.version < received.message.version:
            latest[received.key] = received.message
    return list(latest.values())
