"""The alerts, the metrics, the pages that say what to do, and the alerts' own tests go together.

`make test-prometheus` runs those tests with promtool; what can be seen without it is checked here.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from prometheus_client import Counter, Histogram
from prometheus_client.metrics import MetricWrapperBase

import customer.metrics
import edge.metrics
import insight.metrics
import inventory.metrics
import order.metrics
import pickup.metrics
from audit.reconcile import metrics as reconcile_metrics
from tsunagu.chassis import metrics as chassis_metrics

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
MODULES = (
    chassis_metrics,
    reconcile_metrics,
    customer.metrics,
    edge.metrics,
    insight.metrics,
    inventory.metrics,
    order.metrics,
    pickup.metrics,
)
SCRAPED = frozenset({"service"})
"""Labels that the scrape adds, prometheus.yml says which."""


class Alert(NamedTuple):
    """One alert as it stands in its file."""

    name: str
    expression: str
    summary: str
    summary_ja: str
    runbook: str


def alerts() -> Iterator[Alert]:
    for path in sorted((PROMETHEUS / "rules").glob("*.yml")):
        for text in re.split(r"^ +- alert: ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            name = text.partition("\n")[0]
            expression = re.search(r"^        expr: (.*?)^        \w", text, re.MULTILINE | re.DOTALL)
            assert expression, f"{name} has no expression that can be read here"
            yield Alert(
                name,
                expression[1],
                *(said(name, text, what) for what in ("summary", "summary_ja", "runbook")),
            )


def said(name: str, text: str, what: str) -> str:
    """An annotation of an alert."""
    found = re.search(rf"^ +{what}: (.+)$", text, re.MULTILINE)
    assert found, f"{name} has no {what}"
    return found[1]


ALERTS = list(alerts())
each_alert = pytest.mark.parametrize("alert", ALERTS, ids=[alert.name for alert in ALERTS])


def samples() -> dict[str, frozenset[str]]:
    """Every series that a process can show, with its labels."""
    found: dict[str, frozenset[str]] = {"up": frozenset({"job"})}
    for module in MODULES:
        for metric in vars(module).values():
            if isinstance(metric, MetricWrapperBase):
                name, labels = metric._name, frozenset(metric._labelnames)
                if isinstance(metric, Counter):
                    found[f"{name}_total"] = labels
                elif isinstance(metric, Histogram):
                    found |= {f"{name}_{part}": labels | {"le"} for part in ("bucket", "sum", "count")}
                else:
                    found[name] = labels
    return found


def anchors(page: Path) -> set[str]:
    """The headings of a page, as links name them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def recorded() -> dict[str, str]:
    """The series that rules record, with their expressions."""
    found: dict[str, str] = {}
    for path in (PROMETHEUS / "rules").glob("*.yml"):
        for text in re.split(r"^ +- record: ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            name = text.partition("\n")[0]
            assert name not in found
            found[name] = re.split(r"^ +- ", text.partition("expr:")[2], flags=re.MULTILINE)[0]
    return found


RECORDED = recorded()


@pytest.mark.parametrize(
    "expression",
    [*(alert.expression for alert in ALERTS), *RECORDED.values()],
    ids=[*(alert.name for alert in ALERTS), *RECORDED],
)
def test_rule__names_only_metrics_and_labels_that_there_are(expression: str) -> None:
    there = samples()
    named = re.findall(r"\b(tsunagu_\w+|up)\b(?:\{([^}]*)\})?", expression)
    of_rules = re.findall(r"\btsunagu:[\w:]+", expression)
    assert named or of_rules
    assert set(of_rules) <= set(RECORDED)
    for name, matchers in named:
        assert name in there
        assert set(re.findall(r"(\w+) ?(?:=~|!~|!=|=)", matchers)) <= there[name] | SCRAPED


@each_alert
def test_alert__is_told_in_both_languages(alert: Alert) -> None:
    assert re.search(r"[a-z]", alert.summary)
    assert re.search(r"[\u3040-\u30ff]", alert.summary_ja)


@each_alert
def test_alert__has_its_heading_in_the_page_that_it_names(alert: Alert) -> None:
    page, _, anchor = alert.runbook.partition("#")
    assert anchor in anchors(ROOT / page)


@each_alert
def test_alert__is_tried_where_it_fires_and_where_it_is_silent(alert: Alert) -> None:
    tried = "".join(path.read_text(encoding="utf-8") for path in (PROMETHEUS / "tests").glob("*.yml"))
    expected = re.findall(rf"alertname: {alert.name}\n +exp_alerts:(.*)", tried)
    assert "" in expected, f"no test in {PROMETHEUS}/tests has {alert.name} fire"
    assert " []" in expected, f"no test in {PROMETHEUS}/tests has {alert.name} silent"


def test_alerts__each_has_a_name_of_its_own() -> None:
    names = [alert.name for alert in ALERTS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("path", sorted((PROMETHEUS / "rules").glob("*.yml")), ids=lambda path: path.name)
def test_rules__each_file_has_its_tests(path: Path) -> None:
    assert f"- ../rules/{path.name}" in (PROMETHEUS / "tests" / path.name).read_text(encoding="utf-8")
