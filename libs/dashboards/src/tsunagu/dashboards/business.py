"""The business on one page: orders, pickups, stock and credit, for those who answer for them."""

from tsunagu.dashboards.common import ALERTS, quantile
from tsunagu.dashboards.panels import Page, Panel, Row, Unit

_CONFIRMED = "sum by (le) (rate(tsunagu_order_confirmation_seconds_bucket[5m]))"

PAGE = Page(
    "tsunagu-business",
    "Tsunagu: business",
    "Whether shoppers get what they were promised, and what stores have to do for it.",
    (
        Row(
            "Promises",
            (
                Panel(
                    "Confirmed within 5 s",
                    Unit.SHARE,
                    "Orders of the last hour that were confirmed within 5 seconds of being placed.",
                    f"Below 99 %: {ALERTS}#orders-are-confirmed-late.",
                    {"": "1 - tsunagu:order_confirmation:late_ratio1h"},
                ),
                Panel(
                    "Ready by the promised time",
                    Unit.SHARE,
                    "Orders of the last day that became ready by the time that the shopper was told.",
                    f"Below 95 %: {ALERTS}#goods-are-ready-late.",
                    {"": "1 - tsunagu:order_ready:late_ratio1d"},
                ),
                Panel(
                    "Stock is fresh",
                    Unit.SHARE,
                    "How often stock of the last hour was in the shopper's copy within 2 seconds.",
                    f"Below 99 %: {ALERTS}#stock-is-stale.",
                    {"": "1 - tsunagu:stock_freshness:late_ratio1h"},
                ),
            ),
        ),
        Row(
            "Orders",
            (
                Panel(
                    "Orders, by what became of them",
                    Unit.COUNT,
                    "Orders that went into each status in the last hour.",
                    "Many rejected: stock (below). Many choices: stores that don't find what they should have.",
                    {"{{to_status}}": "sum by (to_status) (increase(tsunagu_order_transitions_total[1h]))"},
                ),
                Panel(
                    "From placed to confirmed",
                    Unit.SECONDS,
                    "How long shoppers wait for their confirmation: half of them, and one of a hundred.",
                    f"{ALERTS}#orders-are-confirmed-late.",
                    {
                        "50 %": f"histogram_quantile(0.5, {_CONFIRMED})",
                        "99 %": f"histogram_quantile(0.99, {_CONFIRMED})",
                    },
                ),
                Panel(
                    "Goods that left after their order had ended",
                    Unit.COUNT,
                    "Orders of the last day that a person has to settle, and returns that no order explains.",
                    "The board's tasks name them: docs/tasks.md.",
                    {
                        "settlements": "sum(increase(tsunagu_order_settlements_total[1d]))",
                        "returns": "sum(increase(tsunagu_order_unmatched_returns_total[1d]))",
                    },
                ),
            ),
        ),
        Row(
            "Pickup",
            (
                Panel(
                    "Work in the stores",
                    Unit.COUNT,
                    "Tasks that are still to be done, by kind.",
                    "It only grows: stores have more orders than people; set their capacity (docs/waves.md).",
                    {"{{kind}}": "sum by (kind) (tsunagu_pickup_tasks)"},
                ),
                Panel(
                    "Overdue",
                    Unit.COUNT,
                    "Tasks that should have been done by now, by kind.",
                    "docs/tasks.md: who is asked next, and when.",
                    {"{{kind}}": "sum by (kind) (tsunagu_pickup_tasks_overdue)"},
                ),
                Panel(
                    "Minutes of work (half of the tasks)",
                    Unit.MINUTES,
                    "From the start of a task to its end.",
                    "It grows for picks: walking order and waves (docs/waves.md).",
                    {"{{kind}}": quantile(0.5, "tsunagu_pickup_task_minutes", "kind")},
                ),
            ),
        ),
        Row(
            "Stock",
            (
                Panel(
                    "Where promises are kept",
                    Unit.COUNT,
                    "Decisions on stock in the last hour: from the own shelf, from elsewhere, in part, or not at all.",
                    "Many rejected: what was asked for most (the board's fill rate) is not where it is wanted.",
                    {"{{outcome}}": "sum by (outcome) (increase(tsunagu_inventory_reservations_total[1h]))"},
                ),
                Panel(
                    "Stock that moved",
                    Unit.COUNT,
                    "Rows of the ledger in the last hour, by type.",
                    "No sales during opening hours: a store's tills don't send (the board names the store).",
                    {"{{type}}": "sum by (type) (increase(tsunagu_inventory_movements_total[1h]))"},
                ),
                Panel(
                    "Promised, and then sold at a till",
                    Unit.COUNT,
                    "Stock that a fact drove below nothing left to promise, in the last day.",
                    "Safety stock of what sells fast (docs/stock-quantities.md); counts of what is often wrong.",
                    {"pieces of stock": "sum(increase(tsunagu_inventory_negative_available_total[1d]))"},
                ),
            ),
        ),
        Row(
            "Credit",
            (
                Panel(
                    "Credited",
                    Unit.YEN,
                    "Yen credited in the last day, by who earned it: stores, the EC site, departments.",
                    "docs/credit.md; `tsunagu credit what-if` shows what another policy would come to.",
                    {"{{party_kind}}": "sum by (party_kind) (increase(tsunagu_credit_yen_total[1d]))"},
                ),
                Panel(
                    "Operational KPIs",
                    Unit.COUNT,
                    "KPIs of the business day for the whole company, each in its own unit.",
                    "The board shows each against its target, with its owner and the events behind it.",
                    {"{{kpi}}": "tsunagu_kpi"},
                ),
            ),
        ),
    ),
)
