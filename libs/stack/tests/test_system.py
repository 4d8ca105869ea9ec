"""A whole system with a tiny service: it starts, keeps running, stops, and never leaves a process behind."""

import json
import os
import signal
import socket
import time
import urllib.request
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tsunagu.chassis.topics import TopicPlan
from tsunagu.stack.addresses import KAFKA, POSTGRES, Addresses, NotRunning, running_addresses
from tsunagu.stack.services import SERVICES
from tsunagu.stack.state import Phase, StateFile
from tsunagu.stack.system import System

END_SECONDS_MAX = 10


@pytest.mark.component
async def test_system__stopped_and_started_again__has_the_same_addresses_and_data(
    supervised_system: Any, home: Path
) -> None:
    supervised_system.start()
    before = running_addresses(home)
    database = await asyncpg.connect(before.databases["inventory"])
    await database.execute("CREATE TABLE kept AS SELECT 5 AS a")
    await database.close()
    async with AIOKafkaProducer(bootstrap_servers=before.kafka_bootstrap_servers, acks="all") as producer:
        await producer.send_and_wait("pos.sales", b"kept")
    supervised_system.end()
    with pytest.raises(NotRunning):
        running_addresses(home)
    assert StateFile(home).read().phase is Phase.STOPPED

    supervised_system.start()
    assert running_addresses(home) == before
    database = await asyncpg.connect(before.databases["inventory"])
    assert await database.fetchval("SELECT a FROM kept") == 5
    await database.close()
    async with AIOKafkaConsumer(
        "pos.sales", bootstrap_servers=before.kafka_bootstrap_servers, auto_offset_reset="earliest"
    ) as consumer:
        assert (await consumer.getone()).value == b"kept"


@pytest.mark.component
def test_system__a_service__gets_its_identity_and_addresses_from_the_environment(
    supervised_system: Any, home: Path
) -> None:
    state = supervised_system.start()
    addresses = running_addresses(home)
    with urllib.request.urlopen(f"{addresses.http['inventory']}/environment", timeout=5) as response:
        environment = json.load(response)
    assert environment["TSUNAGU_SERVICE"] == "inventory"
    assert environment["TSUNAGU_DATABASE_URL"] == addresses.databases["inventory"]
    assert environment["TSUNAGU_KAFKA_BOOTSTRAP_SERVERS"] == addresses.kafka_bootstrap_servers
    assert environment["TSUNAGU_HTTP_PORT"] == str(state.ports["inventory"])


@pytest.mark.fault
def test_system__supervisor_killed__every_process_is_gone_and_the_next_start_works(
    supervised_system: Any, home: Path
) -> None:
    supervised_system.start()
    family = supervised_system.family()
    assert len(family) > 5  # the service, Kafka, PostgreSQL and its own children
    supervised_system.process.kill()
    supervised_system.process.wait()
    _, alive = psutil.wait_procs(family, timeout=END_SECONDS_MAX)
    assert alive == []
    supervised_system.start()


@pytest.mark.fault
@pytest.mark.parametrize("processes_started", [0, 1, 2])
def test_system__interrupted_while_it_starts__ends_within_seconds_and_leaves_nothing(
    supervised_system: Any, home: Path, processes_started: int
) -> None:
    supervised_system.spawn()
    supervised_system.wait_for(
        lambda state: state.phase == "starting" and len(state.processes) >= processes_started
    )
    family = supervised_system.family()
    began = time.monotonic()
    supervised_system.process.send_signal(signal.SIGINT)
    assert supervised_system.process.wait(END_SECONDS_MAX) == 0
    assert time.monotonic() - began < END_SECONDS_MAX
    assert psutil.wait_procs(family, timeout=1)[1] == []
    assert StateFile(home).read().phase is Phase.STOPPED


@pytest.mark.fault
def test_system__its_processes_are_killed__all_come_back_on_the_same_ports(supervised_system: Any) -> None:
    before = supervised_system.start()
    for process in before.processes:
        os.kill(process.pid, signal.SIGKILL)
    after = supervised_system.wait_for(
        lambda state: all(process.restarts >= 1 and process.ready for process in state.processes)
    )
    assert [(process.name, process.port) for process in after.processes] == [
        (process.name, process.port) for process in before.processes
    ]
    assert {process.pid for process in after.processes}.isdisjoint(
        {process.pid for process in before.processes}
    )


@pytest.mark.wide  # the starts of three brokers
@pytest.mark.fault
@pytest.mark.timeout(600)
async def test_system__one_of_three_brokers_killed__its_partition_is_written_and_read_and_it_comes_back(
    home: Path,
) -> None:
    # Each of the three brokers leads a partition.
    system = System(home, (), topics=[TopicPlan("kept", 3, {}, replicas=3)], brokers=3)
    addresses = await system.start()
    try:
        assert len(addresses.kafka_bootstrap_servers.split(",")) == 3
        assert running_addresses(home).kafka_bootstrap_servers == addresses.kafka_bootstrap_servers
        broker = system.processes[KAFKA].process
        await broker.kill()
        servers = addresses.kafka_bootstrap_servers
        async with AIOKafkaProducer(bootstrap_servers=servers, acks="all") as producer:
            for partition in range(3):
                await producer.send_and_wait("kept", b"kept", partition=partition)
        async with AIOKafkaConsumer(
            "kept", bootstrap_servers=servers, auto_offset_reset="earliest"
        ) as consumer:
            assert sorted([(await consumer.getone()).partition for _ in range(3)]) == [0, 1, 2]
        broker.spawn()
        await broker.wait_ready()
    finally:
        await system.stop()


@pytest.mark.component
def test_system__its_port_was_taken_meanwhile__refuses_to_start_and_says_why(
    supervised_system: Any, home: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        home.mkdir()
        StateFile(home).path.write_text(json.dumps({"ports": {"kafka": stranger.getsockname()[1]}}))
        supervised_system.spawn()
        assert supervised_system.process.wait(END_SECONDS_MAX) == 1
    state = StateFile(home).read()
    assert state.phase is Phase.FAILED
    assert "kafka cannot start: something already listens on 127.0.0.1" in state.message


@pytest.mark.component
def test_system__prometheus_on_the_path_is_broken__everything_else_runs_and_a_note_says_so(
    supervised_system: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "bin" / "prometheus"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\necho no licence to scrape\nexit 7\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{broken.parent}:{os.environ['PATH']}")
    state = supervised_system.start()
    assert any("no licence to scrape" in note for note in state.notes)
    assert {process.name for process in state.processes if process.ready} == {
        "postgres",
        "kafka",
        "inventory",
    }


def test_another__process_of_a_service__has_its_identity_ports_of_its_own_and_what_it_is_told_instead(
    home: Path,
) -> None:
    service = next(service for service in SERVICES if service.public)
    system = System(home, [service])
    ports = {KAFKA: 15_001, POSTGRES: 15_002, service.name: 15_003, service.public_port_name: 15_004}
    system.addresses = Addresses.of(ports, {service.role: "secret"}, [service])
    spec = system.another(service, {"TSUNAGU_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:15005"})
    assert spec.environment["TSUNAGU_SERVICE"] == service.name
    assert spec.environment["TSUNAGU_DATABASE_URL"] == system.addresses.databases[service.name]
    assert spec.environment["TSUNAGU_KAFKA_BOOTSTRAP_SERVERS"] == "127.0.0.1:15005"
    assert "TSUNAGU_KAFKA_GROUP_INSTANCE_ID" not in spec.environment
    assert len(set(spec.ports)) == 2
    assert spec.environment["TSUNAGU_PUBLIC_HTTP_PORT"] == str(spec.ports[1])
