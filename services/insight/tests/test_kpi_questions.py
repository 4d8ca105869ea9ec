"""What is asked of KPIs, and refused; days with nothing, days that are not settled, KPIs that are none any more."""

from datetime import date, timedelta
from typing import Any

import pytest

from insight import kpi_routes, measures
from insight.domain.days import business_day
from insight.domain.kpis import ALL, TOTAL
from insight.handlers.figures import PUBLISH_KPIS, SETTLE_KPIS
from insight.settings import Settings
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics

pytestmark = [pytest.mark.component, pytest.mark.wide]


def a_day(mothers: Any, days_ago: int = 0) -> date:
    return business_day(mothers.now, Settings().business_day_begins_hour) - timedelta(days=days_ago)


def a_measure(mothers: Any, kpi: str, starts_on: date | str, scope: str = "shibuya") -> m.RecordMeasure:
    return m.RecordMeasure(
        measure_id="m", kpi=kpi, scope=scope, title="Shelves are counted", owner="store:1",
        starts_on=starts_on, occurred_at=mothers.now,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("scope=*", "goes with from and to"),
        ("by=week", "by goes with from and to"),
        ("to=2026-04-30", "to goes with from and to"),
        ("scope=shibuia", "nothing is counted for shibuia"),
        ("scope=shibuia&from=2026-04-01&to=2026-04-02", "nothing is counted for shibuia"),
    ],
)
async def test_values__a_question_that_would_be_answered_with_0__is_refused_with_a_reason(
    operator: Any, question: str, answer: str
) -> None:
    refused = await operator.get(f"/kpis/fill_rate?{question}")
    assert refused.status_code == 422 and answer in refused.json()["detail"]


async def test_values__of_a_store_without_any_figure__are_no_data(operator: Any) -> None:
    (value,) = (await operator.get("/kpis/fill_rate?scope=umeda")).json()["values"]
    assert value["value"] is None and value["no_data"].startswith("no data: ")
    unknown = await operator.get("/kpis/fill_rate/behind?scope=umida")
    assert unknown.status_code == 422 and "nothing is counted for umida" in unknown.json()["detail"]


async def test_values__of_a_sum__a_day_with_nothing_is_0_and_of_a_ratio_no_data(
    insight: Any, mothers: Any, operator: Any
) -> None:
    for days_ago in (5, 2):
        at = mothers.now - timedelta(days=days_ago)
        await insight.deliver(mothers.pick(f"p{days_ago}", 3, occurred_at=at))
    await insight.make_due(PUBLISH_KPIS)
    asked = f"scope=shibuya&from={a_day(mothers, 9)}&to={a_day(mothers) + timedelta(days=3)}"

    async def values(name: str, by: str = "day") -> list[float | None]:
        answer = (await operator.get(f"/kpis/{name}?{asked}&by={by}")).json()
        return [row["value"] for row in answer["values"]]

    # Nothing is said of the days before the store had anything, and of those that are to come.
    assert await values("units_picked") == [3, 0, 0, 3, 0, 0]
    assert await values("short_pick_rate") == [0, 0]
    assert sum(value or 0 for value in await values("units_picked", "month")) == 6


async def test_measure__of_a_sum__days_with_nothing_count(insight: Any, mothers: Any, operator: Any) -> None:
    """Picks every second day before, none afterwards: without days of nothing, nothing would have changed."""
    await insight.deliver(
        a_measure(mothers, "units_picked", a_day(mothers, 28)),
        *(
            mothers.pick(f"p{ago}", 10, occurred_at=mothers.now - timedelta(days=ago))
            for ago in range(29, 86, 2)
        ),
    )
    await insight.make_due(PUBLISH_KPIS)

    effect = (await operator.get("/measures/m")).json()["effect"]

    assert (effect["days_before"], effect["days_after"]) == (28, 28)
    assert (effect["before"], effect["after"]) == (5, 0)
    assert effect["word"] == "another, by more than noise"


