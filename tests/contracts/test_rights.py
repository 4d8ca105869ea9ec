"""Who may read what: exactly what a service subscribes to, and no topic more."""

import pytest
from tests.reference.consumers import service_of

from tsunagu.contracts.topics import SERVICES, TOPICS


@pytest.mark.parametrize("name", SERVICES)
def test_rights__of_a_service__are_to_read_what_it_subscribes_to(name: str) -> None:
    read = {subscription.topic.name for subscription in service_of(name).subscriptions}
    assert {topic.name for topic in TOPICS if name in topic.read_by} == read
