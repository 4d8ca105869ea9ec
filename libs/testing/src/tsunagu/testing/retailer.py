"""The services of a retailer without Kafka: what one says, the others hear at once, one after the other."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from tsunagu.chassis.database import connect
from tsunagu.chassis.migrating import migrate
from tsunagu.chassis.service import Service
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.contracts.envelope import Record, decode
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import TOPIC_BY_NAME, Topic, topic_of
from tsunagu.testing.harness import Harness, record_of

Log = dict[str, list[Record]]
"""Topic → its records, in order, all in one partition."""


class Wire(Harness):
    """A service whose outbox is put on the wire as it is: envelopes and all."""

    def __init__(
        self, service: Service, settings: ChassisSettings, connection: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        super().__init__(service, settings, connection)
        self.out: list[tuple[str, Record]] = []

    async def sent(self) -> list[Message]:
        """Keep what is to be sent for whoever passes it on."""
        self.out.extend((topic, Record(*outgoing)) for topic, outgoing in await self.take_outbox())
        return []


@dataclass
class Retailer:
    """The services of one retailer, with a log in place of Kafka. `send` goes on until nobody has anything to say."""

    services: Mapping[str, Wire]
    log: Log = field(default_factory=lambda: defaultdict(list))
    read: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    async def send(self, *messages: Message, topic: Topic | None = None) -> list[Any]:
        """Send messages, and return all that the services say until they are quiet."""
        return await self.send_records(
            *((topic or topic_of(type(message)), record_of(message)) for message in messages)
        )

    async def send_records(self, *records: tuple[Topic, Record]) -> list[Any]:
        """Send records as they are."""
        for topic, record in records:
            self.log[topic.name].append(record)
        said = news = await self._round(at_first=True)
        while news:
            news = await self._round()
            said += news
        return said

    async def rest(self, *kinds: str) -> None:
        """Let the timers of these kinds come due now; those that they set in turn are for another day."""
        for service in self.services.values():
            for kind in kinds:
                await service.make_due(kind)
        await self.send_records()
        for service in self.services.values():
            await service.connection.execute("UPDATE due_work SET due_at = due_at + interval '1 day'")

    async def _round(self, *, at_first: bool = False) -> list[Any]:
        """What all say next. Timers come due at first; afterwards only who has heard something has something to do."""
        said: list[Any] = []
        for name, service in self.services.items():
            is_busy = at_first
            for subscription in service.service.subscriptions:
                topic = subscription.topic
                new = self.log[topic.name][self.read[name, topic.name] :]
                if new:
                    self.read[name, topic.name] += len(new)
                    await service.deliver_records(topic, new)
                    is_busy = True
            if not is_busy:
                continue
            await service.work_due()
            out, service.out = service.out, []
            for topic_name, record in out:
                self.log[topic_name].append(record)
                said.append(_message(topic_name, record))
        return said


def _message(topic_name: str, record: Record) -> Message | str:
    topic = TOPIC_BY_NAME[topic_name]
    if topic.kind == "dead_letters":
        return topic_name
    return decode(topic, record.key, record.value, record.headers).message or topic_name


@asynccontextmanager
async def wire(service: Service, url: str) -> AsyncIterator[Wire]:
    """A service on this database, migrated."""
    settings = ChassisSettings(database_url=url)
    connection = await connect(settings, service.name)
    try:
        await migrate(connection, settings.database_schema, service.migrations)
        wired = Wire(service, settings, connection)
        try:
            yield wired
        finally:
            wired.close()
    finally:
        await connection.close()
