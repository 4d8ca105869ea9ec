"""What is to come: deliveries are what their messages say, and rows of stock expect what these add up to."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from audit.report import Heading
from audit.scene import Scene
from audit.tables import Delivered, StockId


async def check_deliveries(scene: Scene) -> None:
    """Lost, doubled: what inventory has of a delivery is what was announced and what was received of it."""
    announced, received = _told(scene, scene.told.announcements), _told(scene, scene.told.arrivals)
    rows = {row["delivery_id"]: row for row in await scene.databases["inventory"].fetch("deliveries")}
    scene.findings.count("deliveries", len(announced.keys() | received.keys()))
    for delivery_id in {*rows, *announced, *received}:
        row = rows.get(delivery_id)
        for what, told in (("announced", announced), ("received", received)):
            there = Counter(row[what]) if row is not None else Counter[str]()
            if there != told[delivery_id]:
                heading: Heading = "lost" if told[delivery_id] - there else "doubled"
                why = f"{_shown(told[delivery_id])} were {what}, and inventory has {_shown(there)}"
                scene.findings.add(heading, f"delivery {delivery_id}", why)


async def check_incoming(scene: Scene) -> None:
    """Unbalanced: what a row of stock expects is what deliveries and planned transfers have still to bring.

    Whether somebody has given up the rest of a delivery is taken from inventory.
    """
    database = scene.databases["inventory"]
    announced, planned = Counter[StockId](), Counter[StockId]()
    for row in await database.fetch("deliveries"):
        if row["state"] in ("announced", "overdue"):
            left = Counter(row["announced"]) - Counter(row["received"])
            announced.update({StockId(row["location_id"], sku): pieces for sku, pieces in left.items()})
    for pieces in scene.told.plans.values():
        planned.update(pieces)
    stock = {StockId(row["location_id"], row["sku"]): row for row in await database.fetch("stock")}
    for stock_id in {*stock, *announced, *planned} - scene.judged:
        for what, due in (("announced", announced), ("planned", planned)):
            there = stock[stock_id][what] if stock_id in stock else 0
            if there != due[stock_id]:
                why = f"{there} pieces are {what} to come, and {due[stock_id]} by deliveries and transfers"
                scene.findings.add("unbalanced", str(stock_id), why)
                scene.judged.add(stock_id)


def _told(scene: Scene, messages: Mapping[str, Delivered]) -> dict[str, Counter[str]]:
    """Delivery → SKU → pieces, of the messages that inventory has taken."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for message_id, delivered in messages.items():
        if not scene.is_dead("inventory", message_id):
            found[delivered.delivery_id].update(delivered.pieces)
    return found


def _shown(pieces: Counter[str]) -> str:
    return ", ".join(f"{quantity} {sku}" for sku, quantity in sorted(pieces.items())) or "none"
