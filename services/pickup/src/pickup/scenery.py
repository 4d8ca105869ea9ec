"""What decisions are made under, read from the copies of what headquarters say."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import lru_cache

import asyncpg

from pickup.domain.scene import Haulage, Scene
from pickup.settings import settings
from tsunagu.chassis import Transaction, beside
from tsunagu.planning import Hours, Lane

SQL = beside(__file__, "scenery.sql")


# Most lanes have one of a few timetables at one of a few prices, and most places one of a few opening hours: one object
# of each is enough. What is made by the hundred thousand, Python's collector looks through again and again.
_lane = lru_cache(maxsize=1024)(Lane)
_hours = lru_cache(maxsize=1024)(Hours)
_haulage = lru_cache(maxsize=1024)(Haulage)


async def load_scene(
    tx: Transaction, location_ids: Sequence[str], ways: Collection[tuple[str, str]], skus: Sequence[str]
) -> Scene:
    """The scene of now, with what is known of these locations, of the ways from one to another, and of goods."""
    connection = tx.connection
    starts, ends = [start for start, _ in ways], [end for _, end in ways]
    lanes = {
        (row["from_location_id"], row["to_location_id"]): haulage_of(row)
        for row in await connection.fetch(SQL.read_lanes, starts, ends)
    }
    categories = {row["sku"]: row["category"] for row in await connection.fetch(SQL.read_categories, skus)}
    places = await connection.fetch(SQL.read_places, location_ids)
    walks = {
        row["location_id"]: {category: place for place, category in enumerate(row["walking_order"])}
        for row in places
    }
    hours = {row["location_id"]: hours_of(row) for row in places}
    windows = {
        row["location_id"]: timedelta(hours=row["pickup_window_hours"])
        for row in places
        if row["pickup_window_hours"] is not None
    }
    areas = {row["location_id"]: row["area"] for row in places if row["area"] is not None}
    return Scene(tx.now, tx.now, settings().policy(), lanes, categories, walks, hours, windows, areas)


def haulage_of(row: asyncpg.Record) -> Haulage:
    """A lane, as its row has it."""
    lane = _lane(tuple(row["days"]), row["cut_off_minutes"], row["transit_days"], row["runs_on_holidays"])
    return _haulage(lane, row["carrier"], row["cost_jpy"], row["owner"])


def hours_of(row: asyncpg.Record) -> Hours:
    """When a location is open, as its row has it."""
    return _hours(
        tuple(row["opens"]), tuple(row["closes"]), frozenset(row["closed_on"]), row["opens_on_holidays"]
    )
