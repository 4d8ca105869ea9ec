"""A service's heartbeat goes through its outbox, Kafka and every service's consumer, and its age says so."""

from datetime import UTC, datetime, timedelta
from importlib.metadata import version

import pytest
from prometheus_client import REGISTRY

from tsunagu.chassis import BACKBONE, Service
from tsunagu.chassis.heartbeat import HEARTBEATS
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import Heartbeat
from tsunagu.testing.harness import harness
from tsunagu.testing.toy.world import World, eventually

pytestmark = pytest.mark.component


def heard(sender: str) -> float | None:
    return REGISTRY.get_sample_value("tsunagu_heartbeat_heard_timestamp_seconds", {"sender": sender})


async def test_heartbeats__are_heard_by_sender__and_the_newest_counts(database: str) -> None:
    newest = datetime.now(UTC)
    beats = [
        Heartbeat(heartbeat_id=uuid7(), service=service, sent_at=newest - timedelta(seconds=seconds))
        for service, seconds in (("order", 15), ("order", 0), ("order", 30), ("pickup", 45))
    ]
    async with harness(Service(name="insight", subscriptions=(HEARTBEATS,)), database) as service:
        await service.deliver(*beats)
    assert heard("order") == newest.timestamp()
    assert heard("pickup") == (newest - timedelta(seconds=45)).timestamp()


async def test_heartbeat__of_a_running_service__comes_back_to_it_by_way_of_kafka(world: World) -> None:
    began = datetime.now(UTC).timestamp()
    async with world.running(Service(name="insight", subscriptions=BACKBONE)):

        async def came() -> bool:
            return (heard("insight") or 0) > began

        await eventually(came, "its own heartbeat is heard")


async def test_build__says_version_and_revision(world: World) -> None:
    async with world.running(ready=False, build_revision="4b825dc"):
        labels = {"version": version("tsunagu-chassis"), "revision": "4b825dc"}
        assert REGISTRY.get_sample_value("tsunagu_build_info", labels) == 1
