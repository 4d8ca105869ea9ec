"""Carts' holds: goods kept for a short while, until an order consumes them, the cart lets go, or time is up."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from inventory.domain.reservation import Request, Reserved, Take, reserve
from inventory.domain.stock import StockKey
from inventory.domain.unpaid import added_up
from inventory.metrics import HOLDS_ENDED
from inventory.settings import settings
from inventory.store.book import Book
from inventory.store.holds import EXPIRED, HELD, RELEASED, UNKNOWN, Hold, load_holds, save_holds
from inventory.store.locks import HOLDS, STOCK
from inventory.store.network import known_skus, places
from inventory.store.unpaid import unpaid_room_for
from tsunagu.chassis import Cause, Connection, Due, Received, RowKey, Transaction
from tsunagu.contracts.messages import ExtendHold, HoldStock, ReleaseHold, StockHeld, StockReleased
from tsunagu.contracts.values import SkuQuantity, StockLine

EXPIRE_HOLD = "expire_hold"


async def hold_keys(connection: Connection, messages: Sequence[Received[HoldStock]]) -> Iterable[RowKey]:
    """The holds, and the rows of stock that are there: what nobody has can't be held."""
    rows = {HOLDS.row(received.message.hold_id) for received in messages}
    rows.update(
        STOCK.row_if_there(received.message.location_id, line.sku)
        for received in messages
        for line in received.message.lines
    )
    return rows


async def hold(tx: Transaction, messages: Sequence[Received[HoldStock]]) -> None:
    """Keep goods for a cart, all of them or none."""
    holds = await load_holds(tx.connection, (received.message.hold_id for received in messages))
    wanted = {StockKey(r.message.location_id, line.sku) for r in messages for line in r.message.lines}
    book = await Book.open_locked(tx, wanted)
    known = await places(tx.connection, (received.message.location_id for received in messages), tx.now)
    skus = await known_skus(tx.connection, (key.sku for key in wanted))
    lines = (
        (StockKey(r.message.location_id, line.sku), line.quantity)
        for r in messages
        for line in r.message.lines
    )
    room = await unpaid_room_for(tx.connection, book, added_up(lines, {}))
    for received in messages:
        command = received.message
        cart = holds[command.hold_id]
        refusal = _refusal(tx.now, command.held_until)
        unknown = sorted({line.sku for line in command.lines} - skus)
        if cart.state != UNKNOWN:
            refusal = ("hold_ended", f"Hold {command.hold_id} is {cart.state}; use another hold_id.")
        elif command.location_id not in known:
            refusal = ("unknown_location", f"There is no location {command.location_id}.")
        elif unknown:
            refusal = ("unknown_sku", f"There is no product {', '.join(unknown[:10])}.")
        if refusal is not None:
            tx.refuse(received, *refusal)
            continue
        takes = tuple(
            Take(str(place), StockKey(command.location_id, line.sku), line.quantity)
            for place, line in enumerate(command.lines)
        )
        available = {
            key: room.of(key, pieces) for key, pieces in book.available(take.key for take in takes).items()
        }
        outcome = reserve(available, [Request(command.hold_id, takes)], tx.now)[0]
        if not isinstance(outcome, Reserved):
            detail = f"{command.location_id} does not have all of it any more."
            tx.refuse(received, "out_of_stock", detail)
            continue
        cart.state, cart.location_id, cart.channel = HELD, command.location_id, command.channel
        cart.held_until = command.held_until
        cart.lines = tuple((line.sku, line.quantity) for line in command.lines)
        for key, quantity in cart.pieces().items():
            book.shift(key, received, held=quantity)
            room.take(key, quantity)
        _say_held(tx, cart, received)
    await save_holds(tx.connection, list(holds.values()))
    await book.save()


async def keys(
    connection: Connection, messages: Sequence[Received[ExtendHold] | Received[ReleaseHold]]
) -> Iterable[RowKey]:
    """Known holds and the goods they hold."""
    return await _rows(connection, (received.message.hold_id for received in messages))


async def extend(tx: Transaction, messages: Sequence[Received[ExtendHold]]) -> None:
    """Keep a cart's goods longer."""
    holds = await _locked(tx, (received.message.hold_id for received in messages))
    for received in messages:
        command = received.message
        cart = holds.get(command.hold_id)
        refusal = _not_held(command.hold_id, cart) or _refusal(tx.now, command.held_until)
        if cart is None or refusal is not None:
            tx.refuse(received, *(refusal or _gone(command.hold_id)))
            continue
        cart.held_until = command.held_until
        _say_held(tx, cart, received)
    await save_holds(tx.connection, list(holds.values()))


