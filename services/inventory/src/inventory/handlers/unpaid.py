"""Orders that are not paid yet get of each row no more than may be kept unpaid."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from inventory.domain.reservation import Request, Take
from inventory.domain.stock import StockKey
from inventory.domain.unpaid import UnpaidRoom, added_up
from inventory.store.book import Book
from inventory.store.orders import OrderStock
from inventory.store.unpaid import unpaid_room_for
from tsunagu.chassis import Received, Transaction
from tsunagu.contracts.messages import OrderPlaced
from tsunagu.contracts.values import Payment

Wish = tuple[Received[OrderPlaced], Request | None]


async def with_room(tx: Transaction, book: Book, wishes: Sequence[Wish]) -> list[Wish]:
    """The requests of those who have paid, and of the others as many as there is room for, first come, first served.

    Whom there is no room for is looked at again in the second step.
    """
    wanted = {
        received.message.order_id: _beside_credit(request, tx.now)
        for received, request in wishes
        if request is not None and received.message.payment is not Payment.PREPAID
    }
    total = added_up((one for pieces in wanted.values() for one in pieces.items()), {})
    room = await unpaid_room_for(tx.connection, book, total)
    result: list[Wish] = []
    for received, request in wishes:
        pieces = wanted.get(received.message.order_id, {})
        if not room.has(pieces):
            result.append((received, None))
            continue
        for key, quantity in pieces.items():
            room.take(key, quantity)
        result.append((received, request))
    return result


def allowed(
    order: OrderStock,
    first_promise: bool,
    room: UnpaidRoom,
    credit: Mapping[StockKey, int],
    available: Callable[[StockKey], int],
) -> Callable[[StockKey], int]:
    """What the order may have of each row: all of it, unless it is not paid and nothing was ever promised to it."""
    if order.is_prepaid or not first_promise:
        return available

    def allowed_of(key: StockKey) -> int:
        kept = credit.get(key, 0)
        return room.of(key, available(key) - kept) + kept

    return allowed_of


def keep(order: OrderStock, takes: Iterable[Take], room: UnpaidRoom) -> None:
    """Note what an order gets, where it is not paid."""
    if not order.is_prepaid:
        for take in takes:
            room.take(take.key, take.quantity)


def rows_for_unpaid(orders: Iterable[OrderStock], keys: Iterable[StockKey]) -> list[StockKey]:
    """The rows that orders could have something of that are not paid."""
    skus = {line.sku for order in orders if not order.is_prepaid for line in order.wanted}
    return [key for key in keys if key.sku in skus]


def _beside_credit(request: Request, now: datetime) -> dict[StockKey, int]:
    credit = request.credit
    kept = credit.pieces if credit is not None and credit.until > now else {}
    return added_up(((take.key, take.quantity) for take in request.takes), kept)
