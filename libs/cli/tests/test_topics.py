"""`tsunagu topics` says what the contracts say, and creates it."""

import asyncio
import json

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from typer.testing import CliRunner

from tsunagu.cli.main import app
from tsunagu.contracts.topics import TOPICS
from tsunagu.testing.embedded import embedded_kafka

run = CliRunner().invoke


def test_topics__lists_every_topic() -> None:
    listed = run(app, ["topics"])
    assert listed.exit_code == 0
    for topic in TOPICS:
        assert f"{topic.name}: {topic.kind}, key {topic.key}" in listed.stdout
    documents = {topic["name"]: topic for topic in json.loads(run(app, ["topics", "--json"]).stdout)}
    assert set(documents) == {topic.name for topic in TOPICS}
    assert documents["pos.sales"]["retention_ms"] == 30 * 86_400_000
    assert documents["order.state"]["compacted"] is True


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_topics_show__every_topic__names_its_messages_and_their_fields(topic: object) -> None:
    name = getattr(topic, "name")  # noqa: B009 - parametrised values have no type
    shown = run(app, ["topics", "show", name])
    assert shown.exit_code == 0, shown.output
    document = json.loads(run(app, ["topics", "show", name, "--json"]).stdout)
    for message in document["messages"]:
        assert f"{message['name']} ({message['type']})" in shown.stdout
        for field in message["schema"]["properties"]:
            assert f"  {field}: " in shown.stdout


def test_topics_show__an_unknown_one__is_wrong_usage() -> None:
    shown = run(app, ["topics", "show", "orders"])
    assert shown.exit_code == 2
    assert "there is no topic 'orders'" in shown.stderr


@pytest.mark.wide
@pytest.mark.component
async def test_topics_create__on_an_empty_broker__is_there_and_a_second_time_changes_nothing() -> None:
    async with embedded_kafka() as kafka:
        looked = await asyncio.to_thread(
            run, app, ["topics", "create", "--dry-run", "--kafka", kafka.address]
        )
        assert looked.exit_code == 0, looked.output
        assert looked.stdout.splitlines() == [
            *(f"{topic.name} is missing" for topic in TOPICS),
            "nothing was changed",
        ]
        for _ in range(2):
            # In a thread, since the command runs a loop of its own.
            created = await asyncio.to_thread(run, app, ["topics", "create", "--kafka", kafka.address])
            assert created.exit_code == 0, created.output
            assert created.stdout == f"all {len(TOPICS)} topics are there\n"
        looked = await asyncio.to_thread(
            run, app, ["topics", "create", "--dry-run", "--kafka", kafka.address]
        )
        assert looked.stdout == f"all {len(TOPICS)} topics are as they should be\n"
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka.address)
        await admin.start()
        try:
            assert {topic.name for topic in TOPICS} <= set(await admin.list_topics())
        finally:
            await admin.close()


def test_topics_create__no_kafka_there__is_exit_code_3() -> None:
    created = run(app, ["topics", "create", "--kafka", "127.0.0.1:1"])
    assert created.exit_code == 3
    assert "Kafka does not answer" in created.stderr


@pytest.mark.parametrize("arguments", [["topics"], ["topics", "show"], ["topics", "create"], ["import"]])
def test_help__has_examples(arguments: list[str]) -> None:
    shown = run(app, [*arguments, "--help"])
    assert "Examples: tsunagu" in shown.stdout
