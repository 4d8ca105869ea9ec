"""What the board decides, and operators' questions."""

from datetime import timedelta
from typing import Any

import pytest

from insight.domain.days import business_day
from insight.handlers.figures import PUBLISH_KPIS
from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.testing.harness import all_of, only

pytestmark = [pytest.mark.component, pytest.mark.wide]


def target(mothers: Any, **fields: Any) -> Any:
    body = {
        "occurred_at": mothers.now,
        "target_id": uuid7(),
        "kpi": "orders_placed",
        "scope": "all",
        "period": "total",
        "target": 100.0,
        "owner": "staff:7",
        "due": mothers.now.date(),
    }
    return m.SetTarget.model_validate(body | fields)


def baseline(mothers: Any, **fields: Any) -> Any:
    body = {
        "occurred_at": mothers.now,
        "baseline_id": uuid7(),
        "kpi": "orders_placed",
        "scope": "all",
        "period": "total",
        "value": 40.0,
    }
    return m.SetBaseline.model_validate(body | fields)


def measure(mothers: Any, **fields: Any) -> Any:
    body = {
        "occurred_at": mothers.now,
        "measure_id": uuid7(),
        "kpi": "pick_minutes",
        "scope": "all",
        "title": "朝にまとめてピッキング",
        "owner": "staff:7",
        "starts_on": mothers.now.date(),
    }
    return m.RecordMeasure.model_validate(body | fields)


def adoption(mothers: Any, **fields: Any) -> Any:
    body = {
        "occurred_at": mothers.now,
        "adoption_id": uuid7(),
        "policy_id": "channel-only-v2",
        "kind": "credit",
        "effective_from": business_day(mothers.now, 6),
        "agreed_by": ["staff:stores", "staff:ec"],
    }
    return m.AdoptPolicy.model_validate(body | fields)


async def test_set_target__with_a_baseline__is_shown_beside_the_figure_with_owner_and_due(
    insight: Any, mothers: Any
) -> None:
    out = await insight.deliver(mothers.placed(), target(mothers), baseline(mothers))
    assert only(out, m.TargetSet).version == 1 and only(out, m.BaselineSet).version == 2

    shown = [
        k
        for k in all_of(await insight.make_due(PUBLISH_KPIS), m.KpiValue)
        if k.kpi_id == "orders_placed:all:total"
    ]

    assert [(k.value, k.target, k.baseline, k.owner, k.due) for k in shown] == [
        (1.0, 100.0, 40.0, "staff:7", mothers.now.date())
    ]


async def test_set_target__an_unknown_kpi_or_period__is_refused(insight: Any, mothers: Any) -> None:
    out = await insight.deliver(target(mothers, kpi="happiness"), target(mothers, period="2026-W14"))

    assert [r.reason for r in all_of(out, m.CommandRefused)] == ["unknown_kpi", "unknown_period"]


async def test_record_measure__is_on_record_and_told(insight: Any, mothers: Any) -> None:
    command = measure(mothers)

    said = only(await insight.deliver(command), m.MeasureRecorded)

    assert (said.measure_id, said.title, said.version) == (command.measure_id, command.title, 1)
    assert await insight.connection.fetchval("SELECT body ->> 'owner' FROM board_record") == "staff:7"


async def test_adopt_policy__from_today__credits_what_comes_and_leaves_what_was(
    insight: Any, ledger: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.completed("before"))

    out = await insight.deliver(adoption(mothers))
    await insight.deliver(mothers.completed("after"), mothers.items_returned("before"))

    assert only(out, m.PolicyAdopted).policy_id == "channel-only-v2"
    assert await ledger.credit("order:after") == {"ec": 1000}
    assert await ledger.credit("order:before") == {}, "corrected at the shares of its own policy"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"policy_id": "nobodys"}, "unknown_policy"),
        ({"kind": "discount"}, "unknown_kind"),
        ({"agreed_by": ["staff:ec", "staff:ec"]}, "not_agreed"),
    ],
)
async def test_adopt_policy__what_can_not_be__is_refused(
    insight: Any, mothers: Any, fields: Any, reason: Any
) -> None:
    out = await insight.deliver(adoption(mothers, **fields))

    assert only(out, m.CommandRefused).reason == reason


async def test_adopt_policy__for_a_day_that_is_over__is_refused(insight: Any, mothers: Any) -> None:
    yesterday = business_day(mothers.now, 6) - timedelta(days=1)

    out = await insight.deliver(adoption(mothers, effective_from=yesterday))

    assert only(out, m.CommandRefused).reason == "effective_in_the_past"


async def test_adopt_policy__a_policy_whose_file_changed_after_it_was_used__is_refused(
    insight: Any, mothers: Any
) -> None:
    await insight.deliver(adoption(mothers))
    await insight.connection.execute("UPDATE credit_policy SET body = body || '{\"version\": 0}'")

    assert only(await insight.deliver(adoption(mothers)), m.CommandRefused).reason == "policy_changed"
