"""Safety stock: a quantity per location and SKU, else the default of the SKU's category.

A row of stock keeps the quantity that counts for it. A default that is set, or a SKU that changes its category, is
carried to the rows in a second step, a page at a time: first to the category's SKUs, then to each SKU's rows. A row
that is new is looked at in the same way. Each looks the default up when it has locked the row, so that it does not
matter which of them comes last.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from inventory.domain.stock import StockKey
from inventory.handlers.lines import stock_keys
from inventory.settings import settings
from inventory.store.book import Book
from inventory.store.locks import DEFAULTS, STOCK
from inventory.store.network import known_skus, places
from inventory.store.safety import (
    CATEGORY_SAFETY,
    EVERYWHERE,
    ROW_SAFETY,
    Place,
    Setting,
    defaults_of,
    look_at_default,
    rows_of,
    save_defaults,
    skus_of,
)
from tsunagu.chassis import Connection, Due, KeysMoved, Received, RowKey, Transaction
from tsunagu.chassis.settings import chassis_settings
from tsunagu.contracts.messages import SetDefaultSafetyStock, SetSafetyStock

Refusal = tuple[str, str]


async def safety_keys(
    connection: Connection, messages: Sequence[Received[SetSafetyStock]]
) -> Iterable[RowKey]:
    """The rows of stock of the lines that are known: a refused setting makes no rows."""
    skus = await known_skus(
        connection, (line.sku for received in messages for line in received.message.lines)
    )
    return {STOCK.row(*key) for key in stock_keys(messages) if key.sku in skus}


async def set_safety(tx: Transaction, messages: Sequence[Received[SetSafetyStock]]) -> None:
    """Keep pieces from being promised; the latest `set_at` counts, whatever arrives last."""
    book = await Book.open_locked(tx, stock_keys(messages))
    known_places = await places(
        tx.connection, (received.message.location_id for received in messages), tx.now
    )
    for received in messages:
        setting = received.message
        keys = {StockKey(setting.location_id, line.sku): line.quantity for line in setting.lines}
        refusal = _future(setting.set_at, tx.now)
        unknown = sorted(key.sku for key in keys if key not in book or book.mark(key) is not None)
        if setting.location_id not in known_places:
            refusal = _nowhere(setting.location_id)
        elif refusal is None and unknown:
            refusal = ("unknown_sku", f"There is no product {', '.join(unknown[:10])}.")
        if refusal is not None:
            tx.refuse(received, *refusal)
            continue
        for key, quantity in keys.items():
            before = book.safety_set_at(key)
            if before is None or before <= setting.set_at:
                book.set_safety(key, quantity, setting.set_at, received)
        tx.accept(received)
    await book.save()


async def default_keys(
    connection: Connection, messages: Sequence[Received[SetDefaultSafetyStock]]
) -> Iterable[RowKey]:
    """The defaults."""
    return {DEFAULTS.row(_place(received).about, _place(received).location_id) for received in messages}


async def set_default(tx: Transaction, messages: Sequence[Received[SetDefaultSafetyStock]]) -> None:
    """Set what a category keeps back, and have it carried to the rows; the latest `set_at` counts."""
    named = (received.message.location_id for received in messages)
    known_places = await places(tx.connection, (one for one in named if one is not None), tx.now)
    latest: dict[Place, Received[SetDefaultSafetyStock]] = {}
    for received in messages:
        setting = received.message
        refusal = _future(setting.set_at, tx.now)
        if setting.location_id is not None and setting.location_id not in known_places:
            refusal = _nowhere(setting.location_id)
        if refusal is not None:
            tx.refuse(received, *refusal)
            continue
        before = latest.get(_place(received))
        if before is None or before.message.set_at <= setting.set_at:
            latest[_place(received)] = received
        tx.accept(received)
    stands = await save_defaults(
        tx.connection,
        {place: Setting(one.message.quantity, one.message.set_at) for place, one in latest.items()},
    )
    for place in stands:
        tx.schedule(CATEGORY_SAFETY, place.key, tx.now, cause=latest[place])


async def carry_to_skus(tx: Transaction, dues: Sequence[Due]) -> None:
    """Have the rows looked at of the next SKUs of each category whose default has changed."""
    most = _page(dues)
    wanted = [(Place.of(due.key).about, _after(due)) for due in dues]
    for due, skus in zip(dues, await skus_of(tx.connection, wanted, most), strict=True):
        for sku in skus:
            look_at_default(tx, Place.of(due.key).location_id, sku, cause=due)
        if len(skus) == most:
            tx.schedule(CATEGORY_SAFETY, due.key, tx.now, cause=due, payload={"after": skus[-1]})


async def row_keys(connection: Connection, dues: Sequence[Due]) -> Iterable[RowKey]:
    """The rows of stock that are there."""
    pages = await _pages(connection, dues)
    return {STOCK.row_if_there(*key) for keys in pages for key in keys}


async def carry_to_rows(tx: Transaction, dues: Sequence[Due]) -> None:
    """Give the next rows of each SKU the default that counts for them; a row of its own setting keeps that."""
    pages = await _pages(tx.connection, dues)
    rows = {key for keys in pages for key in keys}
    for due, keys in zip(dues, pages, strict=True):
        if _is_everywhere(due) and not all(tx.is_locked(STOCK.row(*key)) for key in keys):
            raise KeysMoved(
                f"the next rows of {Place.of(due.key).about} are others than those that were locked"
            )
    book = await Book.open_locked(tx, rows)
    defaults = await defaults_of(tx.connection, rows)
    for due, keys in zip(dues, pages, strict=True):
        for key in keys:
            if key in book:
                book.follow_default(key, defaults[key], due)
        if _is_everywhere(due) and len(keys) == _page(dues):
            tx.schedule(ROW_SAFETY, due.key, tx.now, cause=due, payload={"after": keys[-1].location_id})
    await book.save()


async def _pages(connection: Connection, dues: Sequence[Due]) -> list[list[StockKey]]:
    """Of each piece of work the rows that are its turn: the one it names, or the next ones of its SKU."""
    everywhere = [due for due in dues if _is_everywhere(due)]
    wanted = [(Place.of(due.key).about, _after(due)) for due in everywhere]
    found = await rows_of(connection, wanted, _page(dues)) if wanted else []
    pages = {due.key: keys for due, keys in zip(everywhere, found, strict=True)}
    return [pages[due.key] if due.key in pages else [StockKey(*Place.of(due.key))] for due in dues]


def _page(dues: Sequence[Due]) -> int:
    """How many rows, or SKUs, of each piece of work are looked at: together a page."""
    return max(1, settings().safety_page_rows // len(dues))


def _after(due: Due) -> str:
    return str(due.payload.get("after", ""))


def _is_everywhere(due: Due) -> bool:
    return Place.of(due.key).location_id == EVERYWHERE


def _place(received: Received[SetDefaultSafetyStock]) -> Place:
    setting = received.message
    return Place(setting.location_id or EVERYWHERE, setting.category)


def _future(set_at: datetime, now: datetime) -> Refusal | None:
    """A setting from the future would stand above all that are made until then."""
    skew_seconds = chassis_settings().clock_skew_seconds_max
    if set_at <= now + timedelta(seconds=skew_seconds):
        return None
    detail = (
        f"set_at is {set_at.isoformat(timespec='seconds')}, more than {skew_seconds:g} seconds in the future: it is"
        f" {now.isoformat(timespec='seconds')}. It would stand above every setting made until then."
    )
    return "invalid", detail


def _nowhere(location_id: str) -> Refusal:
    return "unknown_location", f"There is no location {location_id}."
