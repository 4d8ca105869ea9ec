"""Operators' questions about credit: what another policy would change, and how a sale was credited."""

from typing import Any

import pytest

from insight.domain.days import business_day
from insight.settings import Settings, settings
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import AdoptPolicy

pytestmark = [pytest.mark.component, pytest.mark.wide]


def today(mothers: Any, **params: str) -> dict[str, str]:
    """The parameters of a question about today."""
    day = business_day(mothers.now, 6).isoformat()
    return {"from": day, "to": day, **params}


def adoption(mothers: Any, policy_id: str) -> AdoptPolicy:
    return AdoptPolicy(
        occurred_at=mothers.now,
        adoption_id=uuid7(),
        policy_id=policy_id,
        kind="credit",
        effective_from=business_day(mothers.now, 6),
        agreed_by=("staff:stores", "staff:ec"),
    )


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
    assert (found["sales"], found["amount_jpy"], found["differs"]) == (2, 2000, True)
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
        ({"policy_id": "both-earn-v2", "from": "April", "to": "2026-04-01"}, "days such as"),
        ({"policy_id": "both-earn-v2", "from": "2025-04-01", "to": "2026-04-01"}, "at most 93 days"),
    ],
)
async def test_comparison__a_question_without_an_answer__says_why(
    operator: Any, params: Any, said: Any
) -> None:
    answer = await operator.get("/credit/comparison", params=params)

    assert answer.status_code == 422
    assert said in answer.json()["detail"]


async def test_comparison__the_recorded_policies_over_a_mixed_history__come_out_to_the_yen(
    insight: Any, operator: Any, mothers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Policies that change within the period, returns, a void, documents that overtake, a location known late."""
    monkeypatch.setenv("TSUNAGU_INSIGHT_COMPARISON_PAGE_SALES", "2")
    settings.cache_clear()
    await insight.deliver(
        mothers.completed(
            "a", touchpoints=[mothers.scan("umeda")], lines=[mothers.line(group_id="g", amount_jpy=333)]
        ),
        mothers.completed("b", method="ship", location_id="new"),
        mothers.unmatched("c"),
        mothers.void("v"),
    )
    for policy_id in ("channel-only-v2", "handover-only-v2"):
        await insight.deliver(adoption(mothers, policy_id))
        await insight.deliver(
            mothers.completed(
                f"d-{policy_id}", sources=[mothers.picked("umeda", 1), mothers.picked("depot", 2)]
            ),
            mothers.items_returned("a", lines=[mothers.line(amount_jpy=100, disposition="resellable")]),
            mothers.completed("c", receipt_id="r-1"),
        )
    await insight.deliver(mothers.location("new", "warehouse"), mothers.sale("v"))
    await insight.work_due()
    await insight.deliver(mothers.location("umeda", "warehouse", version=2))

    found = (await operator.get("/credit/comparison", params=today(mothers, policy_id="current"))).json()

    assert found["sales"] == 6
    assert found["differs"] is False
    assert found["amount_jpy"] > 0
    assert all(party["credited_jpy"] == party["would_be_jpy"] for party in found["parties"])
    settings.cache_clear()


async def test_comparison__books_that_somebody_changed__differ(
    insight: Any, operator: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.completed("o"))
    await insight.connection.execute("UPDATE credit_entry SET party_id = 'umeda' WHERE party_id = 'shibuya'")

    found = (await operator.get("/credit/comparison", params=today(mothers, policy_id="current"))).json()

    assert found["differs"] is True
    assert {p["party_id"]: p["difference_jpy"] for p in found["parties"]} == {
        "ec": 0, "shibuya": 500, "umeda": -500,
    }  # fmt: skip


async def test_comparison__a_policy_that_is_posted__is_tried_out_and_not_kept(
    insight: Any, operator: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.completed("o", touchpoints=[mothers.scan("umeda")]))
    text = (Settings().policy_folder / "both-earn-v2.toml").read_text(encoding="utf-8")
    changes = (
        ('"both-earn-v2"', '"draft"'),
        ("percent = 15", "percent = 14"),
        ("percent = 10", "percent = 11"),
    )
    for old, new in changes:
        text = text.replace(old, new, 1)

    answer = await operator.post("/credit/comparison", params=today(mothers), content=text.encode())

    assert (answer.json()["policy_id"], answer.json()["amount_jpy"]) == ("draft", 1000)
    assert {p["party_id"]: p["would_be_jpy"] for p in answer.json()["parties"]} == {
        "ec": 405, "shibuya": 406, "umeda": 189,
    }  # fmt: skip
    assert not await insight.connection.fetchval(
        "SELECT count(*) FROM credit_policy WHERE policy_id = 'draft'"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"policy_id = ", "line 1: "),
        ("題".encode("shift_jis"), "not UTF-8"),
        (b"#" * 100_001, "at most 100000 bytes"),
    ],
)
async def test_comparison__a_posted_text_that_is_no_policy__is_refused_with_its_line(
    operator: Any, mothers: Any, text: Any, said: Any
) -> None:
    answer = await operator.post("/credit/comparison", params=today(mothers), content=text)

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
