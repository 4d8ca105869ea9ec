"""Counts: compared with what should have been there at their moment, and approved where they differ much."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from inventory.domain.counting import CountSeen, Step, expected, needs_approval
from inventory.domain.stock import PIECES_MAX, StockKey
from inventory.domain.tasks import TaskKind
from inventory.settings import settings
from inventory.sql import SQL
from inventory.store.book import Book, Origin
from inventory.store.counts import StockCount, load_counts, save_counts
from inventory.store.feeds import heard_from
from inventory.store.locks import COUNTS, STOCK
from inventory.store.network import prices
from inventory.store.reliability import note_counts
from inventory.store.tasks import Tasks, lasting_task_id
from tsunagu.chassis import Connection, Received, RowKey, Transaction, Unusable
from tsunagu.chassis.settings import chassis_settings
from tsunagu.contracts.messages import ApproveCount, CountStock, StockCounted
from tsunagu.contracts.values import QUANTITY_MAX, BreakCause, CountedLine, CountOutcome

APPLIED, AWAITING, REFUSED = "applied", "awaiting_approval", "refused"
Past = Mapping[StockKey, Sequence[Step]]


async def count_keys(_: Connection, messages: Sequence[Received[CountStock]]) -> Iterable[RowKey]:
    """The counts and the rows of stock that they list."""
    rows = {COUNTS.row(received.message.count_id) for received in messages}
    for received in messages:
        rows.update(STOCK.row(received.message.location_id, line.sku) for line in received.message.lines)
    return rows


async def count(tx: Transaction, messages: Sequence[Received[CountStock]]) -> None:
    """Apply counts; one that differs by more than the limit moves nothing until it is approved."""
    known = await load_counts(tx.connection, (received.message.count_id for received in messages))
    for received in messages:
        report = received.message
        counted: dict[str, int] = {}
        for line in report.lines:
            counted[line.sku] = counted.get(line.sku, 0) + line.quantity
        known[report.count_id] = StockCount(
            count_id=report.count_id,
            state="unknown",
            version=0,
            location_id=report.location_id,
            scope=report.scope,
            counted_at=_believed(report.counted_at, tx.now),
            receipts=tuple(
                (seen.register_id, seen.business_date, seen.receipt_number) for seen in report.receipts_seen
            ),
            lines=tuple(sorted(counted.items())),
        )
    counts = [known[received.message.count_id] for received in messages]
    book = await Book.open(tx, (key for stock_count in counts for key in _keys(stock_count)))
    past = await _past(tx, counts)
    price = await prices(tx.connection, (sku for stock_count in counts for sku, _ in stock_count.lines))
    limits = (settings().count_approval_pieces_max, settings().count_approval_value_jpy_max)
    tasks = Tasks(tx)
    for received, stock_count in zip(messages, counts, strict=True):
        lines = _compare(book, stock_count, past)
        if any(needs_approval(line.variance, price.get(line.sku, 0), *limits) for line in lines):
            stock_count.state = AWAITING
            tasks.open(
                lasting_task_id(TaskKind.APPROVE_COUNT, stock_count.count_id),
                TaskKind.APPROVE_COUNT,
                f"Approve count {stock_count.count_id} at {stock_count.location_id}"[:200],
                cause=received,
                detail="It differs from the books by more than the limit; nothing moves until somebody decides.",
                location_id=stock_count.location_id,
                lines=[(line.sku, line.counted) for line in lines],
                count_id=stock_count.count_id,
                expected={line.sku: line.expected for line in lines},
                due_in=timedelta(minutes=settings().recount_minutes),
            )
        else:
            _apply(book, stock_count, lines, Origin(received, stock_count.count_id, tx.now, BreakCause.COUNT))
            _close_recounts(tasks, stock_count, received)
        _publish(tx, received, stock_count, lines)
    await save_counts(tx.connection, counts)
    await book.save()
    await tasks.save()
    await note_counts(tx, _applied_at(counts))
    await heard_from(tx, {received.message.location_id: received for received in messages})


async def approve_keys(
    connection: Connection, messages: Sequence[Received[ApproveCount]]
) -> Iterable[RowKey]:
    """The counts and the rows of stock that they list."""
    known = await load_counts(connection, (received.message.count_id for received in messages))
    rows = {COUNTS.row(count_id) for count_id in known}
    for stock_count in known.values():
        rows.update(STOCK.row(*key) for key in _keys(stock_count))
    return rows


async def approve(tx: Transaction, messages: Sequence[Received[ApproveCount]]) -> None:
    """Apply a count that differs much, or have it counted again."""
    known = await load_counts(
        tx.connection,
        (
            received.message.count_id
            for received in messages
            if tx.is_locked(COUNTS.row(received.message.count_id))
        ),
    )
    book = await Book.open(tx, (key for stock_count in known.values() for key in _keys(stock_count)))
    past = await _past(tx, [stock_count for stock_count in known.values() if stock_count.state == AWAITING])
    tasks = Tasks(tx)
    decided: list[StockCount] = []
    for received in messages:
        approval = received.message
        stock_count = known.get(approval.count_id)
        if stock_count is None or stock_count.state != AWAITING:
            reason = "unknown_count" if stock_count is None else "not_awaiting_approval"
            state = "is not known" if stock_count is None else f"is {stock_count.state}"
            tx.refuse(received, reason, f"Count {approval.count_id} {state}; there is nothing to approve.")
            continue
        decided.append(stock_count)
        lines = _compare(book, stock_count, past)
        if approval.approved:
            origin = Origin(received, stock_count.count_id, approval.occurred_at, BreakCause.COUNT)
            _apply(book, stock_count, lines, origin)
            _close_recounts(tasks, stock_count, received)
        else:
            stock_count.state = REFUSED
            for sku, _ in stock_count.lines:
                tasks.open_count(stock_count.location_id, sku, "The last count was refused.", cause=received)
        tasks.close(lasting_task_id(TaskKind.APPROVE_COUNT, stock_count.count_id), cause=received)
        _publish(tx, received, stock_count, lines)
    await save_counts(tx.connection, list(known.values()))
    await book.save()
    await tasks.save()
    await note_counts(tx, _applied_at(decided))


def _applied_at(counts: Iterable[StockCount]) -> dict[str, datetime]:
    """When locations were counted last, by counts that stand."""
    latest: dict[str, datetime] = {}
    for stock_count in counts:
        if stock_count.state == APPLIED:
            at = stock_count.seen.counted_at
            latest[stock_count.location_id] = max(at, latest.get(stock_count.location_id, at))
    return latest


def _believed(counted_at: datetime, now: datetime) -> datetime:
    """When it was counted; now, where the handheld's clock can't be right."""
    long_ago = now - timedelta(days=settings().fact_age_days_max)
    return counted_at if long_ago <= counted_at <= now else now


def _keys(stock_count: StockCount) -> list[StockKey]:
    return [StockKey(stock_count.location_id, sku) for sku, _ in stock_count.lines]


async def _past(tx: Transaction, counts: Sequence[StockCount]) -> Past:
    """The movements that the counts may not have seen.

    A movement is recorded after it happened, so that what was recorded before the earliest count was made, less
    what clocks may differ by, has been seen.
    """
    steps: dict[StockKey, list[Step]] = defaultdict(list)
    if not counts:
        return steps
    keys = sorted({key for stock_count in counts for key in _keys(stock_count)})
    since = min(stock_count.seen.counted_at for stock_count in counts)
    since -= timedelta(seconds=chassis_settings().clock_skew_seconds_max)
    rows = await tx.connection.fetch(
        SQL.recent_movements, [key.location_id for key in keys], [key.sku for key in keys], since
    )
    for row in rows:
        steps[StockKey(row["location_id"], row["sku"])].append(
            Step(
                row["occurred_at"], row["quantity"], row["staged"], row["register_id"], row["business_date"],
                row["receipt_number"],
            )
        )  # fmt: skip
    return steps


def _compare(book: Book, stock_count: StockCount, past: Past) -> tuple[CountedLine, ...]:
    seen: CountSeen = stock_count.seen
    lines: list[CountedLine] = []
    for sku, counted in stock_count.lines:
        key = StockKey(stock_count.location_id, sku)
        steps = [*past.get(key, ()), *book.steps(key)]
        stock = book[key]
        should_be = expected(seen, stock.on_hand, stock.staged, steps)
        if counted > QUANTITY_MAX or abs(should_be) > PIECES_MAX:
            raise Unusable(
                "too_many_pieces",
                f"{counted} pieces of {sku} were counted and {should_be} expected; at most {QUANTITY_MAX} of"
                f" {PIECES_MAX} can be: count again, and look for a wrong quantity in its documents",
            )
        lines.append(CountedLine(sku=sku, counted=counted, expected=should_be))
    return tuple(lines)


def _apply(book: Book, stock_count: StockCount, lines: Sequence[CountedLine], origin: Origin) -> None:
    """A count older than one that was applied already changes nothing any more: that one knew better."""
    stock_count.state = APPLIED
    for line in lines:
        key = StockKey(stock_count.location_id, line.sku)
        last = book.last_count(key)
        if last is None or last < stock_count.seen.counted_at:
            book.count(key, stock_count.count_id, stock_count.seen, line.variance, origin)


def _close_recounts(
    tasks: Tasks, stock_count: StockCount, cause: Received[CountStock | ApproveCount]
) -> None:
    for sku, _ in stock_count.lines:
        tasks.close(lasting_task_id(TaskKind.COUNT, stock_count.location_id, sku), cause=cause)


def _publish(
    tx: Transaction,
    received: Received[CountStock] | Received[ApproveCount],
    stock_count: StockCount,
    lines: tuple[CountedLine, ...],
) -> None:
    stock_count.version += 1
    reported = received.message
    tx.publish(
        StockCounted(
            document_id=stock_count.count_id,
            version=stock_count.version,
            location_id=stock_count.location_id,
            occurred_at=reported.occurred_at,
            scope=stock_count.scope,
            outcome=CountOutcome(stock_count.state),
            approval_id=reported.approval_id if isinstance(reported, ApproveCount) else None,
            lines=lines,
        ),
        cause=received,
    )
