"""What stands behind a KPI, asked and answered over topics."""

from typing import Any

import pytest

from insight.domain.days import business_day
from insight.settings import settings
from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.testing.harness import only

pytestmark = [pytest.mark.component, pytest.mark.wide]


def a_question(mothers: Any, **fields: Any) -> m.ExplainKpi:
    body = {
        "occurred_at": mothers.now,
        "question_id": uuid7(),
        "kpi": "short_pick_rate",
        "scope": "shibuya",
        "day": business_day(mothers.now, 6),
    }
    return m.ExplainKpi.model_validate(body | fields)


async def test_explain__the_picks_of_a_store_and_day__are_shown_a_page_at_a_time(
    insight: Any, mothers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TSUNAGU_INSIGHT_EXPLAINED_SUBJECTS_MAX", "2")
    settings.cache_clear()
    await insight.deliver(mothers.pick("p1", 3), mothers.pick("p2", 4), mothers.short("s1", 1))

    first = only(await insight.deliver(a_question(mothers)), m.KpiExplained)
    second = only(await insight.deliver(a_question(mothers, after=first.next_after)), m.KpiExplained)
    settings.cache_clear()

    assert [(part.figure, part.part_id, part.amount) for part in (*first.parts, *second.parts)] == [
        ("units_picked", "pick:p1", 3),
        ("units_picked", "pick:p2", 4),
        ("units_short", "short_pick:s1", 1),
    ]
    assert first.parts[0].facts == ("picked",)
    assert second.next_after is None


@pytest.mark.parametrize(
    ("fields", "reason"), [({"kpi": "happiness"}, "unknown_kpi"), ({"kpi": "repeat_rate"}, "about_people")]
)
async def test_explain__what_nobody_may_or_can_know__is_refused(
    insight: Any, mothers: Any, fields: Any, reason: str
) -> None:
    out = await insight.deliver(a_question(mothers, **fields))

    assert only(out, m.CommandRefused).reason == reason


async def test_explain__what_takes_too_long__is_refused_and_the_rest_of_its_batch_is_done(
    insight: Any, mothers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TSUNAGU_INSIGHT_EXPLAIN_SECONDS_MAX", "0.000001")
    settings.cache_clear()
    measure = m.RecordMeasure(
        occurred_at=mothers.now,
        measure_id=uuid7(),
        kpi="pick_minutes",
        scope="all",
        title="Earlier",
        owner="staff:7",
        starts_on=mothers.now.date(),
    )

    out = await insight.deliver(a_question(mothers), measure)
    settings.cache_clear()

    assert only(out, m.CommandRefused).reason == "too_much"
    assert only(out, m.MeasureRecorded).measure_id == measure.measure_id
