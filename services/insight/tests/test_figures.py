"""The KPIs as the service counts and publishes them."""

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest

from insight.handlers import figures as figures_module
from insight.handlers.figures import PUBLISH_KPIS
from insight.settings import Settings
from tsunagu.chassis import Due
from tsunagu.contracts import topics
from tsunagu.contracts.envelope import Record
from tsunagu.contracts.messages import KpiValue
from tsunagu.testing.harness import record_of

pytestmark = pytest.mark.component


async def published(insight: Any) -> Any:
    """What is published now, by name and scope, in total."""
    messages = await insight.make_due(PUBLISH_KPIS)
    return {(m.name, m.scope): m.value for m in messages if isinstance(m, KpiValue) and m.period == "total"}


def steps(mothers: Any) -> Any:
    """Every step of orders: one collected, one cancelled, one rejected, one that nobody came for."""
    kept = [mothers.placed("k"), mothers.confirmed("k"), mothers.ready("k"), mothers.completed("k")]
    gone = [mothers.placed("g"), mothers.confirmed("g"), mothers.ready("g"), mothers.cancelled("g")]
    return [
        *kept,
        *gone,
        mothers.placed("c"),
        mothers.cancelled("c"),
        mothers.placed("r"),
        mothers.rejected("r"),
    ]


async def test_orders__each_step__counts_for_company_channel_and_store(insight: Any, mothers: Any) -> None:
    await insight.deliver(*steps(mothers), mothers.expired("g"))

    figures = await published(insight)

    for name, value in {
        "orders_placed": 4,
        "orders_confirmed": 2,
        "orders_rejected": 1,
        "orders_ready": 2,
        "orders_collected": 1,
        "orders_cancelled": 2,
        "orders_expired": 1,
    }.items():
        assert {figures[name, scope] for scope in ("all", "app", "shibuya")} == {value}, name


async def test_orders__pickup_speaks_first__its_step_counts_once_the_channel_is_known(
    insight: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.expired("g"))
    assert await published(insight) == {}

    await insight.deliver(mothers.placed("g", channel="ec"))

    figures = await published(insight)
    assert figures["orders_expired", "ec"] == figures["orders_placed", "ec"] == 1


async def test_orders__a_step_told_twice__counts_once(insight: Any, mothers: Any) -> None:
    await insight.deliver(mothers.ready("o"), mothers.ready("o", version=9, group_id="h"))

    assert (await published(insight))["orders_ready", "all"] == 1


async def test_orders__the_rest_is_cancelled_after_a_part_was_collected__is_no_cancelled_order(
    insight: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.completed("o", order_finished=False), mothers.cancelled("o"))

    assert ("orders_cancelled", "all") not in await published(insight)


async def test_sold__till_and_order__are_shown_by_channel_and_store(insight: Any, mothers: Any) -> None:
    await insight.deliver(
        mothers.sale("r", lines=[mothers.line(quantity=3, amount_jpy=2900)]),
        mothers.completed("o"),
        mothers.items_returned("o"),
    )

    figures = await published(insight)

    assert figures["units_sold", "store"] == 3 and figures["units_sold", "app"] == 1
    assert figures["sales_jpy", "all"] == 3900 and figures["returned_jpy", "app"] == 1000
    assert figures["credit_stores_jpy", "shibuya"] == 2900
    assert figures["credit_ec_jpy", "app"] == 0


async def test_sold__documents_in_any_order__give_the_same_figures(insight: Any, mothers: Any) -> None:
    first = None
    for order in itertools.permutations(range(3)):
        documents = [
            mothers.sale("r", lines=[mothers.line("1", 1000), mothers.line("2", 500)]),
            mothers.till_return("r"),
            mothers.unmatched("o"),
        ]
        for place in order:
            await insight.deliver(documents[place])
        figures = await published(insight)
        first = first or figures
        assert figures == first
        await insight.connection.execute(
            "TRUNCATE sale CASCADE; TRUNCATE kpi; TRUNCATE document; TRUNCATE inbox"
        )


async def test_tasks__versions_in_any_order__minutes_count_once_at_the_highest(
    insight: Any, mothers: Any
) -> None:
    for task in (
        mothers.task("t", version=3, minutes=6.0),
        mothers.task("t", version=2, minutes=4.0),
        mothers.task("u", version=1, minutes=None, state="open"),
        mothers.task("u", version=2, minutes=2.0),
        mothers.task("p", kind="put_away", minutes=1.0),
    ):
        await insight.deliver(task, topic=topics.PICKUP_TASKS)
    await insight.deliver(mothers.task("t", kind="count", minutes=10.0), topic=topics.INVENTORY_TASKS)

    figures = await published(insight)

    assert figures["pick_minutes", "shibuya"] == 4.0
    assert figures["store_minutes", "all"] == 19.0


