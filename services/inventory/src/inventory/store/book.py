"""Stock and its ledger. On hand and staged goods change here only, each change together with its movement.

The database adds each movement to its row of stock by itself, and refuses any other change of the two.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Any

from inventory.domain.counting import CountSeen, Step, correction
from inventory.domain.movements import MovementType
from inventory.domain.stock import PIECES_MAX, Stock, StockKey
from inventory.domain.tasks import TaskKind
from inventory.metrics import MARKED_MOVEMENTS, MOVEMENTS, NEGATIVE_AVAILABLE
from inventory.settings import settings
from inventory.sql import SQL
from inventory.store.availability import publish_availability
from inventory.store.counts import load_counts
from inventory.store.locks import STOCK
from inventory.store.safety import look_at_default
from inventory.store.tasks import Tasks
from tsunagu.chassis import Cause, KeysMoved, Transaction, Unusable
from tsunagu.chassis.settings import chassis_settings
from tsunagu.contracts.values import BreakCause

BREAK_PROMISES = "break_promises"
_MOVEMENT_COLUMNS = (
    "location_id", "sku", "type", "quantity", "staged", "document_id", "order_id", "message_id", "register_id",
    "business_date", "receipt_number", "occurred_at", "recorded_at", "mark",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Origin:
    """What a movement comes from: the message, the document that it books, and when it happened.

    `breaks` is what is said of promises that it breaks. Register, business day and number are those of a receipt.
    """

    cause: Cause
    document_id: str
    occurred_at: datetime
    breaks: BreakCause
    order_id: str | None = None
    register_id: str | None = None
    business_date: date | None = None
    receipt_number: int | None = None


@dataclass(slots=True)
class _Row:
    """A row of stock as loaded, and what it has become."""

    before: Stock
    now: Stock
    version: int
    mark: str | None
    safety_set_at: datetime | None
    count_id: str | None
    counted_at: datetime | None
    cause: Cause | None = None
    origin: Origin | None = None
    only_promises: bool = True
    has_new_dates: bool = False  # of its count or its safety stock


_pieces = itemgetter(*Stock._fields)
_NOT_MOVED = slice(Stock._fields.index("reserved"), None)  # all but on_hand and staged


class Book:
    """The rows of stock that a transaction works on, and the movements it adds. Use `await Book.open(tx, keys)`."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._rows: dict[StockKey, _Row] = {}
        self._counts: dict[str, CountSeen] = {}
        self._movements: list[tuple[Any, ...]] = []
        self._steps: dict[StockKey, list[Step]] = defaultdict(list)
        self._latest = tx.now + timedelta(seconds=chassis_settings().clock_skew_seconds_max)
        self._earliest = tx.now - timedelta(days=settings().fact_age_days_max)

    @classmethod
    async def open(cls, tx: Transaction, keys: Iterable[StockKey]) -> "Book":
        """Load locked rows. Raises KeysMoved for a row that is not locked."""
        wanted = set(keys)
        for key in wanted - tx.locked_keys(STOCK):
            raise KeysMoved(f"stock of {key.sku} at {key.location_id} is needed and not locked")
        return await cls.open_locked(tx, wanted)

    @classmethod
    async def open_locked(cls, tx: Transaction, keys: Iterable[StockKey]) -> "Book":
        """Load those of the rows that are locked: the others have nothing as far as this transaction goes."""
        book = cls(tx)
        locked = sorted(tx.locked_keys(STOCK) & set(keys))
        if not locked:
            return book
        read = tx.read_by_lock(STOCK)
        rows = (
            [read[key] for key in locked]
            if read is not None
            else await tx.connection.fetch(
                SQL.read_stock, [key[0] for key in locked], [key[1] for key in locked]
            )
        )
        for row in rows:
            stock = Stock(*_pieces(row))
            mark = None
            if not row["location_known"]:
                mark = "unknown_location"
            elif not row["sku_known"]:
                mark = "unknown_sku"
            book._rows[StockKey(row["location_id"], row["sku"])] = _Row(
                stock, stock, row["version"], mark, row["safety_set_at"], row["count_id"], row["counted_at"]
            )
        counted = {row.count_id for row in book._rows.values() if row.count_id is not None}
        counts = await load_counts(tx.connection, counted)
        book._counts = {count_id: count.seen for count_id, count in counts.items()}
        return book

    def __contains__(self, key: StockKey) -> bool:
        return key in self._rows

    def __getitem__(self, key: StockKey) -> Stock:
        """The row as it is now in this transaction."""
        return self._row(key).now

    def available(self, keys: Iterable[StockKey]) -> Mapping[StockKey, int]:
        """What can be promised of rows; nothing of one that is not loaded or whose SKU or location is unknown."""
        found = ((key, self._rows.get(key)) for key in keys)
        return {key: row.now.available for key, row in found if row is not None and row.mark is None}

    def mark(self, key: StockKey) -> str | None:
        """unknown_location or unknown_sku, where that is so."""
        return self._row(key).mark

    def steps(self, key: StockKey) -> list[Step]:
        """The movements that this transaction has added to the row so far."""
        return self._steps[key]

    def last_count(self, key: StockKey) -> datetime | None:
        """When the latest count was made that was applied to the row."""
        return self._row(key).counted_at

    def safety_set_at(self, key: StockKey) -> datetime | None:
        """When the safety stock of the row itself was set last; None where it follows its category's default."""
        return self._row(key).safety_set_at

    def move(
        self, key: StockKey, kind: MovementType, origin: Origin, *, quantity: int = 0, staged: int = 0
    ) -> None:
        """Book a movement: `quantity` on hand and `staged` goods more (or fewer).

        After a count that has seen it already, the same amount is given back, so that the count stays true.
        """
        if not quantity and not staged:
            return
        row = self._row(key)
        occurred_at, mark = origin.occurred_at, row.mark
        if occurred_at > self._latest:
            occurred_at, mark = self._tx.now, mark or "future"
        elif occurred_at < self._earliest:
            occurred_at, mark = self._tx.now, mark or "long_ago"
        step = Step(
            occurred_at, quantity, staged, origin.register_id, origin.business_date, origin.receipt_number
        )
        self._book(key, row, kind, origin, step, mark)
        seen = self._counts.get(row.count_id) if row.count_id is not None else None
        given_back = correction(seen, step) if seen is not None else 0
        if given_back:
            back = step._replace(quantity=given_back, staged=0)
            self._book(key, row, MovementType.COUNT_CORRECTION, origin, back, mark)

    def count(self, key: StockKey, count_id: str, seen: CountSeen, variance: int, origin: Origin) -> None:
        """Apply a count that is newer than all before it: on hand moves by the variance, doubts end."""
        row = self._row(key)
        if variance:
            step = Step(seen.counted_at, variance, 0)
            self._book(key, row, MovementType.COUNT, origin, step, row.mark)
        row.now = row.now._replace(withheld=0)
        row.count_id, row.counted_at = count_id, seen.counted_at
        row.cause, row.only_promises, row.has_new_dates = origin.cause, False, True
        self._counts[count_id] = seen

    def shift(
        self,
        key: StockKey,
        cause: Cause,
        *,
        reserved: int = 0,
        held: int = 0,
        unsellable: int = 0,
        withheld: int = 0,
        in_transit: int = 0,
        announced: int = 0,
        planned: int = 0,
    ) -> None:
        """Change what the goods are for, without moving any."""
        row = self._row(key)
        now = row.now
        row.cause = cause
        row.now = Stock(
            now.on_hand,
            now.staged,
            now.reserved + reserved,
            now.held + held,
            now.safety,
            max(0, now.unsellable + unsellable),
            now.withheld + withheld,
            now.in_transit + in_transit,
            now.announced + announced,
            now.planned + planned,
        )
        if unsellable or withheld or in_transit or announced or planned:
            row.only_promises = False
            _require_room(key, row.now)

    def expect(self, changes: Mapping[StockKey, int], cause: Cause) -> None:
        """More pieces, or fewer, are announced to come."""
        for key, change in changes.items():
            if change:
                self.shift(key, cause, announced=change)

    def set_safety(self, key: StockKey, quantity: int, set_at: datetime, cause: Cause) -> None:
        """Set how many pieces are never promised: from now on the row has a safety stock of its own."""
        row = self._row(key)
        row.now = row.now._replace(safety=quantity)
        row.safety_set_at, row.cause, row.only_promises, row.has_new_dates = set_at, cause, False, True

    def follow_default(self, key: StockKey, quantity: int, cause: Cause) -> None:
        """Keep as many pieces back as the row's category does, unless the row has a safety stock of its own."""
        row = self._row(key)
        if row.safety_set_at is None and row.now.safety != quantity:
            row.now = row.now._replace(safety=quantity)
            row.cause, row.only_promises = cause, False

    async def save(self) -> None:
        """Write rows and movements, publish what can be promised now, and have broken promises looked at.

        Call it once, before the transaction ends.
        """
        changed = sorted((key, row) for key, row in self._rows.items() if row.cause is not None)
        if not changed:
            return
        self._tx.forget_what_the_lock_read()
        for _, row in changed:
            withheld = min(row.now.withheld, row.now.doubtful_at_most)
            if withheld != row.now.withheld:
                row.now = row.now._replace(withheld=withheld)
                row.only_promises = False
            row.version += 1
        await self._tx.write_while(self._write(changed), lambda: self._announce(changed))
        self._count_movements()
        await self._ask_about_unknown(changed)

    def _row(self, key: StockKey) -> _Row:
        row = self._rows.get(key)
        if row is None:
            raise KeysMoved(f"stock of {key.sku} at {key.location_id} is needed and not locked")
        return row

    def _book(
        self, key: StockKey, row: _Row, kind: MovementType, origin: Origin, step: Step, mark: str | None
    ) -> None:
        row.now = row.now._replace(
            on_hand=row.now.on_hand + step.quantity, staged=row.now.staged + step.staged
        )
        _require_room(key, row.now)
        row.cause, row.origin, row.only_promises = origin.cause, origin, False
        self._steps[key].append(step)
        self._movements.append((
            key.location_id, key.sku, str(kind), step.quantity, step.staged, origin.document_id, origin.order_id,
            origin.cause.message_id, step.register_id, step.business_date, step.receipt_number, step.occurred_at,
            self._tx.now, mark,
        ))  # fmt: skip

    async def _write(self, changed: Sequence[tuple[StockKey, _Row]]) -> None:
        await self._save_promises([(key, row) for key, row in changed if row.only_promises])
        if self._movements:
            # Adds itself to on_hand and staged and counts the row's version up: most facts need no more.
            await self._tx.connection.copy_records_to_table(
                "movement", records=self._movements, columns=_MOVEMENT_COLUMNS
            )
        await self._save_rows([(key, row) for key, row in changed if self._has_more_to_save(key, row)])

    def _has_more_to_save(self, key: StockKey, row: _Row) -> bool:
        """Whether something changed that neither its movements nor `_save_promises` write."""
        if row.only_promises:
            return False
        moved = bool(self._steps.get(key))
        return not moved or row.has_new_dates or row.now[_NOT_MOVED] != row.before[_NOT_MOVED]

    async def _save_promises(self, changed: list[tuple[StockKey, _Row]]) -> None:
        if changed:
            await self._tx.connection.execute(
                SQL.save_promises,
                [key.location_id for key, _ in changed],
                [key.sku for key, _ in changed],
                [row.now.reserved for _, row in changed],
                [row.now.held for _, row in changed],
            )

    async def _save_rows(self, changed: list[tuple[StockKey, _Row]]) -> None:
        rows = [row for _, row in changed]
        if not rows:
            return
        await self._tx.connection.execute(
            SQL.save_stock,
            [key.location_id for key, _ in changed],
            [key.sku for key, _ in changed],
            [row.now.reserved for row in rows],
            [row.now.held for row in rows],
            [row.now.safety for row in rows],
            [row.now.unsellable for row in rows],
            [row.now.withheld for row in rows],
            [row.now.in_transit for row in rows],
            [row.now.announced for row in rows],
            [row.now.planned for row in rows],
            [row.version for row in rows],
            [row.safety_set_at for row in rows],
            [row.count_id for row in rows],
            [row.counted_at for row in rows],
        )

    def _announce(self, changed: Iterable[tuple[StockKey, _Row]]) -> None:
        for key, row in changed:
            assert row.cause is not None, "only rows that changed are announced"
            before, now = row.before.available, row.now.available
            shown = now if now > 0 else 0
            if shown != (before if before > 0 else 0) or row.version == 1:
                publish_availability(self._tx, key, now, row.version, row.cause)
            if row.version == 1:
                look_at_default(self._tx, key.location_id, key.sku, cause=row.cause)
            if before >= 0 > now:
                self._tx.count(NEGATIVE_AVAILABLE)
            # Only goods that moved break promises: what is merely promised or held has been there.
            if row.origin is not None and row.now.uncovered > row.before.uncovered:
                self._tx.schedule(
                    BREAK_PROMISES,
                    f"{key.location_id}:{key.sku}",
                    self._tx.now,
                    cause=row.cause,
                    payload={"cause": row.origin.breaks, "cause_id": row.origin.document_id},
                )

    def _count_movements(self) -> None:
        kinds: dict[str, int] = defaultdict(int)
        marks: dict[str, int] = defaultdict(int)
        for movement in self._movements:
            kinds[movement[2]] += 1
            if movement[-1] is not None:
                marks[movement[-1]] += 1
        for kind, number in kinds.items():
            self._tx.count(MOVEMENTS, number, type=kind)
        for mark, number in marks.items():
            self._tx.count(MARKED_MOVEMENTS, number, mark=mark)

    async def _ask_about_unknown(self, changed: list[tuple[StockKey, _Row]]) -> None:
        tasks = Tasks(self._tx)
        for key, row in changed:
            if row.mark is not None and row.origin is not None:
                tasks.open_unknown(TaskKind(row.mark), key, cause=row.origin.cause)
        await tasks.save()


def _require_room(key: StockKey, stock: Stock) -> None:
    """Raises Unusable where the pieces are more than the books can hold."""
    if max(stock) > PIECES_MAX or stock.on_hand < -PIECES_MAX:
        raise Unusable(
            "too_many_pieces",
            f"{key.sku} at {key.location_id} would have more than {PIECES_MAX} pieces, or fewer than {-PIECES_MAX}:"
            " one of its documents has a wrong quantity; correct stock with AdjustStock, then redrive this",
        )
