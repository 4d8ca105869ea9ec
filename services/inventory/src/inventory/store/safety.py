"""Default safety stock per category: what is set, and which rows of stock it counts for."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from inventory.domain.safety import default_safety
from inventory.domain.stock import StockKey
from tsunagu.chassis import Cause, Connection, Transaction, beside

SQL = beside(__file__, "safety.sql")

CATEGORY_SAFETY = "category_safety"
ROW_SAFETY = "row_safety"
EVERYWHERE = ""
"""Stands for the location of what counts at all of them."""


class Place(NamedTuple):
    """What a default, or a piece of work on it, is about: a category or a SKU, at a location or everywhere."""

    location_id: str
    about: str

    @property
    def key(self) -> str:
        """The key of its due work; a location id holds no colon."""
        return f"{self.location_id}:{self.about}"

    @classmethod
    def of(cls, key: str) -> "Place":
        """The place that a key of due work names."""
        location_id, _, about = key.partition(":")
        return cls(location_id, about)


class Setting(NamedTuple):
    """A default as it was set; `quantity` is None where there shall be none any more."""

    quantity: int | None
    set_at: datetime


async def save_defaults(connection: Connection, settings: dict[Place, Setting]) -> list[Place]:
    """Write locked defaults; returns those that nothing set later stands above."""
    if not settings:
        return []
    rows = await connection.fetch(
        SQL.save_defaults,
        [place.about for place in settings],
        [place.location_id for place in settings],
        [setting.quantity for setting in settings.values()],
        [setting.set_at for setting in settings.values()],
    )
    return [Place(row["location_id"], row["category"]) for row in rows]


async def defaults_of(connection: Connection, keys: Iterable[StockKey]) -> dict[StockKey, int]:
    """The default safety stock of rows of stock, whether or not they have one of their own."""
    wanted = sorted(keys)
    rows = await connection.fetch(
        SQL.read_defaults, [key.location_id for key in wanted], [key.sku for key in wanted]
    )
    return {
        StockKey(row["location_id"], row["sku"]): default_safety(row["here"], row["everywhere"])
        for row in rows
    }


async def skus_of(
    connection: Connection, categories: Sequence[tuple[str, str]], most: int
) -> list[list[str]]:
    """Of each category at most so many SKUs after the given one, in order."""
    rows = await connection.fetch(
        SQL.skus_of_categories,
        list(range(len(categories))),
        [category for category, _ in categories],
        [after for _, after in categories],
        most,
    )
    found: list[list[str]] = [[] for _ in categories]
    for row in rows:
        found[row["place"]].append(row["sku"])
    return found


async def rows_of(connection: Connection, skus: Sequence[tuple[str, str]], most: int) -> list[list[StockKey]]:
    """Of each SKU at most so many rows of stock after the given location, in order."""
    rows = await connection.fetch(
        SQL.rows_of_skus,
        list(range(len(skus))),
        [sku for sku, _ in skus],
        [after for _, after in skus],
        most,
    )
    found: list[list[StockKey]] = [[] for _ in skus]
    for row in rows:
        found[row["place"]].append(StockKey(row["location_id"], row["sku"]))
    return found


def look_at_default(tx: Transaction, location_id: str, sku: str, *, cause: Cause) -> None:
    """Have the default looked up of a SKU's row, or with EVERYWHERE of all its rows, once this has committed.

    Not at once: a default that is being set in another transaction can't be seen from this one, and its own look at
    all rows can't see a row that is being made in this one.
    """
    tx.schedule(ROW_SAFETY, Place(location_id, sku).key, tx.now, cause=cause)
