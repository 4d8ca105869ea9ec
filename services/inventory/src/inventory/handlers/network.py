"""Copies of what headquarters and pickup publish: state, of which the highest version stands."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from inventory.settings import settings
from inventory.store.safety import EVERYWHERE, look_at_default
from inventory.store.tasks import Tasks
from tsunagu.chassis import Deleted, Received, Transaction, beside, newest
from tsunagu.contracts.messages import Lane, Location, PickCapacity, Product
from tsunagu.planning import Hours
from tsunagu.planning import Lane as PlannedLane

SQL = beside(__file__, "network.sql")


async def keep_locations(tx: Transaction, messages: Sequence[Received[Location]]) -> None:
    """Keep where locations are and when they are open; who asked for them is answered."""
    latest = newest(messages)
    rows = [received.message for received in latest]
    hours = [Hours.of(location) for location in rows]
    await tx.connection.execute(
        SQL.save_locations,
        [location.location_id for location in rows],
        [location.version for location in rows],
        [location.kind for location in rows],
        [location.prefecture for location in rows],
        [location.latitude for location in rows],
        [location.longitude for location in rows],
        [location.pickup_enabled for location in rows],
        [_joined(each.opens) for each in hours],
        [_joined(each.closes) for each in hours],
        [_joined(sorted(each.closed_on)) for each in hours],
        [each.opens_on_holidays for each in hours],
        [location.area for location in rows],
    )
    ids = [location.location_id for location in rows]
    await _answer(tx, SQL.open_tasks_about_locations, ids, latest[-1])


async def keep_lanes(tx: Transaction, messages: Sequence[Received[Lane]]) -> None:
    """Keep on which ways goods travel, and when they leave."""
    rows = [received.message for received in newest(messages)]
    lanes = [PlannedLane.of(lane) for lane in rows]
    await tx.connection.execute(
        SQL.save_lanes,
        [lane.from_location_id for lane in rows],
        [lane.to_location_id for lane in rows],
        [lane.version for lane in rows],
        [_joined(lane.days) for lane in lanes],
        [lane.cut_off_minutes for lane in lanes],
        [lane.transit_days for lane in lanes],
        [lane.runs_on_holidays for lane in lanes],
    )


async def keep_products(tx: Transaction, messages: Sequence[Received[Product]]) -> None:
    """Keep which SKUs there are, of what category and at what price; who asked for them is answered.

    A SKU that is of another category now follows another default of safety stock.
    """
    latest = newest(messages)
    skus = [received.message.sku for received in latest]
    recategorised = await tx.connection.fetch(
        SQL.save_products,
        skus,
        [received.message.version for received in latest],
        [received.message.category for received in latest],
        [received.message.price_jpy for received in latest],
    )
    by_sku = dict(zip(skus, latest, strict=True))
    for row in recategorised:
        look_at_default(tx, EVERYWHERE, row["sku"], cause=by_sku[row["sku"]])
    await _answer(tx, SQL.open_tasks_about_skus, skus, latest[-1])


async def keep_capacities(tx: Transaction, messages: Sequence[Received[PickCapacity]]) -> None:
    """Keep how much more pickup work locations can take; what was promised long before is among what pickup counts."""
    news = [received.message for received in newest(messages)]
    rows = [
        {
            "location_id": capacity.location_id,
            "version": capacity.version,
            "is_open": capacity.open,
            "minutes_left_today": capacity.minutes_left_today,
            "as_of": capacity.as_of.isoformat(),
            "ahead_until": [slot.until.isoformat() for slot in capacity.ahead],
            "ahead_minutes": [slot.minutes_left for slot in capacity.ahead],
        }
        for capacity in news
    ]
    await tx.connection.execute(SQL.save_capacities, rows)
    lag = timedelta(seconds=settings().capacity_news_lag_seconds)
    await tx.connection.execute(
        SQL.forget_picker_time,
        [capacity.location_id for capacity in news],
        [capacity.as_of - lag for capacity in news],
    )


async def forget_locations(tx: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Forget locations that are gone; their stock stays."""
    await tx.connection.execute(SQL.delete_locations, [received.key for received in messages])


async def forget_lanes(tx: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Forget lanes that are gone."""
    await tx.connection.execute(SQL.delete_lanes, [received.key for received in messages])


async def forget_products(tx: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Forget SKUs that are gone; their stock stays."""
    await tx.connection.execute(SQL.delete_products, [received.key for received in messages])


async def forget_capacities(tx: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Forget what pickup said."""
    await tx.connection.execute(SQL.delete_capacities, [received.key for received in messages])


async def _answer(
    tx: Transaction, query: str, ids: Sequence[str], cause: Received[Location] | Received[Product]
) -> None:
    rows = await tx.connection.fetch(query, list(ids))
    tasks = Tasks(tx)
    tasks.close_all([row["task_id"] for row in rows], cause=cause)
    await tasks.save()


def _joined(values: Iterable[object]) -> str:
    """As text: a list in an array would be taken for another dimension of the array."""
    return ",".join(str(value) for value in values)
