"""Rows that every service has alike, and the words that its queries share."""

from tsunagu.dashboards.panels import Panel, Row, Unit

ALERTS = "docs/alerts.md"


def quantile(share: float, histogram: str, by: str, matchers: str = "") -> str:
    """The quantile of a histogram over five minutes, by a label."""
    inner = f"sum by (le, {by}) (rate({histogram}_bucket{matchers}[5m]))"
    return f"histogram_quantile({share}, {inner})"


def rate(counter: str, by: str, matchers: str = "") -> str:
    """How often a second over five minutes, by a label."""
    return f"sum by ({by}) (rate({counter}{matchers}[5m]))"


def machinery(service: str) -> tuple[Row, Row]:
    """What comes in and goes out of a service, and what waits in it. `service`: a regular expression of its names."""
    here = f'{{service=~"{service}"}}'
    return (
        Row(
            "In and out",
            (
                Panel(
                    "Records handled",
                    Unit.PER_SECOND,
                    "What the service took from each topic, by what became of it.",
                    "What could not be handled rises: docs/dead-letters.md."
                    f" Nothing moves: {ALERTS}#a-service-is-behind.",
                    {"{{topic}} {{outcome}}": rate("tsunagu_consumer_records_total", "topic, outcome", here)},
                ),
                Panel(
                    "Behind",
                    Unit.SECONDS,
                    "Age of the oldest record of each topic that is not handled yet.",
                    f"Above a minute for long: {ALERTS}#a-service-is-behind.",
                    {"{{topic}}": f"max by (topic) (tsunagu_consumer_lag_seconds{here})"},
                ),
                Panel(
                    "From Kafka into the database (99 %)",
                    Unit.SECONDS,
                    "Age of a batch's oldest record as the batch was committed.",
                    "Compare with the batches' time below: if those are short, records wait for their turn.",
                    {"{{topic}}": quantile(0.99, "tsunagu_consumer_delivery_seconds", "topic", here)},
                ),
                Panel(
                    "A batch (99 %)",
                    Unit.SECONDS,
                    "From the first statement of a batch to its commit.",
                    "Long: the database. Look for locks and slow statements in pg_stat_activity.",
                    {"{{topic}}": quantile(0.99, "tsunagu_consumer_batch_seconds", "topic", here)},
                ),
                Panel(
                    "Records in a batch (mean)",
                    Unit.COUNT,
                    "Few records in many batches is a quiet day; full batches are an outage that is read up.",
                    "Nothing: it explains the other figures.",
                    {
                        "{{topic}}": f"{rate('tsunagu_consumer_batch_records_sum', 'topic', here)}"
                        f" / {rate('tsunagu_consumer_batch_records_count', 'topic', here)}"
                    },
                ),
                Panel(
                    "Sent",
                    Unit.PER_SECOND,
                    "Messages that Kafka has acknowledged, by topic.",
                    f"None although rows wait: {ALERTS}#decisions-do-not-reach-kafka.",
                    {"{{topic}}": rate("tsunagu_relay_sent_total", "topic", here)},
                ),
            ),
        ),
        Row(
            "What waits",
            (
                Panel(
                    "Outbox",
                    Unit.SECONDS,
                    "Age of the oldest decision that is not in Kafka yet.",
                    f"{ALERTS}#decisions-do-not-reach-kafka.",
                    {"{{service}}": f"max by (service) (tsunagu_outbox_oldest_age_seconds{here})"},
                ),
                Panel(
                    "For somebody",
                    Unit.COUNT,
                    "Dead letters, keys that stand still behind one, and what Kafka refuses.",
                    "docs/dead-letters.md, or the board's page Operations, which says what they hold up.",
                    {
                        "dead letters": f"max(tsunagu_dead_letters{here})",
                        "parked keys": f"max(tsunagu_parked_keys{here})",
                        "set aside": f"max(tsunagu_outbox_set_aside_rows{here})",
                    },
                ),
                Panel(
                    "Timers",
                    Unit.SECONDS,
                    "How long the oldest timer or second step has been due.",
                    f"{ALERTS}#timers-are-late.",
                    {"{{service}}": f"max by (service) (tsunagu_due_work_oldest_age_seconds{here})"},
                ),
            ),
        ),
    )
