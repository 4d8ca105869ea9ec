"""Every kind of task of every service has a rule, and every rule has a kind: read from the services' own lists."""

import importlib
import pkgutil
from enum import StrEnum

import pytest

from tsunagu.contracts.topics import TOPICS
from tsunagu.planning import task_rules

SERVICES = ("order", "inventory", "pickup", "customer", "insight")
NONE_YET = {"insight"}
"""Services that own a topic of tasks and have none to publish."""


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
