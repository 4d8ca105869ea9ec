"""On a broker with accounts a channel may do what the contracts give to channels, and is told what it lacks."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pydantic import SecretStr

from tsunagu.channel import Channel, MissingRight, ReadModel, Settings, Sqlite, on
from tsunagu.channel.rights import CHANNELS, ROLES, readable, writable
from tsunagu.contracts.messages import Availability, CancelOrder, Task
from tsunagu.contracts.topics import INVENTORY_AVAILABILITY, INVENTORY_TASKS, TOPICS
from tsunagu.stack.kafka_accounts import ADMIN, client_options
from tsunagu.stack.kafka_rights import Right, ensure_rights, rights_of
from tsunagu.stack.postgres import new_password
from tsunagu.testing.embedded import embedded_kafka

from .backbone import NOW, PATIENCE_SECONDS, a_record, an_availability
from .counting import SCHEMA, count, counted, forget

CANCEL = CancelOrder(cancel_id="c-1", order_id="kiosk-1", channel="kiosk", occurred_at=NOW)


def test_rights__of_channels__are_what_the_contracts_say() -> None:
    assert CHANNELS in ROLES and "inventory" not in ROLES
    assert {topic.name for topic in writable(CHANNELS)} == {"order.commands", "customer.commands"}
    names = {topic.name for topic in readable(CHANNELS)}
    assert {"network.locations", "catalog.products", "inventory.availability", "order.events"} <= names
    assert not {"pickup.codes", "order.links", "customer.events"} & names


async def test_follow__a_topic_that_channels_may_not_read__is_refused_before_anything_is_made(
    tmp_path: Path,
) -> None:
    def nothing(db: sqlite3.Connection, news: Any) -> None: ...

    file = tmp_path / "tasks.db"
    tasks = ReadModel("tasks", Sqlite(file), "", on(Task, nothing, deleted=nothing, topic=INVENTORY_TASKS))
    async with Channel("kiosk", Settings(kafka_bootstrap_servers="127.0.0.1:1")) as channel:
        for use in (channel.follow, channel.catch_up, channel.replay):
            with pytest.raises(MissingRight, match=r"kiosk may not read inventory\.tasks: the right READ"):
                await use(tasks)
    assert not file.exists()


@dataclass(frozen=True)
class Guarded:
    """A broker with accounts and topics, on which `kiosk` has no rights yet."""

    address: str
    passwords: dict[str, str]

    @property
    def settings(self) -> Settings:
        return Settings(
            kafka_bootstrap_servers=self.address,
            kafka_username="kiosk",
            kafka_password=SecretStr(self.passwords["kiosk"]),
            kafka_sasl_mechanism="PLAIN",
        )

    async def give(self, rights: list[Right]) -> None:
        await ensure_rights(self.address, client_options(ADMIN, self.passwords[ADMIN]), rights)


@pytest_asyncio.fixture(loop_scope="session")
async def guarded() -> AsyncIterator[Guarded]:
    passwords = {account: new_password() for account in (ADMIN, "kiosk")}
    async with embedded_kafka(passwords=passwords) as server:
        options = {"bootstrap_servers": server.address, **client_options(ADMIN, passwords[ADMIN])}
        admin = AIOKafkaAdminClient(**options)
        await admin.start()
        await admin.create_topics([NewTopic(topic.name, 1, 1) for topic in TOPICS])
        await admin.close()
        async with AIOKafkaProducer(**options) as producer:
            record = a_record(an_availability("a"))
            await producer.send_and_wait(
                INVENTORY_AVAILABILITY.name, record.value, record.key, headers=list(record.headers)
            )
        yield Guarded(server.address, passwords)


@pytest.mark.wide
@pytest.mark.component
async def test_account__gets_the_rights_of_channels_one_after_the_other__is_told_each_time_which_one_is_missing(
    guarded: Guarded, tmp_path: Path
) -> None:
    file = tmp_path / "stock.db"
    stock = ReadModel("stock", Sqlite(file), SCHEMA, on(Availability, count, deleted=forget))
    rights = rights_of("kiosk", role=CHANNELS)
    async with asyncio.timeout(PATIENCE_SECONDS), Channel("kiosk", guarded.settings) as channel:
        with pytest.raises(
            MissingRight, match=r"broker does not let kiosk write order\.commands.*the right WRITE"
        ):
            await channel.publish(CANCEL)
        with pytest.raises(MissingRight, match=r"broker does not let kiosk read inventory\.availability"):
            await channel.catch_up(stock)
        with pytest.raises(MissingRight, match=r"broker does not let kiosk read inventory\.availability"):
            await channel.follow(stock)
        await guarded.give([right for right in rights if "." in right.name and right.name != "kiosk."])
        assert (await channel.publish(CANCEL)).topic == "order.commands"
        with pytest.raises(MissingRight, match=r"read groups that begin with kiosk\."):
            await channel.catch_up(stock)
        await guarded.give(rights)
        await channel.catch_up(stock)
    assert await counted("sqlite", str(file)) == {"S001:a": 1}
