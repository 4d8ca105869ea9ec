"""A page for each service that is its own master: its machinery, and what only it can say."""

from tsunagu.dashboards.common import ALERTS, machinery, rate
from tsunagu.dashboards.panels import Page, Panel, Row, Unit

_OWN: dict[str, tuple[Panel, ...]] = {
    "order": (
        Panel(
            "Orders that others speak of and it does not know",
            Unit.COUNT,
            "Events about orders that are not in this database, in the last day.",
            "More than 0: the database lost some; restore it, or docs/reconcile.md.",
            {"": "sum(increase(tsunagu_order_unknown_total[1d])) or vector(0)"},
        ),
        Panel(
            "Ready",
            Unit.COUNT,
            "Orders that became ready in the last hour, by whether they kept the promised time.",
            f"{ALERTS}#goods-are-ready-late.",
            {"{{promise}}": "sum by (promise) (increase(tsunagu_order_ready_total[1h]))"},
        ),
    ),
    "inventory": (
        Panel(
            "Second looks",
            Unit.PER_SECOND,
            "Orders for which stock was looked for elsewhere, each round counted.",
            "Many rounds: stores near each other have none; look at the transfers.",
            {"rounds": "sum(rate(tsunagu_inventory_sourcing_rounds_total[5m]))"},
        ),
        Panel(
            "Clocks of registers that are wrong",
            Unit.COUNT,
            "Registers whose clock is ahead or behind.",
            "A task names the register: docs/stock-history.md.",
            {"{{fault}}": "sum by (fault) (tsunagu_inventory_register_clocks_off)"},
        ),
    ),
    "pickup": (
        Panel(
            "Transfers",
            Unit.COUNT,
            "Transfers that should have left or arrived by now, and those that soon should.",
            "docs/transfers.md#a-transfer-is-overdue.",
            {
                "overdue": "sum(tsunagu_pickup_transfers_overdue)",
                "at risk": "sum(tsunagu_pickup_transfers_at_risk)",
            },
        ),
        Panel(
            "Handed over",
            Unit.COUNT,
            "Handovers of the last hour, by what they rest on.",
            "Many without a code: do codes arrive (docs/notices.md)?",
            {"{{proof}}": "sum by (proof) (increase(tsunagu_pickup_handovers_total[1h]))"},
        ),
        Panel(
            "Locked orders",
            Unit.COUNT,
            "Orders of which no code is looked at for now, after too many wrong ones.",
            "docs/handover.md#codes-are-locked.",
            {"orders": "max(tsunagu_pickup_orders_locked)"},
        ),
    ),
    "customer": (
        Panel(
            "Customers",
            Unit.COUNT,
            "Customers by segment.",
            "Nothing: the board has the funnel.",
            {"{{segment}}": "max by (segment) (tsunagu_customer_segment_customers)"},
        ),
        Panel(
            "Questions about people",
            Unit.COUNT,
            "Whether two are one person: asked, and not answered yet.",
            "docs/evidence.md: who is asked next, and when.",
            {"open": "sum(tsunagu_customer_open_reviews) or vector(0)"},
        ),
        Panel(
            "Oldest notice",
            Unit.SECONDS,
            "How long the oldest notice that is to be sent has waited.",
            "docs/notices.md#notices-wait.",
            {"": "max(tsunagu_customer_notice_oldest_age_seconds)"},
        ),
    ),
    "insight": (
        Panel(
            "KPIs told",
            Unit.PER_SECOND,
            "KPI values published.",
            "0 during opening hours: insight is behind (below).",
            {"values": rate("tsunagu_kpis_published_total", "service")},
        ),
        Panel(
            "Business days closed",
            Unit.COUNT,
            "Days of the journal that were closed in the last week.",
            "0 for two days: insight's timers are late (below); docs/journal.md.",
            {"": "sum(increase(tsunagu_journal_days_closed_total[7d]))"},
        ),
    ),
}

PAGES = tuple(
    Page(
        f"tsunagu-{name}",
        f"Tsunagu: {name}",
        f"The service {name}: what only it can say, what comes in and goes out, and what waits.",
        (Row(name, panels), *machinery(name)),
    )
    for name, panels in _OWN.items()
)
