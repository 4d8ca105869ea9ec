"""Adjustments, and discrepancies that somebody settles."""

from collections.abc import Iterable, Mapping, Sequence

from inventory.domain.movements import MovementType
from inventory.domain.stock import StockKey
from inventory.handlers.lines import stock_keys
from inventory.store.book import Book, Origin
from inventory.store.deliveries import Delivery, load_deliveries, save_deliveries
from inventory.store.discrepancies import (
    OPEN,
    SETTLED,
    Discrepancy,
    load_discrepancies,
    save_discrepancies,
)
from inventory.store.feeds import heard_from
from inventory.store.locks import DELIVERIES, DISCREPANCIES, STOCK
from inventory.store.tasks import Tasks
from tsunagu.chassis import Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import (
    AdjustStock,
    SettleDiscrepancy,
    StockAdjusted,
)
from tsunagu.contracts.values import (
    AdjustedLine,
    AdjustReason,
    BreakCause,
    Resolution,
)

# Goods that somebody had set apart are the first to leave by these reasons.
_SET_APART_FIRST = frozenset({AdjustReason.DAMAGE, AdjustReason.EXPIRED})


async def keys(_: Connection, messages: Sequence[Received[AdjustStock]]) -> Iterable[RowKey]:
    """The rows of stock of the lines."""
    return {STOCK.row(*key) for key in stock_keys(messages)}


async def adjust(tx: Transaction, messages: Sequence[Received[AdjustStock]]) -> None:
    """Stock is more or less than booked."""
    book = await Book.open(tx, stock_keys(messages))
    for received in messages:
        adjustment = received.message
        origin = Origin(received, adjustment.adjustment_id, adjustment.occurred_at, BreakCause.ADJUSTMENT)
        _correct(
            tx,
            book,
            adjustment,
            MovementType.ADJUSTMENT,
            origin,
            adjustment.reason,
            set_apart_first=adjustment.reason in _SET_APART_FIRST,
        )
    await book.save()
    await heard_from(tx, {received.message.location_id: received for received in messages})


async def settle_keys(
    connection: Connection, messages: Sequence[Received[SettleDiscrepancy]]
) -> Iterable[RowKey]:
    """The discrepancies, the goods they set apart or wait for, and the goods that the corrections are about."""
    ids = {received.message.discrepancy_id for received in messages}
    known = await load_discrepancies(connection, ids)
    rows = {DISCREPANCIES.row(discrepancy_id) for discrepancy_id in known}
    for discrepancy in known.values():
        rows.update(STOCK.row(discrepancy.location_id, sku) for sku, _ in discrepancy.inspect)
    for delivery in (await _deliveries(connection, known)).values():
        rows.add(DELIVERIES.row(delivery.delivery_id))
        rows.update(STOCK.row(*key) for key in delivery.stock_keys())
    for received in messages:
        settlement = received.message
        if settlement.discrepancy_id in known:
            rows.update(STOCK.row(settlement.location_id, line.sku) for line in settlement.lines)
    return rows


async def settle(tx: Transaction, messages: Sequence[Received[SettleDiscrepancy]]) -> None:
    """Somebody says what becomes of a discrepancy: accepted goods are on sale again, others leave by the lines.

    What is still expected of a delivery that is overdue is not expected any more.
    """
    known = await load_discrepancies(
        tx.connection,
        (
            received.message.discrepancy_id
            for received in messages
            if tx.is_locked(DISCREPANCIES.row(received.message.discrepancy_id))
        ),
    )
    stock = {
        StockKey(discrepancy.location_id, sku)
        for discrepancy in known.values()
        for sku, _ in discrepancy.inspect
    }
    stock.update(stock_keys(one for one in messages if one.message.discrepancy_id in known))
    deliveries = await _deliveries(tx.connection, known)
    stock.update(key for delivery in deliveries.values() for key in delivery.stock_keys())
    book = await Book.open(tx, stock)
    tasks = Tasks(tx)
    for received in messages:
        settlement = received.message
        discrepancy = known.get(settlement.discrepancy_id)
        if discrepancy is None or discrepancy.state != OPEN:
            reason = "unknown_discrepancy" if discrepancy is None else "already_settled"
            what = "is not known" if discrepancy is None else "has been settled"
            tx.refuse(received, reason, f"Discrepancy {settlement.discrepancy_id} {what}.")
            continue
        if settlement.location_id != discrepancy.location_id:
            detail = f"The discrepancy is at {discrepancy.location_id}, not at {settlement.location_id}."
            tx.refuse(received, "other_location", detail)
            continue
        discrepancy.state = SETTLED
        tasks.close(discrepancy.discrepancy_id, cause=received)
        if settlement.resolution is Resolution.ACCEPT:
            for sku, quantity in discrepancy.inspect:
                book.shift(StockKey(discrepancy.location_id, sku), received, unsellable=-quantity)
        if discrepancy.delivery_id is not None:
            book.expect(deliveries[discrepancy.delivery_id].give_up(), received)
        if not settlement.lines:
            tx.accept(received)
            continue
        origin = Origin(received, settlement.settlement_id, settlement.occurred_at, BreakCause.ADJUSTMENT)
        _correct(
            tx,
            book,
            settlement,
            MovementType.SETTLEMENT,
            origin,
            AdjustReason.CORRECTION,
            set_apart_first=settlement.resolution is not Resolution.ACCEPT,
        )
    await save_discrepancies(tx.connection, list(known.values()))
    await save_deliveries(tx.connection, list(deliveries.values()))
    await book.save()
    await tasks.save()


async def _deliveries(connection: Connection, known: Mapping[str, Discrepancy]) -> dict[str, Delivery]:
    """The deliveries of which the rest is in question."""
    ids = (discrepancy.delivery_id for discrepancy in known.values())
    return await load_deliveries(connection, (one for one in ids if one is not None))


def _correct(
    tx: Transaction,
    book: Book,
    correction: AdjustStock | SettleDiscrepancy,
    kind: MovementType,
    origin: Origin,
    reason: AdjustReason,
    *,
    set_apart_first: bool,
) -> None:
    """Book corrections and say so; what leaves is taken from goods set apart first, where the reason says so."""
    booked: list[AdjustedLine] = []
    for line in correction.lines:
        key = StockKey(correction.location_id, line.sku)
        if set_apart_first and line.change < 0:
            book.shift(key, origin.cause, unsellable=-min(-line.change, book[key].unsellable))
        book.move(key, kind, origin, quantity=line.change)
        booked.append(AdjustedLine(sku=line.sku, change=line.change, on_hand=book[key].on_hand))
    tx.publish(
        StockAdjusted(
            document_id=origin.document_id,
            location_id=correction.location_id,
            occurred_at=origin.occurred_at,
            reason=reason,
            lines=tuple(booked),
        ),
        cause=origin.cause,
    )
