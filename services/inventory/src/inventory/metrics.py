"""What operators see of stock. Labels are few and bounded: never a location, a SKU or an order."""

from prometheus_client import Counter

RESERVATIONS = Counter(
    "tsunagu_inventory_reservations_total",
    "Decisions on orders' stock, by outcome (own_shelf, sourced, partly, rejected)",
    ["outcome"],
)
BROKEN_PROMISES = Counter(
    "tsunagu_inventory_broken_promises_total", "Promises that a fact has broken, by kind of fact", ["cause"]
)
SOURCING_ROUNDS = Counter(
    "tsunagu_inventory_sourcing_rounds_total", "Orders looked at in a second step, each round counted"
)
MOVEMENTS = Counter("tsunagu_inventory_movements_total", "Rows of the ledger, by type", ["type"])
NEGATIVE_AVAILABLE = Counter(
    "tsunagu_inventory_negative_available_total",
    "Rows of stock that a fact drove below nothing left to promise",
)
MARKED_MOVEMENTS = Counter(
    "tsunagu_inventory_marked_movements_total",
    "Movements booked with a mark (unknown_sku, unknown_location, future)",
    ["mark"],
)
HOLDS_ENDED = Counter("tsunagu_inventory_holds_ended_total", "Carts' holds that ended, by reason", ["reason"])
