"""All that a running system holds: every record, row, log and metric, as bytes, by the place where it stands."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from tsunagu.contracts.topics import TOPIC_BY_NAME, TOPICS
from tsunagu.stack.addresses import Addresses
from tsunagu.testing.trace_receiver import TraceReceiver
from tsunagu.testing.traces import everything_stored, found_in

Found = dict[str, set[str]]
"""The places where something of a person stands, each with what."""


async def in_topics(kafka: str, values: tuple[str, ...]) -> Found:
    """Which topics hold one of these, in any record that was ever written to them."""
    by_topic: dict[str, list[bytes]] = {}
    for record in await _records(kafka):
        parts = [record.key or b"", record.value or b"", *(value or b"" for _, value in record.headers)]
        by_topic.setdefault(record.topic, []).append(b"\n".join(parts))
    return _found(by_topic, values)


async def in_states(kafka: str, values: tuple[str, ...]) -> Found:
    """Which compacted topics hold one of these after compaction: in the latest record of a key."""
    latest = {
        (record.topic, record.key): record
        for record in await _records(kafka)
        if TOPIC_BY_NAME[record.topic].compacted
    }
    by_topic: dict[str, list[bytes]] = {}
    for (topic, key), record in latest.items():
        by_topic.setdefault(topic, []).append(b"\n".join((key or b"", record.value)) if record.value else b"")
    return _found(by_topic, values)


async def in_databases(addresses: Addresses, values: tuple[str, ...]) -> Found:
    """Which columns of which databases hold one of these."""
    found: Found = {}
    for service, url in addresses.databases.items():
        connection = await asyncpg.connect(url)
        try:
            stored = await everything_stored(connection)
        finally:
            await connection.close()
        assert len(stored) > 10, f"{service} has only {sorted(stored)}"
        for place, text in stored.items():
            if there := found_in(text, values):
                found[f"{service}: {place}"] = there
    return found


def in_logs(home: Path, values: tuple[str, ...]) -> Found:
    """Which logs hold one of these."""
    logs = {path.name: [path.read_bytes()] for path in (home / "logs").iterdir()}
    assert len(logs) > 5
    return _found(logs, values)


async def in_metrics(addresses: Addresses, values: tuple[str, ...]) -> Found:
    """Which processes' metrics hold one of these."""
    async with httpx.AsyncClient(timeout=10) as client:
        answers = {
            name: [(await client.get(f"{url}/metrics")).content] for name, url in addresses.operator.items()
        }
    assert all(b"tsunagu_" in answer[0] for answer in answers.values())
    return _found(answers, values)


def in_traces(collector: TraceReceiver, values: tuple[str, ...]) -> Found:
    """Whether what the collector of traces was told holds one of these."""
    assert {span.service for span in collector.spans} > {"order", "inventory", "pickup", "customer"}
    return _found({"traces": collector.bodies}, values)


async def _records(kafka: str) -> list[ConsumerRecord]:
    """Every record of every partition of every topic, in the order of its partition."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        described = await admin.describe_topics([topic.name for topic in TOPICS])
    finally:
        await admin.close()
    partitions = [
        TopicPartition(topic["topic"], partition["partition"])
        for topic in described
        for partition in topic["partitions"]
    ]
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(partitions)
        await consumer.seek_to_beginning()
        ends = await consumer.end_offsets(partitions)
        records: list[ConsumerRecord] = []
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                records += batch
    finally:
        await consumer.stop()
    return records


def _found(by_place: Mapping[str, Iterable[bytes]], values: tuple[str, ...]) -> Found:
    found = {place: found_in(b"\n".join(texts), values) for place, texts in by_place.items()}
    return {place: there for place, there in found.items() if there}
