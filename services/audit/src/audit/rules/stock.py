"""Stock: every fact is booked once, and the books add up."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from audit.databases import Row
from audit.scene import Scene
from audit.tables import Movement, StockId


@dataclass(slots=True)
class _Books:
    """Inventory's rows of stock, what its ledger adds up to, and what the topics say should be there."""

    stock: dict[StockId, Row]
    ledger: dict[StockId, Row]
    by_topics: dict[StockId, int] = field(default_factory=lambda: defaultdict(int))

    def on_hand(self, stock_id: StockId) -> int:
        row = self.stock.get(stock_id)
        return int(row["on_hand"]) if row is not None else 0

    def ledger_of(self, stock_id: StockId, column: str) -> int:
        row = self.ledger.get(stock_id)
        return int(row[column]) if row is not None else 0

    def agrees(self, stock_id: StockId) -> bool:
        """Whether on hand is what the facts on the topics, and counts, lead to."""
        return self.on_hand(stock_id) == self.by_topics[stock_id] + self.ledger_of(stock_id, "counted")


async def check_stock(scene: Scene) -> None:
    """Lost, doubled, unbalanced: facts on the topics, movements in the ledger and rows of stock, held together."""
    database = scene.databases["inventory"]
    stock = {StockId(row["location_id"], row["sku"]): row for row in await database.fetch("stock")}
    ledger = {StockId(row["location_id"], row["sku"]): row for row in await database.fetch("ledger")}
    books = _Books(stock, ledger)
    movements = _movements(scene)
    for movement in movements.values():
        for stock_id, quantity in movement.quantity.items():
            books.by_topics[stock_id] += quantity
    scene.findings.count("facts", len(movements))
    await _check_bookings(scene, books, movements)
    await _check_counts(scene)
    for stock_id in {*stock, *ledger, *books.by_topics} - scene.judged:
        _check_row(scene, books, stock_id)


def _movements(scene: Scene) -> dict[str, Movement]:
    """What every message moves that inventory has taken."""
    told = scene.told
    every = {**told.settlements, **told.movements}
    return {id: movement for id, movement in every.items() if not scene.is_dead("inventory", id)}


async def _check_bookings(scene: Scene, books: _Books, movements: dict[str, Movement]) -> None:
    booked: dict[str, dict[StockId, Row]] = defaultdict(dict)
    for row in await scene.databases["inventory"].fetch("bookings"):
        booked[row["message_id"]][StockId(row["location_id"], row["sku"])] = row
    for message_id, movement in movements.items():
        rows = booked.pop(message_id, {})
        for stock_id in {*movement.quantity, *movement.picked, *rows}:
            _check_booking(scene, books, movement, stock_id, rows.get(stock_id))
    for rows in booked.values():
        for stock_id, row in rows.items():
            if row["quantity"] or row["picked"]:
                why = (
                    f"the ledger has {row['quantity']:+} pieces for {row['document_id']}, which no topic has"
                )
                _find(scene, "unbalanced", stock_id, why)


def _check_booking(
    scene: Scene, books: _Books, movement: Movement, stock_id: StockId, row: Row | None
) -> None:
    asked, picked = movement.quantity.get(stock_id, 0), movement.picked.get(stock_id, 0)
    quantity = row["quantity"] if row is not None else 0
    staged = row["picked"] if row is not None else 0
    if (quantity, staged) == (asked, picked):
        return
    if picked:
        heading = "lost" if staged < picked else "doubled"
        why = f"{movement.what} put {picked} pieces of {stock_id} aside, and the ledger has {staged}"
        _find(scene, heading, stock_id, why)
        return
    why = f"{movement.what} moved {asked:+} pieces, and the ledger has {quantity:+}"
    if asked and quantity and quantity % asked == 0 and quantity // asked > 1:
        _find(scene, "doubled", stock_id, f"{why}: it is booked {quantity // asked} times")
    elif books.agrees(stock_id):
        _find(scene, "unbalanced", stock_id, f"{why}, though on hand contains it")
    elif quantity == 0:
        _find(scene, "lost", stock_id, f"{movement.what} moved {asked:+} pieces and was never booked")
    else:
        _find(scene, "unbalanced", stock_id, why)


