"""What operators see of orders. Labels are few and bounded: never an id, never a reason that a channel wrote."""

from prometheus_client import Counter, Histogram

from order.domain.tasks import TaskKind
from order.settings import settings

TRANSITIONS = Counter(
    "tsunagu_order_transitions_total",
    "Orders that went from one status to another; new ones come from none",
    ["from_status", "to_status"],
)
CONFIRMATION_SECONDS = Histogram(
    "tsunagu_order_confirmation_seconds",
    "From placed, by the shopper's clock, to confirmed",
    buckets=(0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600),
)
READY = Counter(
    "tsunagu_order_ready_total",
    "Orders that became ready, by the promised time (kept) or after it (late)",
    ["promise"],
)
for _promise in ("kept", "late"):
    READY.labels(_promise)  # a series that begins with 1 shows no increase
REFUNDS = Counter("tsunagu_order_refunds_total", "Refunds due, by what they follow", ["kind"])
REFUNDED_JPY = Counter(
    "tsunagu_order_refunded_jpy_total", "Yen of refunds due, by what they follow", ["kind"]
)
SETTLEMENTS = Counter(
    "tsunagu_order_settlements_total", "Goods that left after their order was closed; a person settles each"
)
UNMATCHED_RETURNS = Counter(
    "tsunagu_order_unmatched_returns_total", "Returns of goods that no order had handed out"
)
UNKNOWN = Counter(
    "tsunagu_order_unknown_total",
    "Events about orders that are not in this database; more than 0 means that it lost some",
    ["message"],
)
TASKS_ESCALATED = Counter(
    "tsunagu_order_tasks_escalated_total", "Steps by which overdue tasks were given on", ["kind", "to"]
)
for _kind in TaskKind:
    for _step in settings().task_rules.of(_kind).steps:
        TASKS_ESCALATED.labels(_kind, _step.to)  # a series that begins with 1 shows no increase
