"""Brings the broker's topics to what the contracts say: `python -m tsunagu.chassis.topics`.

Run once before the services of a release start; the broker makes no topics by itself.
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, for_code

from tsunagu.chassis import clock
from tsunagu.chassis.kafka_access import client_options
from tsunagu.chassis.settings import chassis_settings
from tsunagu.contracts.topics import TOPICS

_OK = 0
_ALREADY_EXISTS = 36
LEADERS_TIMEOUT_SECONDS = 15  # new partitions have leaders within a second; more under load
_LEADERS_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class TopicPlan:
    """A topic as it should be: `config` are Kafka's topic settings."""

    name: str
    partitions: int
    config: dict[str, str]
    replicas: int = 1


class TopicError(Exception):
    """The broker's topics can't be brought to what the contracts say; the message says which and why."""


async def ensure_topics(
    bootstrap_servers: str, plans: Sequence[TopicPlan], options: Mapping[str, Any] | None = None
) -> list[str]:
    """Create missing topics and correct settings that differ; returns a sentence per change or problem.

    `options` sign the admin in.
    Partitions are never added: that would send the same key to another partition than before.
    Raises TopicError when the broker refuses a topic.
    """
    if not plans:
        return []
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, **(options or {}))
    await admin.start()
    try:
        present = await _create_missing(admin, plans)
        messages = await _correct_settings(admin, [plan for plan in plans if plan.name in present])
        messages += await _wait_for_leaders(admin, plans)
        return messages
    finally:
        await admin.close()


async def compare_topics(bootstrap_servers: str, plans: Sequence[TopicPlan]) -> list[str]:
    """In what a broker's topics differ from these, a sentence each; changes nothing. Raises KafkaError."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        names = set(await admin.list_topics())
        present = [plan for plan in plans if plan.name in names]
        counts = {
            topic["topic"]: len(topic["partitions"])
            for topic in await admin.describe_topics([plan.name for plan in present])
        }
        return [
            *(f"{plan.name} is missing" for plan in plans if plan.name not in names),
            *(f"{plan.name}: {changes}" for plan, changes in await _settings_that_differ(admin, present)),
            *(
                f"{plan.name} has {counts[plan.name]} partitions instead of {plan.partitions}"
                for plan in present
                if counts[plan.name] != plan.partitions
            ),
        ]
    finally:
        await admin.close()


async def _create_missing(admin: AIOKafkaAdminClient, plans: Sequence[TopicPlan]) -> set[str]:
    """Create what is missing; returns the names that were there before."""
    present = set(await admin.list_topics())
    missing = [plan for plan in plans if plan.name not in present]
    if missing:
        response = await admin.create_topics(
            [
                NewTopic(plan.name, plan.partitions, plan.replicas, topic_configs=plan.config)
                for plan in missing
            ]
        )
        for name, code, reason in response.topic_errors:
            if code not in (_OK, _ALREADY_EXISTS):
                raise TopicError(f"Kafka refused the topic {name}: {reason or for_code(code).__name__}")
    return present


async def _correct_settings(admin: AIOKafkaAdminClient, plans: Sequence[TopicPlan]) -> list[str]:
    wrong = await _settings_that_differ(admin, plans)
    if wrong:
        await admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, plan.name, configs=plan.config) for plan, _ in wrong]
        )
    return [f"topic {plan.name}: settings corrected ({changes})" for plan, changes in wrong]


async def _settings_that_differ(
    admin: AIOKafkaAdminClient, plans: Sequence[TopicPlan]
) -> list[tuple[TopicPlan, str]]:
    """Topics whose settings are not those of their plan, and in what."""
    if not plans:
        return []
    wrong = []
    actual = await _topic_settings(admin, [plan.name for plan in plans])
    for plan in plans:
        set_now = actual[plan.name]
        if set_now != plan.config:
            keys = sorted(key for key in {*set_now, *plan.config} if set_now.get(key) != plan.config.get(key))
            changes = ", ".join(
                f"{key} {set_now.get(key, 'default')} → {plan.config.get(key, 'default')}" for key in keys
            )
            wrong.append((plan, changes))
    return wrong


async def _topic_settings(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """The settings that were given to each topic itself (not the broker's defaults)."""
    topic_source = 1
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    settings: dict[str, dict[str, str]] = {}
    for response in await admin.describe_configs(resources):
        for _, _, _, name, entries in response.resources:
            settings[name] = {entry[0]: entry[1] for entry in entries if entry[3] == topic_source}
    return settings


async def _wait_for_leaders(admin: AIOKafkaAdminClient, plans: Sequence[TopicPlan]) -> list[str]:
    """Wait until every partition has a leader, so that nobody's first send fails; names unexpected counts."""
    deadline = clock.monotonic() + LEADERS_TIMEOUT_SECONDS
    names = [plan.name for plan in plans]
    while True:
        topics = {topic["topic"]: topic["partitions"] for topic in await admin.describe_topics(names)}
        led = {
            name
            for name, partitions in topics.items()
            if partitions and all(partition["leader"] >= 0 for partition in partitions)
        }
        if led >= set(names):
            break
        if clock.monotonic() > deadline:
            raise TopicError(f"Kafka gave no leader to the topics {', '.join(sorted(set(names) - led))}")
        await asyncio.sleep(_LEADERS_POLL_SECONDS)
    return [
        f"topic {plan.name}: has {len(topics[plan.name])} partitions instead of {plan.partitions}; "
        "left as it is, because keys would move"
        for plan in plans
        if len(topics[plan.name]) != plan.partitions
    ]


def local_topics(replicas: int = 1) -> list[TopicPlan]:
    """The contracts' topics with the partition counts for one machine, each partition on `replicas` brokers."""
    return [TopicPlan(topic.name, topic.partitions_local, topic.kafka_config(), replicas) for topic in TOPICS]


def production_topics(replicas: int) -> list[TopicPlan]:
    """The contracts' topics with the partition counts for production, each partition on `replicas` brokers."""
    return [
        TopicPlan(topic.name, topic.partitions_production, topic.kafka_config(), replicas) for topic in TOPICS
    ]


def main(arguments: Sequence[str]) -> int:
    """Create the topics on the broker of TSUNAGU_KAFKA_BOOTSTRAP_SERVERS; says what it changed. 1 where it can't."""
    parser = argparse.ArgumentParser(prog="python -m tsunagu.chassis.topics", description=__doc__)
    parser.add_argument("--production", action="store_true", help="24 partitions a topic instead of 3")
    parser.add_argument(
        "--replicas", type=int, default=3, help="brokers that keep each partition, with --production"
    )
    chosen = parser.parse_args(arguments)
    plans = production_topics(chosen.replicas) if chosen.production else local_topics()
    try:
        settings = chassis_settings()
        changes = asyncio.run(
            ensure_topics(settings.kafka_bootstrap_servers, plans, client_options(settings))
        )
    except (TopicError, KafkaError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write("".join(f"{change}\n" for change in changes))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
