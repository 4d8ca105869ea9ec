"""What operators see of stock. Labels are few and bounded: never a location, a SKU or an order."""

from prometheus_client import Counter, Gauge

from inventory.domain.tasks import TaskKind
from inventory.settings import settings

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
    "Movements booked with a mark (unknown_sku, unknown_location, future, long_ago)",
    ["mark"],
)
HOLDS_ENDED = Counter("tsunagu_inventory_holds_ended_total", "Carts' holds that ended, by reason", ["reason"])
REGISTER_CLOCKS_OFF = Gauge(
    "tsunagu_inventory_register_clocks_off",
    "Registers whose clock is wrong, by direction (fast, slow)",
    ["fault"],
)
REGISTER_CLOCK_LEAD = Gauge(
    "tsunagu_inventory_register_clock_lead_seconds_max",
    "How far ahead of ours the fastest register's clock is; 0 where none is fast",
)
TASKS_ESCALATED = Counter(
    "tsunagu_inventory_tasks_escalated_total", "Steps by which overdue tasks were given on", ["kind", "to"]
)
for _kind in TaskKind:
    for _step in settings().task_rules.of(_kind).steps:
        TASKS_ESCALATED.labels(_kind, _step.to)  # a series that begins with 1 shows no increase
