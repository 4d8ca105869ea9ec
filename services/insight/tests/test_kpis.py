"""KPIs as insight counts, publishes and shows them, on a real database."""

import random
from datetime import timedelta
from typing import Any

import pytest

from insight import gauges, kpi_routes
from insight.app import SERVICE
from insight.domain.days import business_day
from insight.domain.kpis import ALL, TOTAL
from insight.handlers.figures import PUBLISH_KPIS
from insight.settings import Settings
from insight.store.definitions import definitions
from tsunagu.chassis import Runtime, pooled
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics
from tsunagu.contracts.topics import topic_of
from tsunagu.testing.harness import Harness, delete_of, record_of

pytestmark = [pytest.mark.component, pytest.mark.wide]


def of_an_order(mothers: Any, order_id: str, *, ready_after_minutes: int = 60) -> list[Any]:
    """An order of two pieces at Shibuya that is promised within two hours, ready, and collected."""
    placed_at = mothers.now - timedelta(hours=6)
    lines = [mothers.order_line(quantity=2)]
    return [
        mothers.placed(
            order_id, placed_at=placed_at, lines=lines, touchpoints=[mothers.scan()], occurred_at=placed_at
        ),
        mothers.confirmed(order_id, lines=lines, ready_by=placed_at + timedelta(hours=2)),
        mothers.ready(order_id, occurred_at=placed_at + timedelta(minutes=ready_after_minutes)),
        mothers.completed(order_id),
    ]


def a_life(mothers: Any) -> list[Any]:
    """Something for each KPI."""
    placed = mothers.now - timedelta(hours=6)
    return [
        *of_an_order(mothers, "in-time"),
        *of_an_order(mothers, "late", ready_after_minutes=180),
        mothers.broken("late"),
        mothers.placed("none", placed_at=placed, occurred_at=placed),
        mothers.rejected("none", reason="out_of_stock"),
        mothers.placed("shown", placed_at=placed, occurred_at=placed),
        mothers.confirmed("shown"),
        mothers.ready("shown", occurred_at=placed + timedelta(hours=2)),
        mothers.expired("shown"),
        mothers.completed("sent", method="ship", location_id="umeda", channel="ec"),
        mothers.scanned("scan-1", None),
        mothers.scanned("scan-2", "app:1"),
        mothers.pick("p1", 3),
        mothers.pick("p2", 4),
        mothers.short("s1", 1),
        mothers.counted("c1", 8, 10),
        mothers.profile("k1", {"app": 1, "store": 1}, first_channel="app"),
        mothers.profile("k2", {"app": 1}),
        mothers.task("t", order_id="in-time", minutes=6.0),
    ]


EXPECTED = {
    "pickup_share": 66.666667,
    "time_to_ready": 120.0,
    "fill_rate": 83.333333,
    "short_pick_rate": 12.5,
    "no_show_rate": 33.333333,
    "lost_sales": 16.666667,
    "stock_accuracy": 80.0,
    "minutes_per_order": 2.0,
    "credit": 3000.0,
    "new_customers": 2.0,
    "repeat_rate": 50.0,
    "scan_conversion": 100.0,
    "oversell_rate": 33.333333,
    "promise_kept": 66.666667,
}


def topic_for(message: Any) -> Any:
    return topics.PICKUP_TASKS if isinstance(message, m.Task) else topic_of(type(message))


async def published(insight: Harness) -> dict[tuple[str, str, str], m.KpiValue]:
    """What is said of every figure and KPI now."""
    said: dict[tuple[str, str, str], m.KpiValue] = {}
    for message in await insight.make_due(PUBLISH_KPIS):
        if isinstance(message, m.KpiValue):
            said[message.name, message.scope, message.period] = message
    return said


async def test_kpis__something_of_everything__each_is_what_its_formula_says(
    insight: Any, mothers: Any
) -> None:
    for message in a_life(mothers):
        await insight.deliver(message, topic=topic_for(message))

    said = await published(insight)

    assert {name: said[name, ALL, TOTAL].value for name in EXPECTED} == EXPECTED
    assert {one.name for one in definitions().defined} == EXPECTED.keys()
    share = said["pickup_share", ALL, TOTAL]
    assert (share.unit, share.owner, share.target) == ("percent", "ec", 40.0)
    assert said["fill_rate", "shibuya", TOTAL].value == pytest.approx(83.333333)
    assert said["new_customers", "app", TOTAL].value == 2
    assert said["credit", "dept-ec", TOTAL].value == said["credit_ec_jpy", ALL, TOTAL].value
    assert said["credit", "shibuya", TOTAL].value == said["credit_stores_jpy", "shibuya", TOTAL].value


