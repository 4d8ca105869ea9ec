"""What operators see of the machinery. Labels are few and bounded: never an id, never a partition."""

from prometheus_client import Counter, Gauge, Histogram, Info

RECORDS = Counter(
    "tsunagu_consumer_records_total",
    "Records taken from a topic, by what became of them",
    ["topic", "outcome"],
)
BATCH_SECONDS = Histogram(
    "tsunagu_consumer_batch_seconds",
    "From the first statement of a batch to its commit",
    ["topic"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15),
)
DELIVERY_SECONDS = Histogram(
    "tsunagu_consumer_delivery_seconds",
    "Age of the oldest record of a batch, since it was sent to Kafka, when the batch was in the database",
    ["topic"],
    buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15, 60, 600),
)
BATCH_RECORDS = Histogram(
    "tsunagu_consumer_batch_records",
    "Records in one batch",
    ["topic"],
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
)
BATCH_RUNS = Histogram(
    "tsunagu_consumer_batch_runs", "Runs a batch was split into", ["topic"], buckets=(1, 2, 3, 5, 10, 20, 50)
)
RETRIES = Counter(
    "tsunagu_consumer_retries_total", "Batches begun again, by the kind of fault", ["topic", "fault"]
)
LAG_SECONDS = Gauge(
    "tsunagu_consumer_lag_seconds",
    "Age of the oldest record not yet handled; 0 when there is none",
    ["topic"],
)
LAG_RECORDS = Gauge("tsunagu_consumer_lag_records", "Records in the topic not yet handled", ["topic"])
STOPPED = Gauge(
    "tsunagu_consumer_stopped_partitions",
    "Partitions that wait for an operator: news was lost, or too many keys are parked",
    ["topic"],
)
ASSIGNED = Gauge("tsunagu_consumer_assigned_partitions", "Partitions this process reads", ["topic"])
HEARTBEAT_HEARD = Gauge(
    "tsunagu_heartbeat_heard_timestamp_seconds",
    "When the newest heartbeat that came from a service was sent, since 1970",
    ["sender"],
)
BUILD = Info("tsunagu_build", "Which version of Tsunagu this process runs, and what it was built from")
SENT = Counter("tsunagu_relay_sent_total", "Messages that Kafka has acknowledged", ["topic"])
RELAY_FAILURES = Counter(
    "tsunagu_relay_failures_total", "Sends that failed and are tried again, by the kind of fault", ["fault"]
)
RELAY_LEADER = Gauge("tsunagu_relay_leader", "1 in the process that relays for its service")
OUTBOX_ROWS = Gauge(
    "tsunagu_outbox_rows", "Messages decided and not yet acknowledged by Kafka, counted up to gauge_rows_max"
)
OUTBOX_AGE = Gauge("tsunagu_outbox_oldest_age_seconds", "Age of the oldest message not yet acknowledged")
SET_ASIDE = Gauge(
    "tsunagu_outbox_set_aside_rows", "Messages that Kafka refuses for good, with those behind them"
)
DEAD_LETTERS = Gauge("tsunagu_dead_letters", "Records that could not be read and wait for an operator")
PARKED_KEYS = Gauge("tsunagu_parked_keys", "Keys that wait because a valid message failed in our code")
DUE_HANDLED = Counter("tsunagu_due_work_handled_total", "Timers and second steps done", ["kind"])
DUE_FAILED = Counter("tsunagu_due_work_failed_total", "Tries of due work that failed", ["kind"])
DUE_FAILING = Gauge("tsunagu_due_work_failing", "Due work that has failed at least once and is tried again")
DUE_AGE = Gauge("tsunagu_due_work_oldest_age_seconds", "How long the oldest due work has been due")
PUBLIC_HTTP_CUT_OFF = Counter(
    "tsunagu_public_http_cut_off_total",
    "Connections of the world that were ended: too_many of them, a slow_request, or an unread answer",
    ["why"],
)
TRACES_SPANS = Counter(
    "tsunagu_traces_spans_total",
    "Spans that the collector has (exported), did not take (failed), or that had no room to wait for it (lost)",
    ["outcome"],
)
