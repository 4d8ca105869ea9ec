"""A process signs in with its account, and takes up a new password without a restart."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tsunagu.chassis.kafka_access import broker_security, client_options
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.chassis.topics import TopicPlan, ensure_topics
from tsunagu.contracts.topics import TOPICS
from tsunagu.stack.kafka_accounts import ADMIN
from tsunagu.stack.kafka_accounts import client_options as of_account
from tsunagu.stack.kafka_rights import Operation, Resource, Right, ensure_rights, rights_of
from tsunagu.stack.postgres import new_password
from tsunagu.testing.embedded import embedded_kafka
from tsunagu.testing.harness import record_of
from tsunagu.testing.toy.world import World, a_scan, eventually

SOURCE, TARGET = "toy.in", "toy.out"


def settings(**given: object) -> ChassisSettings:
    return ChassisSettings.model_validate(given)


def test_client_options__without_an_account__are_those_of_ones_own_machine() -> None:
    assert client_options(settings()) == {"security_protocol": "PLAINTEXT"}
    assert broker_security(settings()) is None


def test_client_options__with_account_and_encryption__sign_in_over_tls(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("secret\n")
    cluster = settings(kafka_username="order", kafka_password_file=file, kafka_tls=True)
    options = client_options(cluster)
    assert options["security_protocol"] == "SASL_SSL"
    assert options["sasl_mechanism"] == "SCRAM-SHA-512"
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("order", "secret")
    assert options["ssl_context"].check_hostname
    security = broker_security(cluster)
    assert security is not None and security.ssl_context is not None


def test_settings__an_account_without_a_password__is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="TSUNAGU_KAFKA_PASSWORD_FILE"):
        settings(kafka_username="order")


@dataclass
class Guarded:
    """A broker with accounts, and the toy's password in a file."""

    address: str
    passwords: dict[str, str]
    password_file: Path


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Guarded]:
    passwords = {account: new_password() for account in (ADMIN, "insight")}
    file = tmp_path / "password"
    file.write_text(passwords["insight"])
    async with embedded_kafka(passwords=passwords) as server:
        admin = of_account(ADMIN, passwords[ADMIN])
        names = [SOURCE, TARGET, *(topic.name for topic in TOPICS)]
        await ensure_topics(server.address, [TopicPlan(name, 3, {}) for name in names], admin)
        toy = [
            Right("insight", Operation.READ, Resource.TOPIC, SOURCE),
            Right("insight", Operation.WRITE, Resource.TOPIC, SOURCE),
            Right("insight", Operation.WRITE, Resource.TOPIC, TARGET),
        ]
        await ensure_rights(server.address, admin, [*rights_of("insight"), *toy])
        yield Guarded(server.address, passwords, file)


@pytest.mark.component
async def test_process__with_an_account__reads_and_says_what_it_may(guarded: Guarded, database: str) -> None:
    world = World(guarded.address, database, SOURCE, TARGET)
    options: dict[str, Any] = {
        "bootstrap_servers": guarded.address,
        **of_account("insight", guarded.passwords["insight"]),
    }
    signed_in: dict[str, Any] = {
        "kafka_username": "insight",
        "kafka_password_file": guarded.password_file,
        "kafka_sasl_mechanism": "PLAIN",
    }
    async with AIOKafkaProducer(**options) as producer, world.running(**signed_in):
        record = record_of(a_scan("v1"))
        await producer.send_and_wait(SOURCE, value=record.value, key=record.key, headers=list(record.headers))
        await world.until_visits(1)
        await world.until_sent()
    admin = of_account(ADMIN, guarded.passwords[ADMIN])
    async with AIOKafkaConsumer(
        TARGET, bootstrap_servers=guarded.address, auto_offset_reset="earliest", **admin
    ) as consumer:
        assert (await consumer.getone()).key == b"v1"


@pytest.mark.component
async def test_process__with_a_wrong_password__says_so_and_takes_up_the_right_one(
    guarded: Guarded, database: str
) -> None:
    world = World(guarded.address, database, SOURCE, TARGET)
    guarded.password_file.write_text("not yet")
    async with world.running(
        ready=False,
        kafka_username="insight",
        kafka_password_file=guarded.password_file,
        kafka_sasl_mechanism="PLAIN",
    ) as runtime:

        async def migrated() -> bool:
            return runtime.migrated

        await eventually(migrated, "the database is there")
        assert any(SOURCE in reason for reason in await runtime.not_ready_because())
        guarded.password_file.write_text(guarded.passwords["insight"])
        await world.until_ready(runtime)


@pytest.mark.component
async def test_database_password__changed_while_it_works__needs_no_restart(
    world: World, tmp_path: Path
) -> None:
    owner = world.database_url
    role = f"toy_{new_password()[:12]}"
    file = tmp_path / "password"
    file.write_text("the first")
    admin = await asyncpg.connect(owner)
    try:
        await admin.execute(f"CREATE ROLE {role} SUPERUSER LOGIN PASSWORD 'the first'")
        address = urlsplit(owner)
        url = address._replace(netloc=f"{role}@{address.hostname}:{address.port}").geturl()
        async with world.running(database_url=url, database_password_file=file) as runtime:
            await world.send([record_of(a_scan("v1"))])
            await world.until_visits(1)
            await admin.execute(f"ALTER ROLE {role} PASSWORD 'the second'")
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", role
            )

            async def not_ready() -> bool:
                return any("database" in reason for reason in await runtime.not_ready_because())

            await eventually(not_ready, "the old password is refused")
            await world.send([record_of(a_scan("v1"))])
            file.write_text("the second")
            await world.until_visits(2)
            await world.until_sent()
        assert runtime.failed is None
    finally:
        await admin.execute(f"REASSIGN OWNED BY {role} TO CURRENT_USER")
        await admin.execute(f"DROP ROLE {role}")
        await admin.close()
    assert await world.told() == {"v1": [1, 2]}