@pytest.mark.parametrize("seed", range(4))
async def test_kpis__late_doubled_and_out_of_order__are_the_same(
    insight: Any, mothers: Any, seed: int
) -> None:
    numbers = random.Random(seed)
    records = [(topic_for(message), record_of(message)) for message in a_life(mothers)]
    told = [*records, *numbers.sample(records, 10)]
    numbers.shuffle(told)
    for topic, record in told:
        await insight.deliver_records(topic, [record])
        if numbers.random() < 0.2:
            await insight.make_due(PUBLISH_KPIS)
    await insight.connection.execute("UPDATE kpi SET published_window = 0")
    await insight.make_due(PUBLISH_KPIS)

    retold = await retold_values(insight)

    assert {name: retold[name, ALL, TOTAL] for name in EXPECTED} == EXPECTED


async def retold_values(insight: Any) -> dict[tuple[str, str, str], float | None]:
    await insight.retell()
    compacted = insight.compacted[topics.INSIGHT_KPIS.name].values()
    messages = [m.KpiValue.model_validate_json(record.value) for record in compacted if record.value]
    return {(one.name, one.scope, one.period): one.value for one in messages}


async def test_kpis__nothing_to_divide_by_any_more__is_no_data_and_not_zero(
    insight: Any, mothers: Any
) -> None:
    profile = mothers.profile("k", {"app": 1})
    await insight.deliver(profile)
    assert (await published(insight))["repeat_rate", ALL, TOTAL].value == 0

    await insight.deliver_records(topics.CUSTOMER_PROFILES, [delete_of(profile)])
    await insight.connection.execute("UPDATE kpi SET published_window = 0")

    rate = (await published(insight))["repeat_rate", ALL, TOTAL]
    assert (rate.value, rate.no_data) == (
        None, "no data: customers_new is 0, and nothing can be divided by that"
    )  # fmt: skip
    assert await insight.connection.fetchval("SELECT count(*) FROM subject") == 0


async def test_profiles__versions_in_any_order__the_highest_counts(insight: Any, mothers: Any) -> None:
    newer = mothers.profile("k", {"app": 1, "store": 2}, version=7, first_channel="store")
    for profile in (mothers.profile("k", {"app": 1}, version=2), newer, mothers.profile("k", {}, version=5)):
        await insight.deliver(profile)

    said = await published(insight)

    assert said["repeat_rate", "store", TOTAL].value == 100
    assert ("customers_new", "app", TOTAL) not in said or said["customers_new", "app", TOTAL].value == 0


async def test_targets__of_a_kpi_over_figures__are_said_with_it(insight: Any, mothers: Any) -> None:
    command = m.SetTarget(
        target_id="t-1", kpi="pickup_share", scope="shibuya", period="total", target=70, owner="store:1",
        due="2026-12-31", occurred_at=mothers.now,
    )  # fmt: skip
    await insight.deliver(command)
    assert (await published(insight))["pickup_share", "shibuya", TOTAL].value is None

    await insight.connection.execute("UPDATE kpi SET published_window = 0")
    await insight.deliver(*of_an_order(mothers, "o"))

    said = await published(insight)
    here, everywhere = said["pickup_share", "shibuya", TOTAL], said["pickup_share", ALL, TOTAL]
    assert (here.value, here.target, here.owner) == (100, 70, "store:1")
    assert (everywhere.target, everywhere.owner) == (40, "ec")


async def test_route__values__by_day_week_and_month_with_their_figures(
    insight: Any, mothers: Any, operator: Any
) -> None:
    for message in a_life(mothers):
        await insight.deliver(message, topic=topic_for(message))
    await published(insight)
    first, last = f"{mothers.now - timedelta(days=9):%Y-%m-%d}", f"{mothers.now + timedelta(days=1):%Y-%m-%d}"

    total = (await operator.get("/kpis/pickup_share")).json()
    by_week = (await operator.get(f"/kpis/pickup_share?scope=*&from={first}&to={last}&by=week")).json()
    of_a_figure = (await operator.get(f"/kpis/sales_jpy?from={first}&to={last}&by=month")).json()
    unknown = await operator.get("/kpis/nonsense")

    assert total["values"][0]["value"] == EXPECTED["pickup_share"]
    assert total["events"] == ["OrderCompleted"] and total["due"] == "2027-03-31"
    assert {row["scope"] for row in by_week["values"]} >= {"all", "app", "ec", "shibuya", "umeda"}
    assert all("-W" in row["period"] for row in by_week["values"])
    assert sum(row["value"] for row in of_a_figure["values"]) == 3000
    assert unknown.status_code == 422 and "there is no KPI nonsense" in unknown.json()["detail"]
    assert {one["name"] for one in (await operator.get("/kpis")).json()["kpis"]} == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
