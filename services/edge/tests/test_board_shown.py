"""What the board shows beside KPIs: definitions, credit, journeys, measures, trials, explanations."""

import json
from pathlib import Path
from typing import Any

import pytest

from tsunagu.contracts import messages as m
from tsunagu.contracts import topics
from tsunagu.testing.harness import delete_of, only

pytestmark = [pytest.mark.component, pytest.mark.wide]

GOLDEN = Path(__file__).parents[3] / "tests" / "contracts" / "golden"


def told(kind: type[m.KpiDefinition] | Any, **changes: Any) -> Any:
    """A message as the golden sample of its type has it, with changes."""
    body = json.loads((GOLDEN / f"{kind.WIRE_TYPE}.json").read_text(encoding="utf-8"))["value"]
    return kind.model_validate(body | changes)


def credit(name: str, scope: str, period: str, value: int) -> m.KpiValue:
    return m.KpiValue(name=name, scope=scope, period=period, value=value, unit="JPY", version=1)


async def test_shown__the_newest_of_each__until_it_is_deleted(open_door: Any) -> None:
    definition = told(m.KpiDefinition)
    async with open_door("board") as door:
        await door.service.deliver(definition, told(m.KpiDefinition, version=1, title="old"))
        await door.service.deliver(told(m.CreditPolicy), told(m.Measure))
        shown = (await door.get("/v1/definitions", "ceo")).json()["definitions"]
        policies = (await door.get("/v1/policies", "ceo")).json()["policies"]
        measures = (await door.get("/v1/measures", "ceo")).json()["measures"]
        await door.service.deliver_records(topics.INSIGHT_DEFINITIONS, [delete_of(definition)])
        gone = (await door.get("/v1/definitions", "ceo")).json()["definitions"]
    assert [(one["name"], one["title"]) for one in shown] == [("fill_rate", definition.title)]
    assert [part["percent"] for part in policies[0]["parts"]] == [15, 85]
    assert measures[0]["effect"]["word"] == "better"
    assert gone == []


async def test_journeys__of_a_day__are_those_of_the_last_day_told_until_then(open_door: Any) -> None:
    async with open_door("board") as door:
        await door.service.deliver(told(m.CustomerJourney))
        on_it = await door.get("/v1/journeys/2026-04-01", "ceo")
        later = await door.get("/v1/journeys/2026-05-01", "ceo")
        before = await door.get("/v1/journeys/2026-03-31", "ceo")
    assert on_it.json() == later.json()
    assert on_it.json()["paths"][0]["steps"] == ["seen:store", "bought:ec", "picked_up:store"]
    assert before.status_code == 404


async def test_credit__by_month__of_stores_departments_and_channels_adds_up(open_door: Any, a: Any) -> None:
    async with open_door("board") as door:
        await door.service.deliver(
            a.location("S001"),
            credit("credit_jpy", "all", "2026-04-01", 1000),
            credit("credit_jpy", "S001", "2026-04-01", 300),
            credit("credit_jpy", "S001", "2026-04-02", 50),
            credit("credit_jpy", "dept-ec", "2026-04-01", 650),
            credit("credit_jpy", "ec", "2026-04-01", 1000),
            credit("credit_stores_jpy", "ec", "2026-04-01", 350),
            credit("credit_jpy", "S001", "2026-05-01", 7),
            credit("credit_jpy", "S001", "total", 357),
        )
        month = (await door.get("/v1/credit?from=2026-04-01&to=2026-04-30&by=month", "ceo")).json()
        week = (await door.get("/v1/credit?from=2026-04-01&to=2026-04-30&by=week", "ceo")).json()
        backwards = await door.get("/v1/credit?from=2026-04-02&to=2026-04-01", "ceo")
    assert month["parties"] == [
        {"kind": "store", "party_id": "S001", "period": "2026-04", "credit_jpy": 350},
        {"kind": "department", "party_id": "ec", "period": "2026-04", "credit_jpy": 650},
    ]
    assert month["channels"] == [
        {"channel": "ec", "period": "2026-04", "stores_jpy": 350, "departments_jpy": 650}
    ]
    assert {party["period"] for party in week["parties"]} == {"2026-W14"}
    assert backwards.status_code == 422


async def test_kpi_days__of_a_store__in_order_without_other_periods(open_door: Any) -> None:
    async with open_door("board") as door:
        await door.service.deliver(
            *(
                m.KpiValue(
                    name="fill_rate", scope="S001", period=period, value=90.0, unit="percent", version=1
                )
                for period in ("2026-04-02", "2026-04-01", "2026-W14", "2026-04", "total")
            )
        )
        query = "name=fill_rate&scope=S001&from=2026-01-01&to=2026-12-31"
        days = (await door.get(f"/v1/kpi-days?{query}", "ceo")).json()["days"]
        too_many = await door.get("/v1/kpi-days?name=fill_rate&from=2020-01-01&to=2026-12-31", "ceo")
    assert [day["period"] for day in days] == ["2026-04-01", "2026-04-02"]
    assert too_many.status_code == 422


async def test_trial__asked_by_the_keys_person__is_there_once_insight_has_worked_it_out(
    open_door: Any, a: Any
) -> None:
    body = {"policy_id": "both-earn-v2", "first_day": "2026-04-01", "last_day": "2026-04-30"}
    async with open_door("board") as door:
        given = (await door.post("/v1/policy-trials", "cfo", {**body, "trial_id": "T-1"})).json()
        command = only(await door.service.sent(), m.TryPolicy)
        before = await door.get("/v1/policy-trials/T-1", "ceo")
        await door.service.deliver(told(m.PolicyTried, trial_id="T-1"))
        after = await door.get("/v1/policy-trials/T-1", "ceo")
        listed = (await door.get("/v1/policy-trials", "ceo")).json()["trials"]
        state = (await door.get(given["links"]["self"], "cfo")).json()
    assert (command.trial_id, command.staff_ref) == ("T-1", "cfo")
    assert before.status_code == 404
    assert [party["would_be_jpy"] for party in after.json()["parties"]] == [6510000, 2790000]
    assert [trial["trial_id"] for trial in listed] == ["T-1"]
    assert state["state"] == "done"


async def test_explanation__refused_by_insight__says_why(open_door: Any, a: Any) -> None:
    body = {"question_id": "Q-1", "kpi": "repeat_rate", "scope": "all"}
    async with open_door("board") as door:
        given = (await door.post("/v1/explanations", "ceo", body)).json()
        question = only(await door.service.sent(), m.ExplainKpi)
        refusal = a.refusal(question, reason="about_people", detail="nobody is told from others")
        await door.service.deliver_records(topics.INSIGHT_EVENTS, [a.caused_by(refusal, given["command_id"])])
        state = (await door.get(given["links"]["self"], "ceo")).json()
        await door.service.deliver(told(m.KpiExplained, question_id="Q-2"))
        other = (await door.get("/v1/explanations/Q-2", "ceo")).json()
    assert (state["state"], state["reason"]) == ("refused", "about_people")
    assert other["parts"][0]["part_id"].startswith("order:")


@pytest.mark.parametrize(
    "path", ["definitions", "policies", "measures", "places", "journeys/2026-04-01", "credit", "kpi-days"]
)
async def test_shown__without_a_key__nobody_is_let_in(open_door: Any, path: str) -> None:
    async with open_door("board") as door:
        answer = await door.client.get(f"/v1/{path}")
    assert answer.status_code == 401
