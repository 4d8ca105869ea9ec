"""What is broken on purpose, after all has been asked: its alert fires, what its page says mends it, the alert ends."""

import json
import os
import re
import signal
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from tests.ops.conftest import POISON, Watched

from tsunagu.contracts.topics import INVENTORY_AVAILABILITY

pytestmark = [pytest.mark.ops, pytest.mark.long, pytest.mark.timeout(900)]

FIRES_SECONDS_MAX = 420.0  # the longest `for` of these alerts is five minutes
ENDS_SECONDS_MAX = (
    180.0  # a process starts within a minute on a busy machine, and beats every fifteen seconds
)


def firing(name: str, **labels: str) -> str:
    matchers = "".join(f', {label}="{value}"' for label, value in labels.items())
    return f'ALERTS{{alertname="{name}", alertstate="firing"{matchers}}}'


def is_quiet(found: list[Any]) -> bool:
    return not found


async def test_service__stands_still__two_alerts_name_it_and_a_start_ends_them(watched: Watched) -> None:
    """docs/alerts.md, "A process does not answer": nothing is lost by killing it, and it is started again."""
    frozen = watched.process("pickup")
    assert frozen.pid is not None
    os.kill(frozen.pid, signal.SIGSTOP)
    down = firing("ServiceDown", service="pickup")
    unheard, deaf = firing("BackboneSilent", sender="pickup"), firing("BackboneSilent", service="order")
    await watched.until(down, bool, FIRES_SECONDS_MAX)
    await watched.until(unheard, bool, FIRES_SECONDS_MAX)
    assert await watched.query(f"{deaf} unless {unheard}") == [], "order hears all others"
    code, said = await watched.tsunagu("status")
    assert code != 0
    assert re.search(r"pickup", said)
    os.kill(frozen.pid, signal.SIGKILL)
    await watched.until(down, is_quiet, ENDS_SECONDS_MAX)
    await watched.until(unheard, is_quiet, ENDS_SECONDS_MAX)


async def test_poison__waits_for_somebody__and_is_discarded(watched: Watched) -> None:
    """docs/dead-letters.md: what nobody can read is looked at, and given up with a reason."""
    waiting = firing("DeadLettersWaiting", service="order")
    await watched.until(waiting, bool, FIRES_SECONDS_MAX)
    _, listed = await watched.tsunagu("dlq", "list", "order", "--json")
    [letter] = json.loads(listed)["dead_letters"]
    code, shown = await watched.tsunagu("dlq", "show", "order", str(letter["dead_letter_id"]))
    assert code == 1
    assert POISON.decode() in shown
    code, said = await watched.tsunagu(
        "dlq", "discard", "order", str(letter["dead_letter_id"]), "--note", "no order"
    )
    assert code == 0, said
    await watched.until(waiting, is_quiet, ENDS_SECONDS_MAX)


async def test_disk_of_kafka__is_full__is_found_and_all_goes_on_once_there_is_room(watched: Watched) -> None:
    """docs/alerts.md, "A disk is full": nothing is lost, and nobody has to start anything."""
    assert watched.kafka_disk is not None, "a disk of its own needs root, and mount"
    silent, full = firing("BackboneSilent", service="order"), watched.kafka_disk / "ballast"
    try:
        with pytest.raises(OSError, match="No space left"):
            fill_the_disk(full)
        await watched.until(silent, bool, FIRES_SECONDS_MAX)
        await watched.until(firing("OutboxOld", service="order"), bool, FIRES_SECONDS_MAX)
        code, said = await watched.tsunagu("doctor", "--json")
    finally:
        full.unlink()
    assert code == 1
    found = {finding["name"]: finding["found"] for finding in json.loads(said) if not finding["ok"]}
    assert found.keys() == {"disk", "topics"}, "the one is why the other can't be looked at"
    assert str(watched.kafka_disk) in found["disk"]
    await watched.until(silent, is_quiet, ENDS_SECONDS_MAX)
    await watched.until(firing("OutboxOld"), is_quiet, ENDS_SECONDS_MAX)


async def test_stock_that_channels_are_told__is_wrong__is_found_and_told_again(watched: Watched) -> None:
    """docs/reconcile.md, "availability": what somebody else wrote on the topic is put right from the tables."""
    record = await a_record_of_stock(watched)
    told = json.loads(record.value)
    told["available"] += 1
    async with AIOKafkaProducer(bootstrap_servers=watched.kafka) as producer:
        await producer.send_and_wait(
            record.topic, json.dumps(told).encode(), key=record.key, headers=list(record.headers),
            partition=record.partition,
        )  # fmt: skip
    drifts = firing("ReconcileDrift")
    await watched.until(drifts, bool, FIRES_SECONDS_MAX)
    code, said = await watched.tsunagu("reconcile", "--json")
    assert code == 1
    [drift] = json.loads(said)["drifts"]
    assert drift["kind"] == "availability"
    code, said = await watched.tsunagu("rebuild", "--service", "inventory")
    assert code == 0, said
    await watched.until(drifts, is_quiet, ENDS_SECONDS_MAX)
    code, said = await watched.tsunagu("reconcile")
    assert code == 0, said


def fill_the_disk(file: Path) -> None:
    """Write until there is no room for a byte, although others write as well."""
    with file.open("wb", buffering=0) as ballast:
        while ballast.write(bytes(1_000_000)):
            pass


async def a_record_of_stock(watched: Watched) -> Any:
    """What channels were told last of some row of stock."""
    newest: dict[bytes, Any] = {}
    async with AIOKafkaConsumer(
        INVENTORY_AVAILABILITY.name, bootstrap_servers=watched.kafka, auto_offset_reset="earliest"
    ) as consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                newest.update({record.key: record for record in records})
    return next(record for record in newest.values() if record.value)
