"""What decisions are made under, read from the copies of what headquarters say."""

from collections.abc import Sequence

from pickup.domain.pickup_window import Store
from pickup.domain.scene import Lane, Scene
from pickup.settings import settings
from tsunagu.chassis import Transaction, beside
from tsunagu.contracts.values import Weekday

SQL = beside(__file__, "scenery.sql")


async def load_scene(tx: Transaction, location_ids: Sequence[str], skus: Sequence[str]) -> Scene:
    """The scene of now, with what is known of these locations and goods."""
    connection = tx.connection
    lanes = {
        (row["from_location_id"], row["to_location_id"]): Lane(
            tuple(Weekday(day) for day in row["days"]),
            row["cut_off"],
            row["transit_days"],
            row["carrier"],
            row["cost_jpy"],
            row["owner"],
        )
        for row in await connection.fetch(SQL.read_lanes, location_ids)
    }
    categories = {row["sku"]: row["category"] for row in await connection.fetch(SQL.read_categories, skus)}
    walks, stores = {}, {}
    for row in await connection.fetch(SQL.read_places, location_ids):
        walks[row["location_id"]] = {category: place for place, category in enumerate(row["walking_order"])}
        stores[row["location_id"]] = Store(
            row["pickup_window_hours"], row["opening_times"], row["closed_dates"]
        )
    return Scene(tx.now, tx.now, settings().policy(), lanes, categories, walks, stores)
