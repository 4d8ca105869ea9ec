"""Policies that are tried: what everybody would be credited, and that nothing is changed by it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.domain.days import business_day
from insight.domain.trial import with_percents
from insight.settings import settings
from insight.store.policies import policy_files
from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.testing.harness import only

BOTH_EARN = policy_files(settings().policy_folder)["both-earn-v2"].policy


def a_trial(mothers: Any, **fields: Any) -> m.TryPolicy:
    today = business_day(mothers.now, 6)
    body = {
        "occurred_at": mothers.now,
        "staff_ref": "staff:cfo",
        "trial_id": uuid7(),
        "policy_id": "channel-only-v2",
        "first_day": today,
        "last_day": today,
    }
    return m.TryPolicy.model_validate(body | fields)


def parties(said: m.PolicyTried) -> dict[str, tuple[int, int]]:
    """Yen by party: credited, and what it would be."""
    return {one.party_id: (one.credited_jpy, one.would_be_jpy) for one in said.parties}


@pytest.mark.wide
@pytest.mark.component
@pytest.mark.parametrize("page", [1, 1000])
async def test_trial__another_policy__says_who_gains_and_who_loses(
    insight: Any, ledger: Any, mothers: Any, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TSUNAGU_INSIGHT_COMPARISON_PAGE_SALES", str(page))
    settings.cache_clear()
    await insight.deliver(
        mothers.completed("o", touchpoints=[mothers.scan("umeda")]),
        mothers.sale("r"),
        mothers.till_return("x"),
    )
    await insight.work_due()

    await insight.deliver(a_trial(mothers))
    said = only(await insight.work_due(), m.PolicyTried)

    assert parties(said) == {"ec": (400, 1000), "shibuya": (1400, 1000), "umeda": (200, 0)}
    assert (said.sales, said.amount_jpy, said.staff_ref) == (2, 2000, "staff:cfo")
    assert await ledger.credit("order:o") == {"shibuya": 400, "umeda": 200, "ec": 400}
    assert await insight.connection.fetchval("SELECT count(*) FROM due_work WHERE kind = 'try_policy'") == 0
    settings.cache_clear()


@pytest.mark.wide
@pytest.mark.component
async def test_trial__a_policy_with_other_parts__is_divided_by_these(insight: Any, mothers: Any) -> None:
    await insight.deliver(mothers.completed("o", touchpoints=[mothers.scan("umeda")]))
    percents = {part.role.value: 0 for part in BOTH_EARN.parts} | {"seen": 100}

    await insight.deliver(
        a_trial(
            mothers,
            policy_id="both-earn-v2",
            percents=[{"role": role, "percent": percent} for role, percent in percents.items()],
        )
    )
    said = only(await insight.work_due(), m.PolicyTried)

    assert {party: would_be for party, (_, would_be) in parties(said).items()} == {
        "umeda": 1000,
        "shibuya": 0,
        "ec": 0,
    }


@pytest.mark.wide
@pytest.mark.component
@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"policy_id": "nobodys"}, "unknown_policy"),
        ({"first_day": "2020-01-01"}, "too_long"),
        ({"last_day": "2020-01-01"}, "too_long"),
        ({"percents": [{"role": "ordered", "percent": 1}]}, "unknown_parts"),
        ({"percents": [{"role": "sung_to", "percent": 100}]}, "unknown_parts"),
    ],
)
async def test_trial__what_can_not_be_tried__is_refused(
    insight: Any, mothers: Any, fields: Any, reason: str
) -> None:
    out = await insight.deliver(a_trial(mothers, **fields))

    assert only(out, m.CommandRefused).reason == reason


@given(st.dictionaries(st.sampled_from([part.role.value for part in BOTH_EARN.parts]), st.integers(0, 100)))
def test_percents__of_a_policy__make_a_whole_or_are_refused(percents: dict[str, int]) -> None:
    wanted = {part.role.value: percents.get(part.role.value, part.percent) for part in BOTH_EARN.parts}
    if sum(wanted.values()) != 100:
        with pytest.raises(ValueError, match="add up to"):
            with_percents(BOTH_EARN, percents)
        return
    tried = with_percents(BOTH_EARN, percents)
    assert {part.role.value: part.percent for part in tried.parts} == {r: p for r, p in wanted.items() if p}
