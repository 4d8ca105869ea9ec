"""What is compared with what. Start reading here: `comparisons` lists it.

Each comparison names its keys, a page after the other, and reads both sides of given keys, all by primary key.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from audit.databases import Database, Databases, Row
from audit.reconcile.drifts import Key, Reading, Sides, Stands, neither_moved, one_stood_still, same_gap
from audit.reconcile.followed_topic import Availabilities
from audit.reconcile.settings import ReconcileSettings

NextKeys = Callable[[Key | None, int], Awaitable[list[Key]]]
"""The keys after one (None: from the first), at most so many, in the order of an index."""

Read = Callable[[Sequence[Key]], Awaitable[Mapping[Key, Sides]]]
"""Both sides of some keys; a key that neither side knows may be missing."""

Readings = Callable[[Sequence[Key]], Awaitable[Mapping[Key, Reading]]]

NOTHING = Reading(None)
LEDGER, RESERVED, ORDER_STOCK, ORDER_PICKUP, AVAILABILITY = (
    "ledger", "reserved", "order_stock", "order_pickup", "availability",
)  # fmt: skip
COPY = "copy_"
"""Begins the kind of each copy of inventory.availability; the rest is whose copy it is."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two places that should say the same. `scans`: each names all keys that one of the places knows.

    `source` and `copy` say in words where the two sides are read.
    """

    kind: str
    source: str
    copy: str
    scans: tuple[NextKeys, ...]
    read: Read
    stands: Stands


async def comparisons(
    databases: Databases, topic: Availabilities, settings: ReconcileSettings
) -> list[Comparison]:
    """All comparisons whose tables are there: a service that has never run has none yet."""
    there = {
        name: databases[name]
        for name, table in (("inventory", "stock"), ("order", "orders"), ("pickup", "work"))
        if name in databases and await databases[name].has("public", table)
    }
    inventory, order, pickup = there.get("inventory"), there.get("order"), there.get("pickup")
    found: list[Comparison] = []
    if inventory is not None:
        found += [_ledger(inventory), _reserved(inventory), _availability(inventory, topic)]
    if inventory is not None and order is not None:
        found.append(_order_stock(order, inventory))
    if order is not None and pickup is not None:
        found.append(_order_pickup(order, pickup))
    for database in databases.all():
        for schema in database.schemas:
            if await database.has(schema, "stock_band"):
                found.append(_copy(database, schema, topic, settings))
    return found


def _ledger(inventory: Database) -> Comparison:
    async def read(keys: Sequence[Key]) -> dict[Key, Sides]:
        return {
            (row["location_id"], row["sku"]): Sides(
                Reading((row["ledger_on_hand"], row["ledger_staged"])),
                Reading((row["on_hand"], row["staged"])),
            )
            for row in await inventory.fetch("balances", *_columns(keys))
        }

    return Comparison(
        LEDGER,
        "the movements' sum: on hand, staged",
        "the stock row",
        (_stock_keys(inventory),),
        read,
        same_gap,
    )


def _reserved(inventory: Database) -> Comparison:
    async def read(keys: Sequence[Key]) -> dict[Key, Sides]:
        return {
            (row["location_id"], row["sku"]): Sides(Reading((row["allocated"],)), Reading((row["reserved"],)))
            for row in await inventory.fetch("reservations", *_columns(keys))
        }

    return Comparison(
        RESERVED, "pieces that its orders reserve", "the stock row", (_stock_keys(inventory),), read, same_gap
    )


def _availability(inventory: Database, topic: Availabilities) -> Comparison:
    async def stock(keys: Sequence[Key]) -> dict[Key, Reading]:
        return {
            (row["location_id"], row["sku"]): Reading((max(0, row["available"]),), row["version"])
            for row in await inventory.fetch("promisable", *_columns(keys))
        }

    async def told(keys: Sequence[Key]) -> dict[Key, Reading]:
        return {
            key: Reading((state.available,), state.version)
            for key in keys
            if (state := topic.get(key)) is not None
        }

    return Comparison(
        AVAILABILITY,
        "inventory's stock row: pieces that can be promised",
        "inventory.availability",
        (_stock_keys(inventory), topic.keys_after),
        _both(stock, told),
        one_stood_still,
    )


def _copy(database: Database, schema: str, topic: Availabilities, settings: ReconcileSettings) -> Comparison:
    """Edge keeps what the topic says, in bands: so the topic is its source, and inventory's rows are the topic's."""

    def band(pieces: int, few_more: int, available_more: int) -> str:
        if pieces <= 0:
            return "none"
        if pieces <= settings.band_few_pieces_max + few_more:
            return "few"
        return "available" if pieces <= settings.band_available_pieces_max + available_more else "plenty"

    async def read(keys: Sequence[Key]) -> dict[Key, Sides]:
        told = {key: state for key in keys if (state := topic.get(key)) is not None}
        fetched = await database.fetch_in(schema, "stock_copy", "bands", *_columns(keys))
        kept: dict[Key, Row] = {(row["location_id"], row["sku"]): row for row in fetched}
        sides: dict[Key, Sides] = {}
        for key in keys:
            state, row = told.get(key), kept.get(key)
            # Where the copy has its limits is the copy's own; which band that makes of the topic's pieces is not.
            more = (row["few_more"], row["available_more"]) if row is not None else (0, 0)
            source, copy = NOTHING, NOTHING
            if state is not None:
                source = Reading((f"version {state.version}", band(state.available, *more)), state.version)
            if row is not None:
                copy = Reading((f"version {row['version']}", row["band"]), row["version"])
            sides[key] = Sides(source, copy)
        return sides

    async def next_keys(after: Key | None, limit: int) -> list[Key]:
        rows = await database.fetch_in(schema, "stock_copy", "band_keys", *(after or ("", "")), limit)
        return [(row["location_id"], row["sku"]) for row in rows]

    process = database.process(schema)
    return Comparison(
        f"{COPY}{process.replace('-', '_')}",
        "inventory.availability",
        f"the copy of {process}",
        (topic.keys_after, next_keys),
        read,
        one_stood_still,
    )


def _order_stock(order: Database, inventory: Database) -> Comparison:
    async def promised(keys: Sequence[Key]) -> dict[Key, Reading]:
        return _of_orders(await order.fetch("pieces_of_orders", *_columns(keys)), "promised")

    async def held(keys: Sequence[Key]) -> dict[Key, Reading]:
        return _of_orders(await inventory.fetch("held_for_orders", *_columns(keys)), "held")

    return Comparison(
        ORDER_STOCK,
        "pieces that order counts on, not yet gone",
        "pieces that inventory holds for it",
        (_order_keys(order, "order_ids"), _order_keys(inventory, "order_ids")),
        _both(promised, held, nothing=Reading(())),
        neither_moved,
    )


def _order_pickup(order: Database, pickup: Database) -> Comparison:
    columns = ("promised", "gone")

    async def ordered(keys: Sequence[Key]) -> dict[Key, Reading]:
        return _of_orders(await order.fetch("pieces_of_orders", *_columns(keys)), *columns)

    async def worked(keys: Sequence[Key]) -> dict[Key, Reading]:
        return _of_orders(await pickup.fetch("pieces_of_works", *_columns(keys)), *columns)

    return Comparison(
        ORDER_PICKUP,
        "order: pieces to hand over, pieces gone",
        "pickup",
        (_order_keys(order, "order_ids"), _order_keys(pickup, "order_ids")),
        _both(ordered, worked, nothing=Reading(())),
        neither_moved,
    )


def _both(source: Readings, copy: Readings, nothing: Reading = NOTHING) -> Read:
    async def read(keys: Sequence[Key]) -> dict[Key, Sides]:
        there, here = await source(keys), await copy(keys)
        return {key: Sides(there.get(key, nothing), here.get(key, nothing)) for key in keys}

    return read


def _of_orders(rows: Sequence[Row], *columns: str) -> dict[Key, Reading]:
    """A reading per order: (SKU, pieces of each column …) of the SKUs that have any, in their order."""
    found: dict[Key, Reading] = {}
    for row in rows:
        key = (row["order_id"],)
        pieces = tuple(row[column] for column in columns)
        before = found.get(key, Reading((), row["version"]))
        value = (*(before.value or ()), (row["sku"], *pieces)) if any(pieces) else before.value
        found[key] = before._replace(value=value)
    return {key: reading._replace(value=_sorted(reading.value)) for key, reading in found.items()}


def _sorted(value: tuple[object, ...] | None) -> tuple[object, ...]:
    # By Python, not by the databases: two of them may sort by different rules.
    return tuple(sorted(value or (), key=str))


def _stock_keys(inventory: Database) -> NextKeys:
    async def next_keys(after: Key | None, limit: int) -> list[Key]:
        rows = await inventory.fetch("stock_keys", *(after or ("", "")), limit)
        return [(row["location_id"], row["sku"]) for row in rows]

    return next_keys


def _order_keys(database: Database, query: str) -> NextKeys:
    async def next_keys(after: Key | None, limit: int) -> list[Key]:
        return [(row["order_id"],) for row in await database.fetch(query, *(after or ("",)), limit)]

    return next_keys


def _columns(keys: Sequence[Key]) -> list[list[str]]:
    """The keys as arrays, one for each of their parts."""
    return [list(column) for column in zip(*keys, strict=True)]
