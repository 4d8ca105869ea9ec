"""`make test-ops`: a Prometheus looks at a running retailer, and answers all that dashboards and alerts ask."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from tests.browser.stranger import demo_that_stays
from tests.deploy.test_alerts import ALERTS, RECORDED

from tsunagu.dashboards import PAGES

pytestmark = [pytest.mark.ops, pytest.mark.timeout(600)]

EXPRESSIONS = [
    pytest.param(expression, id=f"{page.uid} {panel.title} {legend}")
    for page in PAGES
    for panel in page.panels
    for legend, expression in panel.queries.items()
]
SECONDS_MAX = 60.0  # several scrapes and evaluations, two seconds apart, and a heartbeat every fifteen
POLL_SECONDS = 1.0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def prometheus(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    """The Prometheus of a retailer that has sold for a while and goes on running."""
    home: Path = tmp_path_factory.mktemp("ops") / "home"
    async with demo_that_stays(home):
        port = json.loads((home / "state.json").read_text())["ports"]["prometheus"]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield client


async def ask(prometheus: httpx.AsyncClient, path: str, **parameters: str) -> Any:
    answer = await prometheus.get(f"/api/v1/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


@pytest.mark.parametrize("expression", EXPRESSIONS)
async def test_panel__its_expression_returns_data(prometheus: httpx.AsyncClient, expression: str) -> None:
    end = time.monotonic() + SECONDS_MAX
    while True:
        found = (await ask(prometheus, "query", query=expression))["result"]
        if found or time.monotonic() > end:
            break
        await asyncio.sleep(POLL_SECONDS)
    assert found, f"{expression} returns nothing"


async def test_rules__all_are_evaluated_without_an_error(prometheus: httpx.AsyncClient) -> None:
    groups = (await ask(prometheus, "rules"))["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert {rule["name"] for rule in rules} == {*(alert.name for alert in ALERTS), *RECORDED}
    assert [rule["lastError"] for rule in rules if rule.get("lastError")] == []


async def test_metrics__all_that_rules_name_are_there(prometheus: httpx.AsyncClient) -> None:
    """But those of the continuous check, which runs in the compose file and not in a demo."""
    named = {
        name
        for expression in (*(alert.expression for alert in ALERTS), *RECORDED.values())
        for name in re.findall(r"\btsunagu_\w+", expression)
    }
    there = set(await ask(prometheus, "label/__name__/values"))
    assert {name for name in named - there if not name.startswith("tsunagu_reconcile_")} == set()


async def test_backbone__every_service_hears_every_other(prometheus: httpx.AsyncClient) -> None:
    """The audit is no service of the backbone: it only reads."""
    heard = "count(count by (service, sender) (tsunagu_heartbeat_heard_timestamp_seconds))"
    services = 'count(up{service!="audit"})'
    for query in (
        f"{heard} == scalar({services}) * scalar({services})",
        "tsunagu:backbone:silence_seconds < 60",
    ):
        await test_panel__its_expression_returns_data(prometheus, query)
