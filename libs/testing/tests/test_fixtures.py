"""The fixtures hand out servers that work and rooms that nobody else uses."""

import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tsunagu.testing import embedded
from tsunagu.testing.databases import template_name
from tsunagu.testing.embedded import embedded_kafka, embedded_postgres, memory, runs_programs
from tsunagu.testing.plugin import NewDatabase, NewTestTopic


async def execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def value(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    (tmp_path / "0001_shelf.sql").write_text("CREATE TABLE shelf (sku text PRIMARY KEY)")
    return tmp_path


def test_template_name__a_migration_changes__the_name_changes(migrations: Path) -> None:
    before = template_name(migrations)
    (migrations / "0001_shelf.sql").write_text("CREATE TABLE shelf (sku text, quantity int)")
    assert template_name(migrations) != before


def test_memory__too_little_is_free__none_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(embedded, "_IN_MEMORY", tmp_path)
    monkeypatch.setattr(embedded, "_FREE_BYTES_MIN", 0)
    assert memory() == tmp_path
    monkeypatch.setattr(embedded, "_FREE_BYTES_MIN", 10**30)
    assert memory() is None
    monkeypatch.setattr(embedded, "_IN_MEMORY", tmp_path / "nowhere")
    monkeypatch.setattr(embedded, "_FREE_BYTES_MIN", 0)
    assert memory() is None


def test_runs_programs__of_a_file_system_that_runs_none__is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mounted = list(os.statvfs(tmp_path))
    of_flags = os.statvfs_result.n_sequence_fields - 2
    for flags, runs in ((os.ST_NOSUID, True), (os.ST_NOSUID | os.ST_NOEXEC, False)):
        mounted[of_flags] = flags
        monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result(mounted))
        assert runs_programs(tmp_path) is runs


@pytest.mark.component
async def test_new_topic__sent_record__comes_back(kafka: str, new_topic: NewTestTopic) -> None:
    name = await new_topic("orders", partitions=1)
    async with (
        AIOKafkaProducer(bootstrap_servers=kafka, acks="all") as producer,
        AIOKafkaConsumer(name, bootstrap_servers=kafka, auto_offset_reset="earliest") as consumer,
    ):
        await producer.send_and_wait(name, b"hello")
        assert (await consumer.getone()).value == b"hello"


@pytest.mark.component
async def test_new_database__two_of_the_same_migrations__share_nothing(
    new_database: NewDatabase, migrations: Path
) -> None:
    one, other = await new_database(migrations), await new_database(migrations)
    await execute(one, "INSERT INTO shelf VALUES ('A')")
    assert await value(one, "SELECT count(*) FROM shelf") == 1
    assert await value(other, "SELECT count(*) FROM shelf") == 0
    assert await value(one, "SELECT count(*) FROM schema_migration WHERE track = 'chassis'")


@pytest.mark.component
async def test_database__is_empty(database: str) -> None:
    assert await value(database, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


@pytest.mark.fault
async def test_embedded_postgres__killed_and_restarted__keeps_what_was_committed() -> None:
    async with embedded_postgres() as server:
        await execute(server.address, "CREATE TABLE kept AS SELECT 7 AS number")
        await server.kill()
        with pytest.raises(OSError):
            await asyncpg.connect(server.address)
        await server.restart()
        assert await value(server.address, "SELECT number FROM kept") == 7


@pytest.mark.fault
async def test_embedded_postgres__frozen__answers_only_after_it_was_thawed() -> None:
    async with embedded_postgres() as server:
        connection = await asyncpg.connect(server.address)
        server.freeze()
        with pytest.raises(TimeoutError):
            await asyncpg.connect(server.address, timeout=0.5)
        server.thaw()
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()


@pytest.mark.fault
async def test_embedded_kafka__killed_and_restarted__keeps_what_was_acknowledged() -> None:
    async with embedded_kafka() as server:
        async with AIOKafkaProducer(bootstrap_servers=server.address, acks="all") as producer:
            from aiokafka.admin import AIOKafkaAdminClient, NewTopic

            admin = AIOKafkaAdminClient(bootstrap_servers=server.address)
            await admin.start()
            await admin.create_topics([NewTopic("kept", 1, 1)])
            await admin.close()
            await producer.send_and_wait("kept", b"7")
        await server.kill()
        await server.restart()
        async with AIOKafkaConsumer(
            "kept", bootstrap_servers=server.address, auto_offset_reset="earliest"
        ) as consumer:
            assert (await consumer.getone()).value == b"7"


def test_marked__of_files_without_the_marker__imports_none(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text("import nothing_of_this_name\n")
    (tmp_path / "helper.py").write_text("")
    (tmp_path / "test_fault.py").write_text("import pytest\n\n@pytest.mark.fault\ndef test_it():\n    pass\n")
    arguments = f"-p tsunagu.testing.plugin -q --marked fault -m fault --rootdir {tmp_path}".split()
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, tmp_path], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout
    assert "1 passed" in run.stdout


@pytest.mark.parametrize("workers", [pytest.param("0", marks=pytest.mark.wide), "1"])
def test_tell__also_from_a_worker__stands_above_the_closing_line(
    tmp_path: Path, workers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What somebody asks of this run may add lines of its own to the one in it.
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    (tmp_path / "test_telling.py").write_text('def test_it(tell):\n    tell("17 were tried")\n')
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "tsunagu.testing.plugin",
            "-q",
            "-n",
            workers,
            "--rootdir",
            tmp_path,
            tmp_path,
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    told, closing = run.stdout.splitlines()[-2:]
    assert told == "test_telling.py::test_it: 17 were tried"
    assert "1 passed" in closing