async def test_measure__more_figures_than_one_answer_has__none_is_left_out(
    insight: Any, mothers: Any, operator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    picks = [
        mothers.pick(
            f"p{store}{ago}", 9 + ago % 3, location_id=store, occurred_at=mothers.now - timedelta(days=ago)
        )
        for store in ("shibuya", "umeda")
        for ago in range(1, 85)
    ]
    await insight.deliver(a_measure(mothers, "units_picked", a_day(mothers, 28)), *picks)
    await insight.make_due(PUBLISH_KPIS)
    whole = (await operator.get("/measures/m")).json()
    monkeypatch.setattr(measures, "settings", lambda: Settings(kpi_answer_rows_max=1))

    assert (await operator.get("/measures/m")).json() == whole
    assert whole["compared_with"] == ["umeda"] and whole["effect"]["days_after"] == 28


@pytest.mark.parametrize("starts_on", ["0001-01-01", "9999-12-31"])
async def test_measure__at_the_ends_of_the_calendar__is_too_few_days(
    insight: Any, mothers: Any, operator: Any, starts_on: str
) -> None:
    await insight.deliver(
        a_measure(mothers, "units_picked", starts_on), a_measure(mothers, "fill_rate", starts_on)
    )
    answer = await operator.get("/measures/m")
    assert answer.status_code == 200 and answer.json()["effect"]["word"] == "too few days to tell"


async def test_settling__customers_who_may_still_come_back__are_no_data_yet(
    insight: Any, mothers: Any, operator: Any
) -> None:
    for customer_id, days_ago in (("old", 40), ("just", 29), ("late", 28), ("new", 0)):
        bought = mothers.now - timedelta(days=days_ago)
        await insight.deliver(mothers.profile(customer_id, {"app": 2}, first_purchase_at=bought))
    said = {
        (one.name, one.period): one
        for one in await insight.make_due(PUBLISH_KPIS)
        if isinstance(one, m.KpiValue) and one.scope == ALL
    }

    values = {ago: said["repeat_rate", str(a_day(mothers, ago))] for ago in (40, 29, 28, 0)}
    assert [values[ago].value for ago in (40, 29, 28, 0)] == [100, 100, None, None]
    assert values[28].no_data == f"no data yet: this is settled on {a_day(mothers, -1)}"
    assert said["repeat_rate", TOTAL].value == 100
    assert said["new_customers", str(a_day(mothers))].value == 1
    asked = f"from={a_day(mothers, 40)}&to={a_day(mothers)}"
    shown = (await operator.get(f"/kpis/repeat_rate?{asked}")).json()["values"]
    assert [row["value"] for row in shown] == [100, 100, None, None]
    whole = (await operator.get(f"/kpis/repeat_rate?{asked}&by=month")).json()["values"]
    assert whole[-1]["value"] is None and whole[-1]["no_data"].startswith("no data yet")


async def test_settling__a_day_stands_from_then_on__is_published_anew(insight: Any, mothers: Any) -> None:
    await insight.deliver(mothers.profile("k", {"app": 2}))
    await insight.make_due(PUBLISH_KPIS)
    settled = a_day(mothers) + timedelta(days=29)
    due = await insight.connection.fetchrow("SELECT key, due_at FROM due_work WHERE kind = $1", SETTLE_KPIS)
    assert due["key"] == settled.isoformat()
    assert business_day(due["due_at"], Settings().business_day_begins_hour) == settled

    await insight.connection.execute("UPDATE kpi SET published_window = 0")
    again = [*await insight.make_due(SETTLE_KPIS), *await insight.make_due(PUBLISH_KPIS)]

    assert ("repeat_rate", "app", str(a_day(mothers))) in {
        (one.name, one.scope, one.period) for one in again if isinstance(one, m.KpiValue)
    }


async def test_behind__of_a_store__its_parts_are_on_the_first_page(
    insight: Any, mothers: Any, operator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kpi_routes, "settings", lambda: Settings(kpi_page_rows_max=2))
    await insight.deliver(*(mothers.pick(f"a{n}", 1, location_id="umeda") for n in range(5)))
    await insight.deliver(mothers.pick("z", 7), mothers.short("z", 1, location_id="umeda"))

    page = (await operator.get("/kpis/units_picked/behind?scope=shibuya")).json()

    assert [(part["subject_id"], part["amount"]) for part in page["behind"]] == [("pick:z", 7)]
    assert page["next_after"] is None


async def test_scans_ordered__a_touchpoint_of_a_wrong_clock__counts_no_later_than_its_order(
    insight: Any, mothers: Any
) -> None:
    ahead = mothers.scan(at=mothers.now + timedelta(days=400))
    await insight.deliver(mothers.placed("o", touchpoints=[ahead]))

    said = await insight.make_due(PUBLISH_KPIS)

    periods = {one.period for one in said if isinstance(one, m.KpiValue) and one.name == "scans_ordered"}
    assert periods == {TOTAL, str(business_day(mothers.now - timedelta(minutes=5), 6))}


async def test_a_kpi_that_is_defined_no_more__is_deleted_from_the_topic(insight: Any, mothers: Any) -> None:
    await insight.connection.execute(
        "INSERT INTO kpi (name, scope, period, version)"
        " VALUES ('gone', 'all', 'total', 3), ('gone', 'S1', '2026-04-01', 1)"
    )
    await insight.deliver(mothers.pick("p", 1))
    await insight.make_due(PUBLISH_KPIS)

    on_topic = insight.compacted[topics.INSIGHT_KPIS.name]
    assert on_topic[b"gone:all:total"].value is None and on_topic[b"gone:S1:2026-04-01"].value is None
    assert on_topic[b"units_picked:all:total"].value is not None
    assert await insight.connection.fetchval("SELECT count(*) FROM kpi WHERE name = 'gone'") == 0
