"""Counts as they were reported, and what became of them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from inventory.domain.counting import CountSeen
from inventory.sql import SQL
from tsunagu.chassis import Connection
from tsunagu.contracts.values import CountScope


@dataclass(slots=True)
class StockCount:
    """A count, as a working copy; `state` is unknown, applied, awaiting_approval or refused."""

    count_id: str
    state: str = "unknown"
    version: int = 0
    location_id: str = ""
    scope: CountScope = CountScope.SHELF
    counted_at: datetime | None = None
    receipts: tuple[tuple[str, date, int], ...] = ()
    lines: tuple[tuple[str, int], ...] = ()

    @property
    def seen(self) -> CountSeen:
        """What the count contains. Only for a count that has been reported."""
        assert self.counted_at is not None, f"count {self.count_id} has not been reported"
        receipts: dict[str, tuple[date, int]] = {}
        for register_id, business_date, number in self.receipts:
            receipts[register_id] = max((business_date, number), receipts.get(register_id, (date.min, 0)))
        return CountSeen(self.scope, self.counted_at, receipts)


async def load_counts(connection: Connection, count_ids: Iterable[str]) -> dict[str, StockCount]:
    """Counts by id; those that are not there are left out."""
    ids = sorted(set(count_ids))
    if not ids:
        return {}
    return {
        row["count_id"]: StockCount(
            count_id=row["count_id"],
            state=row["state"],
            version=row["version"],
            location_id=row["location_id"] or "",
            scope=CountScope(row["scope"] or CountScope.SHELF),
            counted_at=row["counted_at"],
            receipts=tuple(
                (register_id, date.fromisoformat(day), number)
                for register_id, day, number in row["receipts_seen"]
            ),
            lines=tuple((sku, counted) for sku, counted in row["lines"]),
        )
        for row in await connection.fetch(SQL.read_counts, ids)
    }


async def save_counts(connection: Connection, counts: Sequence[StockCount]) -> None:
    """Write locked counts."""
    if not counts:
        return
    receipts = [
        json.dumps([[register_id, day.isoformat(), number] for register_id, day, number in count.receipts])
        for count in counts
    ]
    await connection.execute(
        SQL.save_counts,
        [count.count_id for count in counts],
        [count.state for count in counts],
        [count.version for count in counts],
        [count.location_id for count in counts],
        [count.scope for count in counts],
        [count.counted_at for count in counts],
        receipts,
        [json.dumps(count.lines) for count in counts],
    )
