"""`make test-ops`: a Prometheus looks at a running retailer, and answers all that dashboards and alerts ask."""

import json
import re

import pytest
from tests.deploy.test_alerts import ALERTS, RECORDED
from tests.ops.conftest import Watched

from tsunagu.dashboards import PAGES

pytestmark = [pytest.mark.ops, pytest.mark.timeout(600)]

EXPRESSIONS = [
    pytest.param(expression, id=f"{page.uid} {panel.title} {legend}")
    for page in PAGES
    for panel in page.panels
    for legend, expression in panel.queries.items()
]
SECONDS_MAX = 60.0  # several scrapes and evaluations, two seconds apart, and a heartbeat every fifteen


@pytest.mark.parametrize("expression", EXPRESSIONS)
async def test_panel__its_expression_returns_data(watched: Watched, expression: str) -> None:
    await watched.until(expression, bool, SECONDS_MAX)


async def test_rules__all_are_evaluated_without_an_error(watched: Watched) -> None:
    groups = (await watched.ask("rules"))["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert {rule["name"] for rule in rules} == {*(alert.name for alert in ALERTS), *RECORDED}
    assert [rule["lastError"] for rule in rules if rule.get("lastError")] == []


async def test_metrics__all_that_rules_name_are_there(watched: Watched) -> None:
    named = {
        name
        for expression in (*(alert.expression for alert in ALERTS), *RECORDED.values())
        for name in re.findall(r"\btsunagu_\w+", expression)
    }
    there = set(await watched.ask("label/__name__/values"))
    assert named - there == set()


async def test_backbone__every_service_hears_every_other(watched: Watched) -> None:
    """The audit is no service of the backbone: it only reads."""
    heard = "count(count by (service, sender) (tsunagu_heartbeat_heard_timestamp_seconds))"
    services = 'count(up{service!="audit"})'
    await watched.until(f"{heard} == scalar({services}) * scalar({services})", bool, SECONDS_MAX)
    await watched.until("tsunagu:backbone:silence_seconds < 60", bool, SECONDS_MAX)


async def test_doctor__beside_a_running_retailer__finds_its_topics_and_databases_as_they_should_be(
    watched: Watched,
) -> None:
    _, said = await watched.tsunagu("doctor", "--json")
    findings = {finding["name"]: finding for finding in json.loads(said)}
    assert [
        findings[name] for name in ("clock", "services", "topics", "migrations") if not findings[name]["ok"]
    ] == []
    assert findings["migrations"]["found"].startswith("none outstanding in")
