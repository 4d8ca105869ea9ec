"""Orders: placed ones are a sign of the journey, completed ones are purchases, returned items take some back."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from customer.domain.purchases import COMPLETED, BoughtPart, Head, ReturnedPart, merge_parts
from customer.handlers import order_news
from customer.handlers.activity import RESERVED, Interest, note_interest
from customer.handlers.profiles import refresh
from customer.handlers.purchases import Booking, book, booking_rows, not_ahead, owner_digest
from customer.locks import owner_rows, require_customers
from customer.store.identities import SQL as IDENTITY_SQL
from customer.store.journey import SQL as JOURNEY_SQL
from tsunagu.chassis import Cause, Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import (
    ItemsReturned,
    OrderCancelled,
    OrderCompleted,
    OrderPlaced,
    OrderRejected,
    ReturnUnmatched,
)
from tsunagu.contracts.values import FulfilmentMethod, ReturnedLine, UnmatchedReturnLine


class _OfSomebody(Protocol):
    @property
    def customer_ref(self) -> str | None: ...
    @property
    def recipient_ref(self) -> str | None: ...


def _owner(order: _OfSomebody) -> str | None:
    return owner_digest(order.customer_ref, order.recipient_ref)


async def order_keys(
    connection: Connection, messages: Sequence[Received[OrderPlaced | OrderRejected | OrderCancelled]]
) -> Iterable[RowKey]:
    """Whose orders they are."""
    owners = (_owner(received.message) for received in messages)
    return await owner_rows(connection, (digest for digest in owners if digest is not None))


async def ended_keys(
    connection: Connection, messages: Sequence[Received[OrderRejected | OrderCancelled]]
) -> Iterable[RowKey]:
    """Whose orders they are, and who is told of it."""
    return {*await order_keys(connection, messages), *await order_news.keys(connection, messages)}


async def note_placed(tx: Transaction, messages: Sequence[Received[OrderPlaced]]) -> None:
    """Somebody has something reserved; if nothing comes of it, they have at least considered it."""
    owned = [(received, digest) for received in messages if (digest := _owner(received.message)) is not None]
    erased = await _erased(tx, [digest for _, digest in owned])
    owned = [(received, digest) for received, digest in owned if digest not in erased]
    if owned:
        await tx.connection.execute(
            JOURNEY_SQL.insert_open_orders,
            [received.message.order_id for received, _ in owned],
            [digest for _, digest in owned],
            [not_ahead(tx, received.message.placed_at) for received, _ in owned],
        )
    await note_interest(
        tx,
        [
            Interest(
                digest,
                RESERVED,
                received.message.channel,
                not_ahead(tx, received.message.placed_at),
                received,
            )
            for received, digest in owned
        ],
    )


async def note_ended(tx: Transaction, messages: Sequence[Received[OrderRejected | OrderCancelled]]) -> None:
    """Nothing came of an order, or of lines of it; those whom it names are told."""
    await order_news.follow(tx, messages)
    ended = [
        received
        for received in messages
        if isinstance(received.message, OrderRejected) or received.message.order_finished
    ]
    await _end(tx, ended)
    causes: dict[str, Cause] = {}
    owners = {digest: received for received in ended if (digest := _owner(received.message)) is not None}
    for row in await tx.connection.fetch(IDENTITY_SQL.held_by, sorted(owners)):
        causes[row["customer_id"]] = owners[row["digest"]]
    await require_customers(tx, causes)
    await refresh(tx, causes)


async def completed_keys(
    connection: Connection, messages: Sequence[Received[OrderCompleted]]
) -> Iterable[RowKey]:
    """The orders, and whose they are."""
    events = [received.message for received in messages]
    return await booking_rows(
        connection, (event.order_id for event in events), (_owner(event) for event in events)
    )


async def book_completed(tx: Transaction, messages: Sequence[Received[OrderCompleted]]) -> None:
    """The shopper has these lines: a purchase, at the handover or delivery and not before."""
    await order_news.follow(tx, messages)
    await _end(tx, [received for received in messages if received.message.order_finished])
    bookings = []
    for received in messages:
        event = received.message
        head = Head(
            COMPLETED,
            not_ahead(tx, event.occurred_at),
            event.channel,
            event.location_id,
            receipt_id=event.receipt_id,
            order_id=event.order_id,
            customer_ref=event.customer_ref,
            digest=_owner(event),
            ordered_at=not_ahead(tx, event.placed_at),
            picked_up_at=(
                not_ahead(tx, event.occurred_at) if event.method is FulfilmentMethod.PICKUP else None
            ),
        )
        parts = merge_parts(
            BoughtPart(COMPLETED, line.line_id, line.sku, line.quantity, line.amount_jpy, line.tax_percent)
            for line in event.lines
        )
        bookings.append(Booking(event.order_id, received, str(event.version), head, parts))
    await book(tx, bookings)


async def returned_keys(
    connection: Connection, messages: Sequence[Received[ItemsReturned | ReturnUnmatched]]
) -> Iterable[RowKey]:
    """The orders that goods came back of, and whose they are."""
    return await booking_rows(connection, (received.message.order_id for received in messages), ())


async def book_returned(
    tx: Transaction, messages: Sequence[Received[ItemsReturned | ReturnUnmatched]]
) -> None:
    """Lines of an order came back; of one that nobody knows, from what was handed over under it as a plain sale."""
    bookings = []
    for received in messages:
        event = received.message
        lines: Sequence[ReturnedLine | UnmatchedReturnLine] = event.lines
        at = not_ahead(tx, event.occurred_at)
        returned = tuple(
            ReturnedPart(event.return_id, place, line.line_id, line.sku, line.quantity, line.amount_jpy, at)
            for place, line in enumerate(lines)
        )
        bookings.append(Booking(event.order_id, received, returned=returned))
    await book(tx, bookings)


async def _end(
    tx: Transaction, ended: Sequence[Received[OrderRejected | OrderCancelled | OrderCompleted]]
) -> None:
    if ended:
        await tx.connection.execute(
            JOURNEY_SQL.end_open_orders, [received.message.order_id for received in ended]
        )


async def _erased(tx: Transaction, digests: Sequence[str]) -> set[str]:
    rows = await tx.connection.fetch(IDENTITY_SQL.owner_states, sorted(set(digests)))
    return {row["digest"] for row in rows}
