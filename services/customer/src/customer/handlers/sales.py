"""Till documents: their plain lines are purchases and returns. Lines of an order are order's and pickup's to say."""

from collections.abc import Iterable, Sequence

from customer.domain.purchases import SALE, UNMATCHED, BoughtPart, Head, ReturnedPart, merge_parts
from customer.domain.segments import STORE
from customer.handlers.purchases import Booking, book, booking_rows, not_ahead, owner_digest
from tsunagu.chassis import Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import HandoverUnmatched, SaleRecorded, SaleReturned, SaleVoided
from tsunagu.contracts.values import SaleLine


async def sale_keys(
    connection: Connection, messages: Sequence[Received[SaleRecorded | SaleVoided]]
) -> Iterable[RowKey]:
    """The receipts, and whose they are."""
    sales = [received.message for received in messages]
    return await booking_rows(
        connection, (sale.receipt_id for sale in sales), (owner_digest(sale.customer_ref) for sale in sales)
    )


async def record_sales(tx: Transaction, messages: Sequence[Received[SaleRecorded]]) -> None:
    """A receipt's plain lines are a purchase in the store."""
    bookings = []
    for received in messages:
        sale = received.message
        parts = tuple(_bought(SALE, line, line.line_id) for line in _plain(sale.lines))
        if parts:
            head = Head(
                SALE,
                not_ahead(tx, sale.occurred_at),
                STORE,
                sale.location_id,
                receipt_id=sale.receipt_id,
                customer_ref=sale.customer_ref,
                digest=owner_digest(sale.customer_ref),
            )
            bookings.append(Booking(sale.receipt_id, received, sale.receipt_id, head, parts))
    await book(tx, bookings)


async def void_sales(tx: Transaction, messages: Sequence[Received[SaleVoided]]) -> None:
    """All plain lines of the receipt come back."""
    bookings = []
    for received in messages:
        void = received.message
        at = not_ahead(tx, void.occurred_at)
        returned = tuple(
            ReturnedPart(void.void_id, place, line.line_id, line.sku, line.quantity, line.amount_jpy, at)
            for place, line in enumerate(_plain(void.lines))
        )
        if returned:
            bookings.append(Booking(void.receipt_id, received, returned=returned))
    await book(tx, bookings)


async def return_keys(connection: Connection, messages: Sequence[Received[SaleReturned]]) -> Iterable[RowKey]:
    """The receipts that the goods were bought on, and whose these are."""
    originals = (received.message.original_receipt_id for received in messages)
    return await booking_rows(connection, (one for one in originals if one is not None), ())


async def return_sales(tx: Transaction, messages: Sequence[Received[SaleReturned]]) -> None:
    """Plain lines come back from the receipt they name; the receipt may be read later.

    Without an original receipt nobody knows which purchase they were of: no purchase changes.
    """
    bookings = []
    for received in messages:
        document = received.message
        if document.original_receipt_id is None:
            continue
        at = not_ahead(tx, document.occurred_at)
        returned = tuple(
            ReturnedPart(
                document.receipt_id,
                place,
                line.original_line_id,
                line.sku,
                line.quantity,
                line.amount_jpy,
                at,
            )
            for place, line in enumerate(document.lines)
            if line.order_id is None
        )
        if returned:
            bookings.append(Booking(document.original_receipt_id, received, returned=returned))
    await book(tx, bookings)


async def unmatched_keys(
    connection: Connection, messages: Sequence[Received[HandoverUnmatched]]
) -> Iterable[RowKey]:
    """The orders that nobody knows, and whose they are."""
    events = [received.message for received in messages]
    return await booking_rows(
        connection,
        (event.order_id for event in events),
        (owner_digest(event.customer_ref) for event in events),
    )


async def book_unmatched(tx: Transaction, messages: Sequence[Received[HandoverUnmatched]]) -> None:
    """Lines of an order that nobody knows are a plain sale, kept under the order should it turn up after all."""
    bookings = []
    for received in messages:
        event = received.message
        parts = merge_parts(
            _bought(UNMATCHED, line, line.order_line_id or line.line_id) for line in event.lines
        )
        if parts:
            head = Head(
                UNMATCHED,
                not_ahead(tx, event.occurred_at),
                STORE,
                event.location_id,
                receipt_id=event.receipt_id,
                order_id=event.order_id,
                customer_ref=event.customer_ref,
                digest=owner_digest(event.customer_ref),
            )
            message = event.receipt_id or event.handover_id or ""
            bookings.append(Booking(event.order_id, received, message, head, parts))
    await book(tx, bookings)


def _plain(lines: Sequence[SaleLine]) -> list[SaleLine]:
    return [line for line in lines if line.order_id is None]


def _bought(source: str, line: SaleLine, line_id: str) -> BoughtPart:
    return BoughtPart(source, line_id, line.sku, line.quantity, line.amount_jpy, line.tax_percent)
