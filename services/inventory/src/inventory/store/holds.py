"""Carts' holds."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from inventory.domain.reservation import Credit
from inventory.domain.stock import StockKey
from inventory.sql import SQL
from tsunagu.chassis import Connection

UNKNOWN, HELD, EXPIRED, RELEASED, CONSUMED = "unknown", "held", "expired", "released", "consumed"


@dataclass(slots=True)
class Hold:
    """One hold, as a working copy. `version` counts the events about it."""

    hold_id: str
    state: str = UNKNOWN
    version: int = 0
    location_id: str = ""
    channel: str = ""
    held_until: datetime | None = None
    lines: tuple[tuple[str, int], ...] = ()

    def pieces(self) -> dict[StockKey, int]:
        """What it holds, by row of stock."""
        held: dict[StockKey, int] = {}
        for sku, quantity in self.lines:
            key = StockKey(self.location_id, sku)
            held[key] = held.get(key, 0) + quantity
        return held

    def credit(self) -> Credit | None:
        """What an order that names it may draw on; None when it holds nothing any more."""
        if self.state != HELD or self.held_until is None:
            return None
        return Credit(self.hold_id, self.held_until, self.pieces())


async def load_holds(connection: Connection, hold_ids: Iterable[str]) -> dict[str, Hold]:
    """Holds by id; those that are not there are left out."""
    ids = sorted(set(hold_ids))
    if not ids:
        return {}
    return {
        row["hold_id"]: Hold(
            hold_id=row["hold_id"],
            state=row["state"],
            version=row["version"],
            location_id=row["location_id"] or "",
            channel=row["channel"] or "",
            held_until=row["held_until"],
            lines=tuple((sku, quantity) for sku, quantity in row["lines"]),
        )
        for row in await connection.fetch(SQL.read_holds, ids)
    }


async def save_holds(connection: Connection, holds: Sequence[Hold]) -> None:
    """Write locked holds."""
    if not holds:
        return
    await connection.execute(
        SQL.save_holds,
        [hold.hold_id for hold in holds],
        [hold.state for hold in holds],
        [hold.version for hold in holds],
        [hold.location_id for hold in holds],
        [hold.channel for hold in holds],
        [hold.held_until for hold in holds],
        [json.dumps(hold.lines) for hold in holds],
    )
