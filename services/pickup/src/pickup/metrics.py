"""What operators see of pickup. Labels are few and bounded: never an id, never a location."""

from prometheus_client import Counter, Gauge, Histogram

from pickup.domain.model import TaskKind
from pickup.settings import settings

TASKS = Gauge("tsunagu_pickup_tasks", "Tasks that are still to be done", ["kind", "state"])
TASKS_OVERDUE = Gauge("tsunagu_pickup_tasks_overdue", "Tasks that should have been done by now", ["kind"])
TASKS_ENDED = Counter("tsunagu_pickup_tasks_ended_total", "Tasks that have ended, by how", ["kind", "state"])
TASKS_ESCALATED = Counter(
    "tsunagu_pickup_tasks_escalated_total", "Steps by which overdue tasks were given on", ["kind", "to"]
)
for _kind in TaskKind:
    for _step in settings().task_rules.of(_kind).steps:
        TASKS_ESCALATED.labels(_kind, _step.to)  # a series that begins with 1 shows no increase
TASK_MINUTES = Histogram(
    "tsunagu_pickup_task_minutes",
    "Minutes from the start of a task to its end",
    ["kind"],
    buckets=(0.25, 0.5, 1, 2, 3, 5, 8, 12, 20, 40, 90),
)
WAVES_ENDED = Counter("tsunagu_pickup_waves_ended_total", "Waves that have ended, by how", ["how"])
for _how in ("done", "released", "left_alone"):
    WAVES_ENDED.labels(_how)  # there from the start: a rise from nothing to one is no increase to Prometheus
NO_SHOWS = Counter("tsunagu_pickup_no_shows_total", "Groups that nobody came for in time")
HANDOVERS = Counter(
    "tsunagu_pickup_handovers_total", "Handovers, by what they rest on", ["proof", "after_close"]
)
CODE_LOCKS = Counter("tsunagu_pickup_code_locks_total", "Orders locked after too many wrong codes")
ORDERS_LOCKED = Gauge("tsunagu_pickup_orders_locked", "Orders of which no code is looked at for now")
CANCELS = Counter("tsunagu_pickup_cancels_total", "Requests to cancel, by pickup's answer", ["answer"])
UNMATCHED = Counter(
    "tsunagu_pickup_handovers_unmatched_total", "Handovers of orders that nobody knew in time"
)
WORK_UNMATCHED = Counter(
    "tsunagu_pickup_work_unmatched_total",
    "Reports of work on transfers, parcels and orders that nobody knew in time",
)
SHORT_PICKS = Counter("tsunagu_pickup_short_pieces_total", "Pieces that pickers could not take", ["kind"])
TRANSFERS_OVERDUE = Gauge(
    "tsunagu_pickup_transfers_overdue", "Transfers that should have left or arrived by now", ["state"]
)
TRANSFERS_AT_RISK = Gauge(
    "tsunagu_pickup_transfers_at_risk",
    "Transfers that should arrive soon, or by now, and have not",
    ["state"],
)
WAITING_FACTS = Gauge("tsunagu_pickup_waiting_facts", "Facts about something that is not known yet")
SHIPMENTS_UNKNOWN = Gauge(
    "tsunagu_pickup_shipments_unknown", "Shipments that carriers speak of and nobody has planned"
)
