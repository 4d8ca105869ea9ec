"""What may be kept unpaid yet, as the books have it."""

from collections.abc import Iterable, Mapping

from inventory.domain.stock import Stock, StockKey
from inventory.domain.unpaid import UnpaidRoom, unpaid_at_most
from inventory.settings import settings
from inventory.sql import SQL
from inventory.store.book import Book
from tsunagu.chassis import Connection

ALL_PERCENT = 100
"""Where all of it may be kept unpaid there is no limit to look for."""


async def unpaid_room(connection: Connection, keys: Iterable[StockKey]) -> UnpaidRoom:
    """How many pieces more of each row may be kept unpaid. True as long as the rows are locked; else as it looked."""
    percent = settings().unpaid_percent_max
    ordered = sorted(set(keys)) if percent < ALL_PERCENT else []
    if not ordered:
        return UnpaidRoom({})
    rows = await connection.fetch(
        SQL.read_unpaid, [key.location_id for key in ordered], [key.sku for key in ordered]
    )
    return UnpaidRoom(
        {
            StockKey(row["location_id"], row["sku"]): unpaid_at_most(
                Stock(
                    on_hand=row["on_hand"],
                    safety=row["safety"],
                    unsellable=row["unsellable"],
                    withheld=row["withheld"],
                ),
                percent,
            )
            - row["unpaid"]
            for row in rows
        }
    )


async def unpaid_room_for(connection: Connection, book: Book, wanted: Mapping[StockKey, int]) -> UnpaidRoom:
    """The room for what is wanted unpaid of locked rows. Most rows are far from it: they are not looked at."""
    percent = settings().unpaid_percent_max
    near = []
    for key, quantity in wanted.items():
        if key in book:
            stock = book[key]
            if stock.reserved + stock.staged + stock.held + quantity > unpaid_at_most(stock, percent):
                near.append(key)
    return await unpaid_room(connection, near)
