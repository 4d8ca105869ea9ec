"""What operators see of the continuous check. Labels are few and bounded: kinds, never keys."""

from prometheus_client import Counter, Gauge

DRIFTS = Gauge("tsunagu_reconcile_drifts", "Differences that have stood for the grace", ["kind"])
IN_FLIGHT = Gauge("tsunagu_reconcile_in_flight", "Differences that are younger than the grace")
OLDEST = Gauge("tsunagu_reconcile_oldest_drift_age_seconds", "Age of the oldest drift; 0 when there is none")
LAST_LOOK = Gauge("tsunagu_reconcile_last_look_timestamp_seconds", "When a look was last completed; 0 before")
LAST_ROUND = Gauge(
    "tsunagu_reconcile_last_round_timestamp_seconds", "When every key had last been compared; 0 before"
)
LOOK_SECONDS = Gauge("tsunagu_reconcile_look_seconds", "How long the last look took")
KEYS = Counter("tsunagu_reconcile_keys_total", "Keys compared")
FAILURES = Counter("tsunagu_reconcile_failed_looks_total", "Looks that could not be completed")
NOT_FOLLOWED = Gauge(
    "tsunagu_reconcile_full_kinds", "Kinds of which there may be more differences than are followed"
)