async def _check_counts(scene: Scene) -> None:
    """A count moves what it differed by, or nothing where a later count was there first."""
    for row in await scene.databases["inventory"].fetch("counts"):
        stock_id = StockId(row["location_id"], row["sku"])
        counted = scene.told.counts.get((row["document_id"], stock_id))
        if counted is None:
            why = f"the ledger has {row['quantity']:+} pieces for count {row['document_id']}, which was not applied"
            _find(scene, "unbalanced", stock_id, why)
        elif row["rows"] > 1:
            _find(scene, "doubled", stock_id, f"count {row['document_id']} is booked {row['rows']} times")
        elif row["quantity"] not in counted.variances:
            found = " or ".join(f"{variance:+}" for variance in counted.variances)
            why = f"count {row['document_id']} differed by {found}, and the ledger has {row['quantity']:+}"
            _find(scene, "unbalanced", stock_id, why)


def _check_row(scene: Scene, books: _Books, stock_id: StockId) -> None:
    on_hand, by_ledger = books.on_hand(stock_id), books.ledger_of(stock_id, "on_hand")
    if on_hand != by_ledger:
        why = f"{on_hand} pieces are on hand, and its movements add up to {by_ledger}"
        _find(scene, "unbalanced", stock_id, why)
        return
    row = books.stock.get(stock_id)
    staged, staged_by_ledger = (row["staged"] if row else 0), books.ledger_of(stock_id, "staged")
    if staged != staged_by_ledger:
        why = f"{staged} pieces are staged, and its movements add up to {staged_by_ledger}"
        _find(scene, "unbalanced", stock_id, why)
    elif not books.agrees(stock_id):
        counted = books.ledger_of(stock_id, "counted")
        due = books.by_topics[stock_id] + counted
        why = f"{on_hand} pieces are on hand, and all facts on the topics with its counts ({counted:+}) lead to {due}"
        _find(scene, "unbalanced", stock_id, why)


async def check_claims(scene: Scene) -> None:
    """Unbalanced: what a row of stock says is reserved, held or on its way is not what claims it adds up to."""
    database = scene.databases["inventory"]
    reserved: dict[StockId, int] = defaultdict(int)
    held: dict[StockId, int] = defaultdict(int)
    for row in await database.fetch("allocations"):
        if row["state"] == "reserved":
            reserved[StockId(row["place_id"], row["sku"])] += row["quantity"]
    for row in await database.fetch("holds"):
        if row["state"] == "held":
            for sku, quantity in row["lines"]:
                held[StockId(row["location_id"], sku)] += quantity
    stock = {StockId(row["location_id"], row["sku"]): row for row in await database.fetch("stock")}
    for stock_id in {*stock, *reserved, *held} - scene.judged:
        of_stock = stock.get(stock_id)
        reserved_here, held_here = (
            (of_stock["reserved"], of_stock["held"]) if of_stock is not None else (0, 0)
        )
        if reserved_here != reserved[stock_id]:
            why = f"{reserved_here} pieces are reserved, and its orders hold {reserved[stock_id]}"
            _find(scene, "unbalanced", stock_id, why)
        if held_here != held[stock_id]:
            why = f"{held_here} pieces are held, and its carts hold {held[stock_id]}"
            _find(scene, "unbalanced", stock_id, why)


async def check_transit(scene: Scene) -> None:
    """Unbalanced: what is on its way is what was shipped and not received, by transfer and by destination."""
    database = scene.databases["inventory"]
    by_transfer: dict[tuple[str, str], int] = defaultdict(int)
    by_destination: dict[StockId, int] = defaultdict(int)
    for row in await database.fetch("transfer_lines"):
        by_transfer[row["transfer_id"], row["sku"]] += row["in_transit"]
        if row["to_location_id"] is not None:
            by_destination[StockId(row["to_location_id"], row["sku"])] += row["in_transit"]
    due: dict[tuple[str, str], int] = defaultdict(int)
    for transfer_id, lines in scene.told.transfers.items():
        for (_, sku), travelling in lines.items():
            due[transfer_id, sku] += max(0, travelling.under_way)
    for transfer_id, sku in {*due, *by_transfer}:
        there, should = by_transfer[transfer_id, sku], due[transfer_id, sku]
        if there != should:
            why = f"{should} pieces of {sku} are on their way, and inventory has {there}"
            scene.findings.add("unbalanced", f"transfer {transfer_id}", why)
    in_stock = {
        StockId(row["location_id"], row["sku"]): row["in_transit"] for row in await database.fetch("stock")
    }
    for stock_id in {*in_stock, *by_destination} - scene.judged:
        there = in_stock.get(stock_id, 0)
        if there != by_destination[stock_id]:
            why = f"{there} pieces are on their way here, and {by_destination[stock_id]} by their transfers"
            _find(scene, "unbalanced", stock_id, why)


def _find(scene: Scene, heading: Any, stock_id: StockId, why: str) -> None:
    scene.findings.add(heading, str(stock_id), why)
    scene.judged.add(stock_id)
