"""The copy of what can be promised, and pages of it: all of it is what has changed since the beginning."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from edge.channels.channels_file import Feed
from edge.problems import Problem
from tsunagu.chassis import Connection, Deleted, Received, Transaction, beside, newest
from tsunagu.contracts.messages import Availability

SQL = beside(__file__)
BEGINNING = 0


@dataclass(frozen=True, slots=True)
class Level:
    """How many pieces a channel may promise of a SKU from a location."""

    location_id: str
    sku: str
    available: int
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """Levels, the position behind them, and whether more has changed already."""

    levels: Sequence[Level]
    position: int
    more: bool


def shown(available: int, buffer: int) -> int:
    """What a channel is shown: what it may be wrong by is kept back."""
    return max(0, available - buffer)


async def page(connection: Connection, feed: Feed, after: int, rows_max: int) -> Page:
    """What has changed after a position. Raises Problem 410 for one that this database has never given."""
    if after > await connection.fetchval(SQL.read_last_change):
        raise Problem(410, "begin-anew", "This position is gone; read everything again, without `after`.")
    rows = await connection.fetch(SQL.read_changes, after, rows_max + 1)
    told = rows[:rows_max]
    levels = [
        Level(row["location_id"], row["sku"], shown(row["available"], feed.buffer), row["as_of"])
        for row in told
    ]
    return Page(levels, told[-1]["changed"] if told else after, len(rows) > rows_max)


async def keep_stock(transaction: Transaction, messages: Sequence[Received[Availability]]) -> None:
    """Keep what can be promised, exactly: bands are for those who may not know it."""
    stocks = [received.message for received in newest(messages)]
    await transaction.connection.execute(SQL.lock_stock_changes)
    await transaction.connection.execute(
        SQL.keep_stock,
        [stock.location_id for stock in stocks],
        [stock.sku for stock in stocks],
        [stock.available for stock in stocks],
        [stock.version for stock in stocks],
        [stock.as_of for stock in stocks],
    )


async def empty_stock(transaction: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Products at locations where they are kept no more: none of them."""
    # A location id holds no colon, a SKU may.
    keys = [received.key.partition(":") for received in messages]
    await transaction.connection.execute(SQL.lock_stock_changes)
    await transaction.connection.execute(
        SQL.empty_stock,
        [location_id for location_id, _, _ in keys],
        [sku for _, _, sku in keys],
        transaction.now,
    )
