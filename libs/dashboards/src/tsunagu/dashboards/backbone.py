"""Kafka and PostgreSQL as the services see them, on one page: whether the backbone lives, and where it does not."""

from tsunagu.dashboards.common import ALERTS, quantile, rate
from tsunagu.dashboards.panels import Page, Panel, Row, Unit

PAGE = Page(
    "tsunagu-backbone",
    "Tsunagu: backbone",
    "Whether messages flow between all services, and what they wait for where they do not.",
    (
        Row(
            "Does it live?",
            (
                Panel(
                    "Longest silence",
                    Unit.SECONDS,
                    "The longest that a service has heard nothing of another, by way of outbox, Kafka and database.",
                    f"Above a minute: {ALERTS}#the-backbone-is-silent.",
                    {"": "tsunagu:backbone:silence_seconds"},
                ),
                Panel(
                    "Processes that do not answer",
                    Unit.COUNT,
                    "Processes that Prometheus could not ask.",
                    f"{ALERTS}#a-process-does-not-answer.",
                    {"": 'count(up{job="tsunagu"}) - sum(up{job="tsunagu"})'},
                ),
                Panel(
                    "Keys that stand still",
                    Unit.COUNT,
                    "Orders, products and customers whose messages wait behind one that failed.",
                    "docs/dead-letters.md#redrive.",
                    {"": "sum(max by (service) (tsunagu_parked_keys))"},
                ),
            ),
        ),
        Row(
            "Kafka",
            (
                Panel(
                    "Behind, by service",
                    Unit.SECONDS,
                    "Age of the oldest record that a service has not handled, over all of its topics.",
                    f"{ALERTS}#a-service-is-behind.",
                    {"{{service}}": "max by (service) (tsunagu_consumer_lag_seconds)"},
                ),
                Panel(
                    "Records not handled, by topic",
                    Unit.COUNT,
                    "Records of each topic that its readers have not handled, added up over them.",
                    f"{ALERTS}#a-service-is-behind.",
                    {"{{topic}}": "sum by (topic) (tsunagu_consumer_lag_records)"},
                ),
                Panel(
                    "Messages into Kafka",
                    Unit.PER_SECOND,
                    "What the services' relays sent and Kafka has acknowledged, by topic.",
                    "It falls to nothing during opening hours: tills or the site have stopped sending.",
                    {"{{topic}}": rate("tsunagu_relay_sent_total", "topic")},
                ),
                Panel(
                    "Partitions read",
                    Unit.COUNT,
                    "Partitions that the processes of each service read.",
                    "0: none of its processes is in the group; look at /readyz and the log.",
                    {"{{service}}": "sum by (service) (tsunagu_consumer_assigned_partitions)"},
                ),
                Panel(
                    "Relays",
                    Unit.COUNT,
                    "1 where one process of the service sends what it has decided.",
                    f"0, or 2 for longer than a lease: {ALERTS}#decisions-do-not-reach-kafka.",
                    {"{{service}}": "sum by (service) (tsunagu_relay_leader)"},
                ),
                Panel(
                    "Partitions that stand still",
                    Unit.COUNT,
                    "Partitions that wait for an operator's decision.",
                    f"{ALERTS}#a-partition-stands-still.",
                    {"{{service}}": "sum by (service) (tsunagu_consumer_stopped_partitions)"},
                ),
            ),
        ),
        Row(
            "PostgreSQL",
            (
                Panel(
                    "A batch (99 %), by service",
                    Unit.SECONDS,
                    "From the first statement of a batch to its commit.",
                    "One service: its database. All at once: the disk they share.",
                    {"{{service}}": quantile(0.99, "tsunagu_consumer_batch_seconds", "service")},
                ),
                Panel(
                    "Not in Kafka yet",
                    Unit.COUNT,
                    "Messages that are decided and wait in the outbox.",
                    f"{ALERTS}#decisions-do-not-reach-kafka.",
                    {"{{service}}": "max by (service) (tsunagu_outbox_rows)"},
                ),
                Panel(
                    "Timers, oldest",
                    Unit.SECONDS,
                    "How long the oldest timer or second step of each service has been due.",
                    f"{ALERTS}#timers-are-late.",
                    {"{{service}}": "max by (service) (tsunagu_due_work_oldest_age_seconds)"},
                ),
            ),
        ),
    ),
)