async def test_publish__many_batches_in_one_window__each_figure_once_and_its_version_rises(
    insight: Any, mothers: Any
) -> None:
    for number in range(5):
        await insight.deliver(mothers.placed(f"o{number}"))
    assert await insight.sent() == [], "nothing is published before the window ends"

    first = [m for m in await insight.make_due(PUBLISH_KPIS) if m.name == "orders_placed"]
    assert len(first) == len({m.kpi_id for m in first}) == 6
    assert {(m.value, m.version) for m in first} == {(5, 1)}

    # The same window again: what changed waits for the next one.
    await insight.deliver(mothers.placed("late"))
    await insight.connection.execute("UPDATE kpi SET published_window = published_window + 1000")
    assert [m for m in await insight.make_due(PUBLISH_KPIS) if m.name == "orders_placed"] == []
    assert (
        await insight.connection.fetchval("SELECT count(*) FROM due_work WHERE kind = $1", PUBLISH_KPIS) == 1
    )

    await insight.connection.execute("UPDATE kpi SET published_window = 0")
    second = [m for m in await insight.make_due(PUBLISH_KPIS) if m.name == "orders_placed"]
    assert {(m.value, m.version) for m in second} == {(6, 2)}


async def test_publish__what_many_brought__is_in_the_trace_of_none_of_them(
    insight: Any, mothers: Any
) -> None:
    key, value, headers = record_of(mothers.placed("o1"))
    traced = ("traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    await insight.deliver_records(topics.ORDER_EVENTS, [Record(key, value, [*headers, traced])])
    await insight.connection.execute("UPDATE due_work SET due_at = now() WHERE kind = $1", PUBLISH_KPIS)
    await insight.step_due()
    said = [record for topic, record in await insight.outbox() if topic == topics.INSIGHT_KPIS.name]
    assert said
    assert not any("traceparent" in dict(record.headers) for record in said)


async def test_publish__more_figures_than_one_transaction_takes__the_rest_follows_at_once(
    insight: Any, mothers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures_module, "settings", lambda: Settings(kpi_publish_rows_max=4))
    await insight.deliver(mothers.placed("o"))

    said = await insight.make_due(PUBLISH_KPIS)
    assert {message.name for message in said} == {"orders_placed", "asked_jpy", "lost_sales"}
    assert len({message.kpi_id for message in said}) == len(said) == 3 * 6


NOTED = """
SELECT n.name, c.scope, c.period, sum((n.change ->> 0)::float8) AS amount, sum((n.change ->> 1)::bigint) AS count
FROM kpi_change AS c CROSS JOIN LATERAL jsonb_each(c.figures) AS n (name, change) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


async def test_publish__figures_that_were_told_after_the_keys_were_read__wait_as_they_were_noted(
    insight: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.placed("o"), mothers.confirmed("o"))
    noted = await insight.connection.fetch(NOTED)
    now = datetime.now(UTC)
    due = Due(PUBLISH_KPIS, "1", now, {}, "origin", "message", "correlation", None, 1, now)

    # A turn of its own has nothing locked.
    assert await insight.turn(lambda tx: figures_module.publish(tx, [due]), at=now) == []

    assert await insight.connection.fetch(NOTED) == noted
    said = [message for message in await insight.make_due(PUBLISH_KPIS) if message.name == "orders_confirmed"]
    assert {message.value for message in said} == {1}


async def test_publish__a_day_that_is_not_kept_any_more__is_deleted(insight: Any, mothers: Any) -> None:
    await insight.deliver(mothers.placed("o"))
    await insight.make_due(PUBLISH_KPIS)
    await insight.connection.execute("UPDATE kpi SET period = '2001-01-01' WHERE period <> 'total'")
    await insight.deliver(mothers.placed("p"))

    await insight.connection.execute("UPDATE due_work SET due_at = now() WHERE kind = $1", PUBLISH_KPIS)
    await insight.connection.execute("UPDATE kpi SET published_window = 0")
    while await insight._due.run_once():
        pass

    deleted = {outgoing.key.decode() for _, outgoing in await insight.outbox() if outgoing.value is None}
    assert deleted == {
        f"{name}:{scope}:2001-01-01"
        for name in ("orders_placed", "asked_jpy", "lost_sales")
        for scope in ("all", "app", "shibuya")
    }
    assert await insight.connection.fetchval("SELECT count(*) FROM kpi WHERE period = '2001-01-01'") == 0
