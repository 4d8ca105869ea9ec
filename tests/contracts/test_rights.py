"""Who may read what: exactly what a service subscribes to, and no topic more."""

import importlib

import pytest

from tsunagu.chassis import Service
from tsunagu.contracts.topics import SERVICES, TOPICS


def the(name: str) -> Service:
    service: Service = importlib.import_module(f"{name.replace('-', '.')}.app").SERVICE
    return service


@pytest.mark.parametrize("name", SERVICES)
def test_rights__of_a_service__are_to_read_what_it_subscribes_to(name: str) -> None:
    read = {subscription.topic.name for subscription in the(name).subscriptions}
    assert {topic.name for topic in TOPICS if name in topic.read_by} == read
