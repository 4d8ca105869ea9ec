"""The alerts of the continuous check, the compose file and the code go together."""

import re
from pathlib import Path

from audit.reconcile import metrics
from audit.reconcile.__main__ import reading_urls

ROOT = Path(__file__).resolve().parents[3]


def test_alerts__name_only_metrics_that_there_are() -> None:
    rules = (ROOT / "deploy/prometheus/rules/reconcile.yml").read_text(encoding="utf-8")
    named = set(re.findall(r"tsunagu_\w+", rules))
    there = {each._name for each in vars(metrics).values() if hasattr(each, "_name")}
    assert named
    assert named <= there


def test_alerts__each_has_its_heading_in_the_page_that_it_names() -> None:
    rules = (ROOT / "deploy/prometheus/rules/reconcile.yml").read_text(encoding="utf-8")
    page = (ROOT / "docs/reconcile.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", page, re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert rules.count("- alert:") == rules.count("runbook:") > 0
    assert set(re.findall(r"runbook: docs/reconcile\.md#(\S+)", rules)) <= anchors


def test_compose__the_audit_is_told_every_database_of_a_service() -> None:
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    told = dict(re.findall(r"(TSUNAGU_AUDIT_DATABASE_URL_\w+): (\S+)", compose))
    databases = set(re.findall(r"POSTGRES_DB: tsunagu_(\w+)", compose)) - {"audit"}
    assert set(reading_urls(told)) == databases
    assert all(url.startswith("postgresql://tsunagu_audit:") for url in told.values())
