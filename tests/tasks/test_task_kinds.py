"""Every kind of task of every service has a rule, every rule has a kind, and staff can end each: read from the
services' own lists, the door's and the app's."""

import importlib
import json
import pkgutil
import re
from enum import StrEnum
from pathlib import Path

import pytest

from edge.staff.deciding import DECISIONS
from inventory.domain.tasks import DiscrepancyCase
from tsunagu.contracts.topics import TOPICS
from tsunagu.planning import task_rules

SERVICES = ("order", "inventory", "pickup", "customer", "insight")
NONE_YET = {"insight"}
"""Services that own a topic of tasks and have none to publish."""
APP = Path(__file__).parents[2] / "services" / "edge" / "web" / "src" / "staff"
ELSEWHERE_IN_THE_APP = {"hand_over"}
"""Kinds that are done on a page of their own, not on a task's."""


def kinds_of(service: str) -> set[str]:
    """The kinds in a service's `TaskKind`, wherever in its domain that stands."""
    domain = importlib.import_module(f"{service}.domain")
    found: set[str] = set()
    for module in pkgutil.walk_packages(domain.__path__, f"{domain.__name__}."):
        kinds = getattr(importlib.import_module(module.name), "TaskKind", None)
        if isinstance(kinds, type) and issubclass(kinds, StrEnum):
            found |= {str(kind) for kind in kinds}
    return found


KINDS = sorted({kind for service in SERVICES for kind in kinds_of(service)})


@pytest.mark.parametrize("kind", KINDS)
def test_kind__of_any_service__has_a_department_and_somebody_to_go_to_next(kind: str) -> None:
    rule = task_rules().of(kind)
    assert rule.department
    assert rule.steps
    assert all(step.after_minutes > 0 for step in rule.steps)


def test_rules__each_is_of_a_kind_that_a_service_has() -> None:
    assert sorted(kind for kind, _ in task_rules()) == KINDS


def test_services__each_with_a_topic_of_tasks__has_its_kinds_listed() -> None:
    owners = {topic.written_by[0] for topic in TOPICS if topic.name.endswith(".tasks")}
    assert owners == set(SERVICES)
    assert {service for service in SERVICES if not kinds_of(service)} == NONE_YET


def pages(table: str) -> set[str]:
    """The kinds that a table of the app's page for tasks has a page for."""
    source = (APP / "pages" / "TaskPage.svelte").read_text("utf-8")
    (rows,) = re.findall(rf"const {table} = \{{(.*?)\n  \}}", source, re.DOTALL)
    return set(re.findall(r"^ +(\w+): \w+,?$", rows, re.MULTILINE))


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_kind__of_any_service__has_a_name_in_the_app_and_a_page_or_a_word_on_how_it_ends(
    kind: str, language: str
) -> None:
    texts = json.loads((APP / "texts" / f"{language}.json").read_text("utf-8"))
    has_page = kind in pages("PAGES") | pages("ANSWERED") | ELSEWHERE_IN_THE_APP
    assert f"kind.{kind}" in texts
    assert has_page or f"other.{kind}" in texts


def test_kinds__that_the_door_takes_answers_to__are_those_that_the_app_has_pages_for() -> None:
    answered = {kind for decision in DECISIONS.values() for kind in decision.kinds}
    assert answered == pages("ANSWERED")
    assert answered <= set(KINDS)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_case__of_a_difference__is_said_in_the_readers_language(language: str) -> None:
    texts = json.loads((APP / "texts" / f"{language}.json").read_text("utf-8"))
    assert {key for key in texts if key.startswith("case.")} == {f"case.{case}" for case in DiscrepancyCase}