async def test_route__behind_a_value__are_the_parts_that_add_up_to_its_figures(
    insight: Any, mothers: Any, operator: Any, name: str
) -> None:
    for message in a_life(mothers):
        await insight.deliver(message, topic=topic_for(message))
    await published(insight)
    for scope in (ALL, "shibuya", "app"):
        (value,) = (await operator.get(f"/kpis/{name}?scope={scope}")).json()["values"]
        behind = (await operator.get(f"/kpis/{name}/behind?scope={scope}")).json()
        sums: dict[str, list[float]] = {}
        for part in behind["behind"]:
            amount, count = sums.setdefault(part["figure"], [0, 0])
            sums[part["figure"]] = [amount + part["amount"], count + part["count"]]
        mean_or_sum = {figure: both["amount"] for figure, both in value["figures"].items()}
        assert {figure: sums.get(figure, [0, 0])[0] for figure in mean_or_sum} == mean_or_sum, scope
        if "mean" in behind["formula"]:
            assert (
                sums.get(behind["formula"][5:-1], [0, 0])[1] == next(iter(value["figures"].values()))["count"]
            )


async def test_route__behind_a_value__pages_show_each_part_once(
    insight: Any, mothers: Any, operator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kpi_routes, "settings", lambda: Settings(kpi_page_rows_max=2))
    for number in range(5):
        await insight.deliver(*of_an_order(mothers, f"o{number}"), mothers.scanned(f"s{number}", None))
    shown: list[str] = []
    after: str | None = ""
    while after is not None:
        page = (await operator.get("/kpis/scan_conversion/behind", params={"after": after})).json()
        shown += [part["subject_id"] for part in page["behind"]]
        after = page["next_after"]

    assert sorted(shown) == sorted([*(f"order:o{n}" for n in range(5)), *(f"scan:s{n}" for n in range(5))])


async def test_route__behind_credit__a_sale_of_several_parties_is_whole_on_its_page(
    insight: Any, mothers: Any, operator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kpi_routes, "settings", lambda: Settings(kpi_page_rows_max=1))
    for number in range(3):
        await insight.deliver(*of_an_order(mothers, f"o{number}"))
    await published(insight)
    value = (await operator.get("/kpis/credit")).json()["values"][0]["value"]
    shown = 0.0
    after: str | None = ""
    while after is not None:
        page = (await operator.get("/kpis/credit/behind", params={"after": after})).json()
        shown += sum(part["amount"] for part in page["behind"])
        after = page["next_after"]

    assert shown == value > 0


async def test_measure__before_and_after_beside_other_stores__says_whether_it_is_noise(
    insight: Any, mothers: Any, operator: Any
) -> None:
    starts_on = business_day(mothers.now, Settings().business_day_begins_hour) - timedelta(days=30)
    command = m.RecordMeasure(
        measure_id="m-1", kpi="short_pick_rate", scope="shibuya", title="Shelves are counted each morning",
        owner="store:1", starts_on=starts_on, expected=-5, occurred_at=mothers.now,
    )  # fmt: skip
    await insight.deliver(command)
    picks: list[Any] = []
    for number in range(84):
        at = mothers.now - timedelta(days=86 - number)
        for store in ("shibuya", "umeda"):
            picked = 80 if store == "umeda" or number < 56 else 95
            picks += [
                mothers.pick(f"p{store}{number}", picked + number % 3, location_id=store, occurred_at=at),
                mothers.short(f"s{store}{number}", 100 - picked, location_id=store, occurred_at=at),
            ]
    await insight.deliver(*picks)
    await published(insight)

    judged = (await operator.get("/measures/m-1")).json()

    assert judged["compared_with"] == ["umeda"]
    assert judged["measure"]["expected"] == -5
    assert judged["effect"]["word"] == "better, by more than noise"
    assert judged["effect"]["before"] == pytest.approx(20, abs=0.5)
    assert judged["effect"]["after"] == pytest.approx(5, abs=0.5)
    assert (await operator.get("/measures/none")).status_code == 404
    assert [one["measure_id"] for one in (await operator.get("/measures")).json()["measures"]] == ["m-1"]


async def test_gauges__of_operational_kpis__are_those_of_the_day_and_none_without_data(
    insight: Any, mothers: Any, database: str, operator: Any
) -> None:
    await insight.deliver(mothers.pick("p", 9), mothers.short("s", 1))
    await published(insight)
    runtime = Runtime(SERVICE, ChassisSettings(database_url=database))
    await runtime._migrate()
    await gauges.show(runtime)
    await pooled(runtime).close()

    shown = (await operator.get("/metrics")).text
    assert 'tsunagu_kpi{kpi="short_pick_rate"} 10.0' in shown
    assert 'kpi="fill_rate"' not in shown and 'kpi="pickup_share"' not in shown


async def test_credit__a_store_hands_over_an_order_of_ec__is_in_its_figures_the_same_day(
    insight: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.completed("o", channel="ec", payment="prepaid", location_id="umeda"))
    today = business_day(mothers.now, Settings().business_day_begins_hour).isoformat()

    said = await published(insight)

    part, all_of_it = said["credit", "umeda", today].value, said["credit", ALL, today].value
    assert part is not None and part > 0 and all_of_it == 1000
    assert said["credit_stores_jpy", "umeda", today].value == part
    assert said["credit", "dept-ec", today].value == all_of_it - part
