"""The real thing: the services' handlers and machinery on real databases, in a form that a life can be led in."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self, TypeAlias

import asyncpg

import inventory.app
import order.app
import pickup.app
from pickup.desk import CAPACITY
from tsunagu.chassis.database import connect
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.contracts import messages as m
from tsunagu.contracts.envelope import Record
from tsunagu.contracts.ids import derived_id
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import Topic, topic_of
from tsunagu.contracts.values import TaskState
from tsunagu.testing.databases import TestDatabases, empty
from tsunagu.testing.harness import record_of
from tsunagu.testing.retailer import Retailer, Wire
from tsunagu.testing.simulated_clock import BEGINNING, SimulatedClock

SERVICES = (inventory.app.SERVICE, order.app.SERVICE, pickup.app.SERVICE)
_ACTIVE = frozenset({TaskState.OPEN, TaskState.ASSIGNED, TaskState.STARTED})

# Looks at capacities come for ever; no life waits for them.
NEXT_DUE = "SELECT min(due_at) FROM due_work WHERE kind <> $1"
STOCK = "SELECT * FROM stock"
LINES = "SELECT * FROM order_line"
PROMISED = "SELECT * FROM allocation WHERE state = 'reserved'"

Row: TypeAlias = asyncpg.Record


@dataclass(frozen=True, slots=True)
class Seen:
    """What the services' tables say, and what they have told channels to pay back."""

    stock: Mapping[tuple[str, str], Row]
    """(location, SKU) → row."""
    lines: Mapping[tuple[str, str], Row]
    """(order, line) → row."""
    promises: Sequence[Row]
    refunds_jpy: Mapping[str, int]
    """Order → the sum of all RefundDue."""


class Databases:
    """A database per service, which lives share one after the other."""

    def __init__(self, postgres: str) -> None:
        self._databases = TestDatabases(postgres)
        self._stack = AsyncExitStack()
        self._settings: dict[str, ChassisSettings] = {}
        self._connections: dict[str, asyncpg.Connection[asyncpg.Record]] = {}

    async def __aenter__(self) -> Self:
        self._stack.push_async_callback(self._databases.drop_all)
        for service in SERVICES:
            url = await self._databases.create(service.migrations)
            self._settings[service.name] = ChassisSettings(database_url=url)
            connection = await connect(self._settings[service.name], "model")
            self._stack.push_async_callback(connection.close)
            self._connections[service.name] = connection
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def open_shop(self, clock: SimulatedClock) -> "Shop":
        """A retailer before anything has happened."""
        for connection in self._connections.values():
            await empty(connection)
        wires = {
            service.name: Wire(service, self._settings[service.name], self._connections[service.name])
            for service in SERVICES
        }
        return Shop(Retailer(wires), clock)


class Shop:
    """A retailer: `send` what people do, and look at what has become of it once everybody is quiet."""

    def __init__(self, retailer: Retailer, clock: SimulatedClock) -> None:
        self._retailer = retailer
        self._clock = clock
        self._tasks: dict[str, m.Task] = {}
        self._turns: dict[str, int] = {}
        self._codes: dict[str, str] = {}
        self._refunds_jpy: Counter[str] = Counter()
        self._sent = 0

    def close(self) -> None:
        """Nothing happens here any more."""
        for wired in self._retailer.services.values():
            wired.close()

    async def send(self, *messages: Message) -> list[Any]:
        """Send messages at once; what is said because of them, until all are quiet.

        Raises AssertionError where somebody could not handle a message.
        """
        said = await self._retailer.send_records(*(self._enveloped(message) for message in messages))
        self._hear(said)
        return said

    def _enveloped(self, message: Message) -> tuple[Topic, Record]:
        self._sent += 1
        message_id = derived_id(BEGINNING, "model", self._sent)
        record = record_of(message, message_id=message_id, time=self._clock.now())
        return topic_of(type(message)), record

    async def pass_time(self, seconds: float) -> list[Any]:
        """Let time pass; timers come due in turn."""
        until = self._clock.now() + timedelta(seconds=seconds)
        said: list[Any] = []
        while True:
            times = [
                at
                for wired in self._retailer.services.values()
                if (at := await wired.connection.fetchval(NEXT_DUE, CAPACITY)) is not None and at <= until
            ]
            if not times:
                break
            self._clock.advance_to(min(times) + timedelta(seconds=1))
            said += await self._retailer.send_records()
        self._clock.advance_to(until)
        said += await self._retailer.send_records()
        self._hear(said)
        return said

    def tasks(self) -> list[m.Task]:
        """What staff can do now, in a fixed order."""
        active = [task for task in self._tasks.values() if task.state in _ACTIVE]
        return sorted(active, key=lambda task: (task.created_at, task.task_id))

    def left_of(self, task: m.Task) -> m.Task | None:
        """A task as it is now; None where it has ended."""
        now = self._tasks[task.task_id]
        return now if now.state in _ACTIVE else None

    def turn(self, task: m.Task) -> int:
        """For the how many-th time somebody works on a task."""
        self._turns[task.task_id] = self._turns.get(task.task_id, 0) + 1
        return self._turns[task.task_id]

    def code_hash(self, order_id: str) -> str | None:
        """The latest pickup code of an order, as a tablet reads it; None where none was sent."""
        return self._codes.get(order_id)

    async def look(self) -> Seen:
        """What the tables say now."""
        found: dict[str, Sequence[asyncpg.Record]] = {}
        for name, query in (("inventory", STOCK), ("order", LINES)):
            found[name] = await self._retailer.services[name].connection.fetch(query)
        promised = await self._retailer.services["inventory"].connection.fetch(PROMISED)
        return Seen(
            {(row["location_id"], row["sku"]): row for row in found["inventory"]},
            {(row["order_id"], row["line_id"]): row for row in found["order"]},
            promised,
            self._refunds_jpy,
        )

    def _hear(self, said: Sequence[Any]) -> None:
        for message in said:
            match message:
                case str() as topic:
                    assert not topic.startswith("dlq."), f"a message could not be handled: see {topic}"
                case m.Task():
                    known = self._tasks.get(message.task_id)
                    if known is None or known.version < message.version:
                        self._tasks[message.task_id] = message
                case m.RefundDue():
                    self._refunds_jpy[message.order_id] += message.amount_jpy
                case m.PickupReady(code_hash=str() as code_hash):
                    self._codes[message.order_id] = code_hash