async def release(tx: Transaction, messages: Sequence[Received[ReleaseHold]]) -> None:
    """A cart lets go of its goods."""
    holds = await _locked(tx, (received.message.hold_id for received in messages))
    book = await Book.open(tx, _goods(holds.values()))
    for received in messages:
        cart = holds.get(received.message.hold_id)
        refusal = _not_held(received.message.hold_id, cart)
        if cart is None or refusal is not None:
            tx.refuse(received, *(refusal or _gone(received.message.hold_id)))
            continue
        end_hold(tx, book, cart, RELEASED, received)
    await save_holds(tx.connection, list(holds.values()))
    await book.save()


async def expire_keys(connection: Connection, dues: Sequence[Due]) -> Iterable[RowKey]:
    """The holds whose time is up, and the goods they hold."""
    return await _rows(connection, (due.key for due in dues))


async def expire(tx: Transaction, dues: Sequence[Due]) -> None:
    """Time is up: the goods are free again. A hold that was extended meanwhile has a later timer."""
    holds = await _locked(tx, (due.key for due in dues))
    book = await Book.open(tx, _goods(holds.values()))
    for due in dues:
        cart = holds.get(due.key)
        if (
            cart is not None
            and cart.state == HELD
            and cart.held_until is not None
            and cart.held_until <= tx.now
        ):
            end_hold(tx, book, cart, EXPIRED, due)
    await save_holds(tx.connection, list(holds.values()))
    await book.save()


def end_hold(tx: Transaction, book: Book, cart: Hold, state: str, cause: Cause) -> None:
    """Free what a hold keeps, for a reason that is its last state, and say so."""
    for key, quantity in cart.pieces().items():
        book.shift(key, cause, held=-quantity)
    cart.state = state
    cart.version += 1
    tx.cancel(EXPIRE_HOLD, cart.hold_id)
    tx.count(HOLDS_ENDED, reason=state)
    tx.publish(
        StockReleased(
            hold_id=cart.hold_id,
            version=cart.version,
            reason=state,
            occurred_at=tx.now,
            lines=tuple(
                StockLine(sku=sku, quantity=quantity, location_id=cart.location_id)
                for sku, quantity in cart.lines
            ),
        ),
        cause=cause,
    )


async def _rows(connection: Connection, hold_ids: Iterable[str]) -> Iterable[RowKey]:
    holds = await load_holds(connection, hold_ids)
    rows = {HOLDS.row(hold_id) for hold_id in holds}
    rows.update(STOCK.row(*key) for key in _goods(holds.values()))
    return rows


async def _locked(tx: Transaction, hold_ids: Iterable[str]) -> dict[str, Hold]:
    ids = [hold_id for hold_id in hold_ids if tx.is_locked(HOLDS.row(hold_id))]
    return await load_holds(tx.connection, ids)


def _goods(holds: Iterable[Hold]) -> set[StockKey]:
    return {key for cart in holds for key in cart.pieces()}


def _say_held(tx: Transaction, cart: Hold, cause: Received[HoldStock] | Received[ExtendHold]) -> None:
    assert cart.held_until is not None, "what is held is held until a time"
    cart.version += 1
    tx.schedule(EXPIRE_HOLD, cart.hold_id, cart.held_until, cause=cause)
    tx.publish(
        StockHeld(
            hold_id=cart.hold_id,
            version=cart.version,
            location_id=cart.location_id,
            channel=cart.channel,
            held_until=cart.held_until,
            occurred_at=tx.now,
            lines=tuple(SkuQuantity(sku=sku, quantity=quantity) for sku, quantity in cart.lines),
        ),
        cause=cause,
    )


def _refusal(now: datetime, held_until: datetime) -> tuple[str, str] | None:
    longest = settings().hold_minutes_max
    if held_until <= now:
        return "held_until_past", "held_until has passed already."
    if held_until > now + timedelta(minutes=longest):
        return "held_too_long", f"A cart's goods are held for {longest:g} minutes at most."
    return None


def _not_held(hold_id: str, cart: Hold | None) -> tuple[str, str] | None:
    if cart is None or cart.state == UNKNOWN:
        return _gone(hold_id)
    if cart.state != HELD:
        return "hold_ended", f"Hold {hold_id} is {cart.state}."
    return None


def _gone(hold_id: str) -> tuple[str, str]:
    return "unknown_hold", f"There is no hold {hold_id}."
