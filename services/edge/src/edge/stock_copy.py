"""The copy of locations, products and stock bands that stock questions are answered from; never a quantity.

Each topic's rows are its own, so that either may arrive first; they meet when somebody asks.
"""

import json
import secrets
from collections.abc import Sequence

from edge.domain.bands import BandLimits, band_of
from edge.domain.places import city_names
from edge.product_copy import PRODUCTS
from tsunagu.chassis import Deleted, Handler, Received, Subscription, Transaction, beside, newest
from tsunagu.contracts import topics
from tsunagu.contracts.messages import Availability, Feed, Location

SQL = beside(__file__, "stock_copy.sql")


def stock_subscriptions(limits: BandLimits, products: Subscription = PRODUCTS) -> tuple[Subscription, ...]:
    """The topics of the copy; stock is kept in the bands of `limits`, `products` says how the catalogue is."""

    async def keep_bands(transaction: Transaction, messages: Sequence[Received[Availability]]) -> None:
        stocks = [received.message for received in newest(messages)]
        keys = [stock.sku for stock in stocks], [stock.location_id for stock in stocks]
        rows = await transaction.connection.fetch(SQL.read_band_draws, *keys)
        drawn = {(row["sku"], row["location_id"]): (row["few_more"], row["available_more"]) for row in rows}
        draws = [drawn.get((stock.sku, stock.location_id)) or draw(limits) for stock in stocks]
        await transaction.connection.execute(
            SQL.keep_bands,
            *keys,
            [stock.version for stock in stocks],
            [
                band_of(stock.available, limits.moved(*draw))
                for stock, draw in zip(stocks, draws, strict=True)
            ],
            [stock.as_of for stock in stocks],
            [few_more for few_more, _ in draws],
            [available_more for _, available_more in draws],
        )

    return (
        Subscription(
            topics.NETWORK_LOCATIONS,
            (Handler(Location, keep_locations), Handler(Deleted, forget_locations)),
        ),
        products,
        Subscription(
            topics.INVENTORY_AVAILABILITY,
            (Handler(Availability, keep_bands), Handler(Deleted, forget_bands)),
        ),
        Subscription(topics.INVENTORY_FEEDS, (Handler(Feed, keep_feeds), Handler(Deleted, forget_feeds))),
    )


def draw(limits: BandLimits) -> tuple[int, int]:
    """By how many pieces more the two limits lie at one location, for one product; drawn once and kept in its row."""
    return (
        secrets.randbelow(limits.few_spread_pieces + 1),
        secrets.randbelow(limits.available_spread_pieces + 1),
    )


async def keep_locations(transaction: Transaction, messages: Sequence[Received[Location]]) -> None:
    """Keep locations, with the names under which their cities are found."""
    locations = [received.message for received in newest(messages)]
    await transaction.connection.execute(
        SQL.keep_locations,
        [location.location_id for location in locations],
        [location.version for location in locations],
        [location.name_ja for location in locations],
        [location.name_en for location in locations],
        [location.kind for location in locations],
        [location.prefecture for location in locations],
        [location.city for location in locations],
        [location.address for location in locations],
        [location.latitude for location in locations],
        [location.longitude for location in locations],
        [location.pickup_enabled for location in locations],
        # As text: a list in an array would be taken for another dimension of the array.
        [
            json.dumps([hours.model_dump(mode="json") for hours in location.opening_hours])
            for location in locations
        ],
        [
            json.dumps([day.isoformat() for day in sorted(location.closed_dates or ())])
            for location in locations
        ],
        [location.opens_on_holidays for location in locations],
        ["\n".join(city_names(location.city, location.prefecture)) for location in locations],
    )


async def forget_locations(transaction: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Forget locations that are no more."""
    await transaction.connection.execute(SQL.forget_locations, [received.key for received in messages])


async def forget_bands(transaction: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Forget products at locations where they are kept no more."""
    # A location id holds no colon, a SKU may.
    keys = [received.key.partition(":") for received in messages]
    await transaction.connection.execute(
        SQL.forget_bands, [sku for _, _, sku in keys], [location_id for location_id, _, _ in keys]
    )


async def keep_feeds(transaction: Transaction, messages: Sequence[Received[Feed]]) -> None:
    """Keep when each location was last heard from."""
    feeds = [received.message for received in newest(messages)]
    await transaction.connection.execute(
        SQL.keep_feeds,
        [feed.location_id for feed in feeds],
        [feed.version for feed in feeds],
        [feed.last_seen_at for feed in feeds],
    )


async def forget_feeds(transaction: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Forget locations that send nothing any more."""
    await transaction.connection.execute(SQL.forget_feeds, [received.key for received in messages])
