"""What the board decides, and operators' questions."""

from datetime import timedelta
from typing import Any

import pytest

from insight.domain.days import business_day
from insight.handlers.figures import PUBLISH_KPIS
from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.testing.harness import all_of, only

pytestmark = pytest.mark.component


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


async def test_comparison__another_policy__shows_the_difference_and_changes_nothing(
    insight: Any, ledger: Any, operator: Any, mothers: Any
) -> None:
    await insight.deliver(
        mothers.completed("o", touchpoints=[mothers.scan("umeda")]),
        mothers.sale("r"),
        mothers.till_return("x"),
    )
    day = business_day(mothers.now, 6).isoformat()

    answer = await operator.get(
        "/credit/comparison", params={"policy_id": "channel-only-v2", "from": day, "to": day}
    )

    found = answer.json()
    assert {p["party_id"]: (p["credited_jpy"], p["would_be_jpy"]) for p in found["parties"]} == {
        "ec": (400, 1000),
        "shibuya": (1400, 1000),
        "umeda": (200, 0),
    }
    assert sum(p["difference_jpy"] for p in found["parties"]) == 0
    assert (found["sales"], found["amount_jpy"]) == (2, 2000)
    assert await ledger.credit("order:o") == {"shibuya": 400, "umeda": 200, "ec": 400}


async def test_comparison__other_days__are_not_counted(insight: Any, operator: Any, mothers: Any) -> None:
    await insight.deliver(mothers.sale("r"))

    answer = await operator.get(
        "/credit/comparison", params={"policy_id": "both-earn-v2", "from": "2001-01-01", "to": "2001-01-02"}
    )

    assert answer.json()["parties"] == []


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"policy_id": "nobodys", "from": "2026-04-01", "to": "2026-04-01"}, "policy_id must be one of"),
        ({"policy_id": "both-earn-v2", "from": "April", "to": "2026-04-01"}, "business days such as"),
        ({"policy_id": "both-earn-v2", "from": "2025-04-01", "to": "2026-04-01"}, "at most 93 days"),
    ],
)
async def test_comparison__a_question_without_an_answer__says_why(
    operator: Any, params: Any, said: Any
) -> None:
    answer = await operator.get("/credit/comparison", params=params)

    assert answer.status_code == 422
    assert said in answer.json()["detail"]


async def test_sale__how_it_was_credited__is_shown_entry_by_entry(
    insight: Any, operator: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.completed("o"))

    found = (await operator.get("/credit/sales/order:o")).json()

    assert found["credited_jpy"] == 1000
    assert [(e["role"], e["amount_jpy"]) for e in found["entries"]] == [
        ("handed_over", 500),
        ("ordered", 500),
    ]
    assert (await operator.get("/credit/sales/nobodys")).status_code == 404


async def test_sale__touchpoints_that_earn_nothing__are_kept_whole_and_shown(
    insight: Any, operator: Any, mothers: Any
) -> None:
    advice = mothers.scan("umeda", kind="staff_advice", staff_ref="staff:7")
    campaign = mothers.scan(kind="campaign", location_id=None)
    await insight.deliver(mothers.completed("o", touchpoints=[advice, campaign]))

    (document,) = (await operator.get("/credit/sales/order:o")).json()["documents"]

    assert [touch[:3] for touch in document["basis"]["touches"]] == [
        ["staff_advice", "umeda", "staff:7"],
        ["campaign", None, None],
    ]
