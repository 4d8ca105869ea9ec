"""Definitions, policies and measures: told once, and again when they are others than before."""

from datetime import timedelta
from typing import Any

import pytest

from insight import telling
from insight.domain.days import business_day
from insight.handlers.figures import PUBLISH_KPIS
from insight.settings import settings
from insight.store.definitions import definitions
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics
from tsunagu.contracts.ids import uuid7
from tsunagu.testing.harness import all_of, only

pytestmark = [pytest.mark.component, pytest.mark.wide]


def a_measure(mothers: Any, **fields: Any) -> m.RecordMeasure:
    body = {
        "occurred_at": mothers.now,
        "measure_id": uuid7(),
        "kpi": "short_pick_rate",
        "scope": "shibuya",
        "title": "Shelves are counted each morning",
        "owner": "staff:7",
        "starts_on": business_day(mothers.now, 6) - timedelta(days=20),
        "expected": -5,
    }
    return m.RecordMeasure.model_validate(body | fields)


async def test_telling__definitions_and_policies__are_told_once(insight: Any, mothers: Any) -> None:
    first = await insight.turn(telling.tell_files, at=mothers.now)
    again = await insight.turn(telling.tell_files, at=mothers.now)

    defined = {one.name: one for one in all_of(first, m.KpiDefinition)}
    assert defined.keys() == definitions().by_name.keys()
    rate = defined["fill_rate"]
    assert (rate.formula, rate.better, rate.target) == ("units_promised / units_answered", "higher", 97.0)
    assert rate.figures == ("units_promised", "units_answered")
    assert "OrderConfirmed" in rate.events
    policies = {one.policy_id: one for one in all_of(first, m.CreditPolicy)}
    assert sum(part.percent for part in policies["both-earn-v2"].parts) == 100
    assert [one.policy_id for one in policies.values() if one.is_default] == ["both-earn-v2"]
    assert again == []


async def test_telling__a_policy_that_is_adopted__is_told_again_with_its_day(
    insight: Any, mothers: Any
) -> None:
    await insight.turn(telling.tell_files, at=mothers.now)
    today = business_day(mothers.now, 6)
    adopt = m.AdoptPolicy(
        occurred_at=mothers.now,
        adoption_id=uuid7(),
        policy_id="channel-only-v2",
        kind="credit",
        effective_from=today,
        agreed_by=("staff:stores", "staff:ec"),
    )

    await insight.deliver(adopt)

    said = only(await insight.turn(telling.tell_files, at=mothers.now), m.CreditPolicy)
    assert (said.policy_id, said.version, said.adopted_from) == ("channel-only-v2", 2, (today,))


async def test_telling__a_definition_that_is_in_the_file_no_more__is_deleted(
    insight: Any, mothers: Any
) -> None:
    await insight.connection.execute(
        "INSERT INTO told (kind, key, version, content) VALUES ('definition', 'gone', 3, '{}')"
    )

    async with insight.connection.transaction():
        await insight.turn(telling.tell_files, at=mothers.now)

    last = insight.compacted[topics.INSIGHT_DEFINITIONS.name][b"gone"]
    assert last.value is None


async def test_telling__a_measure__is_judged_once_a_day_until_late_news_are_over(
    insight: Any, mothers: Any
) -> None:
    command = a_measure(mothers)
    await insight.deliver(*_picks(mothers, "shibuya", 1), *_picks(mothers, "umeda", 9))
    await insight.make_due(PUBLISH_KPIS)
    await insight.deliver(command)

    async def all_due(tx: Any) -> None:
        for measure_id in await telling._to_judge(tx):
            await telling.tell_measure(tx, measure_id)

    first = only(await insight.turn(all_due, at=mothers.now), m.Measure)
    same_day = await insight.turn(all_due, at=mothers.now)
    next_day = only(await insight.turn(all_due, at=mothers.now + timedelta(days=1)), m.Measure)
    days = settings().measure_days + settings().measure_retold_days
    over = await insight.turn(all_due, at=mothers.now + timedelta(days=days))

    assert (first.measure_id, first.title, first.unit) == (command.measure_id, command.title, "percent")
    assert first.effect is not None
    assert (first.stores_compared, first.effect.word) == (1, "too_few")
    assert same_day == [] and over == []
    assert (next_day.version, next_day.as_of) == (2, first.as_of + timedelta(days=1))


def _picks(mothers: Any, location_id: str, quantity: int) -> list[Any]:
    picked_at = mothers.now - timedelta(days=25)
    fields = {"location_id": location_id, "occurred_at": picked_at}
    return [
        mothers.pick(f"pick-{location_id}", quantity, **fields),
        mothers.short(f"short-{location_id}", 1, **fields),
    ]
