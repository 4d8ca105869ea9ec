"""Deliveries from outside, as working copies: what was announced of them, and what has come of it so far."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from inventory.domain.deliveries import still_to_come
from inventory.domain.stock import StockKey
from tsunagu.chassis import Connection, beside

SQL = beside(__file__, "deliveries.sql")

DELIVERY_OVERDUE = "delivery_overdue"
UNKNOWN, ANNOUNCED, OVERDUE, SETTLED = "unknown", "announced", "overdue", "settled"
Pieces = dict[str, int]
"""SKU → pieces."""


@dataclass(slots=True)
class Delivery:
    """One delivery. It is `unknown` while nobody has announced it, `overdue` while somebody is asked about the rest,
    and `settled` when the rest will not come. `location_id` is where it was announced to.
    """

    delivery_id: str
    state: str = UNKNOWN
    location_id: str = ""
    announced: Pieces = field(default_factory=dict)
    received: Pieces = field(default_factory=dict)

    def to_come(self) -> Pieces:
        """What is still expected of it."""
        return still_to_come(self.announced, self.received) if self.state in (ANNOUNCED, OVERDUE) else {}

    def stock_keys(self) -> set[StockKey]:
        """The rows of stock that expect it."""
        return {StockKey(self.location_id, sku) for sku in self.announced}

    def announce(self, location_id: str, lines: Iterable[tuple[str, int]]) -> dict[StockKey, int]:
        """Somebody says what will come; returns by how much each row of stock expects more."""
        self.state, self.location_id = ANNOUNCED, location_id
        _add(self.announced, lines)
        return self._change({})

    def arrive(self, lines: Iterable[tuple[str, int]]) -> dict[StockKey, int]:
        """Some of it has come, wherever that was; returns by how much each row of stock expects more."""
        before = self.to_come()
        _add(self.received, lines)
        return self._change(before)

    def give_up(self) -> dict[StockKey, int]:
        """The rest will not come; returns by how much each row of stock expects more."""
        before = self.to_come()
        self.state = SETTLED
        return self._change(before)

    def _change(self, before: Pieces) -> dict[StockKey, int]:
        now = self.to_come()
        skus = sorted(before.keys() | now.keys())
        return {StockKey(self.location_id, sku): now.get(sku, 0) - before.get(sku, 0) for sku in skus}


async def load_deliveries(connection: Connection, delivery_ids: Iterable[str]) -> dict[str, Delivery]:
    """Deliveries by id; those that are not there are left out."""
    ids = sorted(set(delivery_ids))
    if not ids:
        return {}
    return {
        row["delivery_id"]: Delivery(
            row["delivery_id"], row["state"], row["location_id"] or "", row["announced"], row["received"]
        )
        for row in await connection.fetch(SQL.read_deliveries, ids)
    }


async def save_deliveries(connection: Connection, deliveries: Sequence[Delivery]) -> None:
    """Write locked deliveries."""
    if deliveries:
        await connection.execute(
            SQL.save_deliveries,
            [one.delivery_id for one in deliveries],
            [one.state for one in deliveries],
            [one.location_id or None for one in deliveries],
            [json.dumps(one.announced) for one in deliveries],
            [json.dumps(one.received) for one in deliveries],
        )


def _add(pieces: Pieces, lines: Iterable[tuple[str, int]]) -> None:
    for sku, quantity in lines:
        pieces[sku] = pieces.get(sku, 0) + quantity
