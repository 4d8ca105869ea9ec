"""A service's process in pieces: each consumer, the due work and the relay can run, be held up and die by itself.

All of it is the chassis's own code on a real PostgreSQL. What is not: the broker (see `broker`), the loops that
would call it again and again (the schedule decides who goes next), and how fast connections are made (kept ones).
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Container, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from tsunagu.chassis import clock, offsets
from tsunagu.chassis.consumer import Consumer
from tsunagu.chassis.database import TRANSIENT, KeptPlans, connect
from tsunagu.chassis.due import DueRunner
from tsunagu.chassis.precedence import alone
from tsunagu.chassis.read_until import ReadUntil, Told
from tsunagu.chassis.relay import ENDS_CLOSING, Relay
from tsunagu.chassis.rules import Rules
from tsunagu.chassis.sending import Item, Lot, Outcome, Sender
from tsunagu.chassis.service import Service
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.chassis.subscription import Subscription
from tsunagu.chassis.wake import Wakers

from .broker import Assignment, Broker, SimulatedSender, Wire

Connected: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


RELAY_LEASE_SECONDS = 1800.0
"""Longer than what usually passes between two turns of a relay: it is not thrown away at each."""

DUE, LOOK = "due work", "look"
"""What a connection is for, where it is not for a topic."""


class Connections:
    """Open connections to a service's database, kept from one schedule to the next."""

    def __init__(self, database_url: str) -> None:
        self.settings = ChassisSettings(database_url=database_url)
        self._free: defaultdict[str, list[Connected]] = defaultdict(list)

    async def take(self, purpose: str) -> Connected:
        """A connection that nobody else has; it may know the statements of this purpose already."""
        while self._free[purpose]:
            connection = self._free[purpose].pop()
            if not connection.is_closed():
                return connection
        return await connect(self.settings, f"simulator {purpose}")

    def give_back(self, purpose: str, connection: Any) -> None:
        """Take back a connection whose owner is done with it; one that is in a transaction is cut."""
        if connection is None or connection.is_closed():
            return
        if connection.is_in_transaction():
            connection.terminate()
        else:
            self._free[purpose].append(connection)

    def close(self) -> None:
        """Cut all connections."""
        for free in self._free.values():
            while free:
                free.pop().terminate()


class Worker(Consumer):
    """One consumer of one topic, from its assignment to its death."""

    def __init__(
        self,
        rules: Rules,
        subscription: Subscription,
        settings: ChassisSettings,
        broker: Broker,
        wakers: Wakers,
    ) -> None:
        super().__init__(rules, subscription, settings, broker.as_cluster(), wakers, alone())
        self.assignment = Assignment(broker, self.topic)
        self.is_new = True

    @property
    def consumer(self) -> AIOKafkaConsumer:
        """The end of the broker in memory."""
        return self.assignment.as_consumer()

    async def read(self, places: Iterable[TopicPartition], count: int) -> None:
        """Take over the next records of some partitions in one batch, as the subscriber's loop does."""
        records = [record for place in places for record in self.assignment.poll(place, count)]
        await self.on_batch(records)
        await self.placed()

    async def place(self) -> None:
        """Find out where to read, as after an assignment."""
        await self._find_places(self.assignment.assignment())
        self.is_new = False

    async def look_again(self) -> None:
        """Notice that the topic's log is another one, or is to be read again, as happens now and then."""
        assert self._connection is not None
        recorded = await offsets.read(self._connection, self.topic, self._expected)
        await self.check_log({partition: row.replay for partition, row in recorded.items()})
        await self.placed()

    async def placed(self) -> None:
        """Wait for the task that looks for the places, where one is under way."""
        if self._placing is not None:
            await self._placing

    def use(self, connection: Connected) -> None:
        """Work on a kept connection."""
        self._connection, self._plans = connection, KeptPlans(connection)

    def end(self, connections: Connections) -> None:
        """Let the connection go."""
        connection, self._connection = self._connection, None
        connections.give_back(self.topic, connection)


class KnownAtOnce:
    """How much is written in the topics that a service reads, told as soon as it is asked."""

    def __init__(self, broker: Broker, topics: Container[str]) -> None:
        self._broker = broker
        self._topics = topics
        self.told: Told | None = None

    def ask(self) -> None:
        """Look into the broker's memory."""
        ends = {place: end for place, end in self._broker.ends().items() if place[0] in self._topics}
        self.told = Told(clock.now(), ends)


class DueWork(DueRunner):
    """A service's due work, one turn at a time."""

    def use(self, connection: Connected) -> None:
        """Work on a kept connection."""
        self._connection, self._plans = connection, KeptPlans(connection)

    async def turn(self) -> int:
        """Do what is due now; an outage ends the turn. Returns how many rows were claimed."""
        try:
            return await self.run_once()
        except TRANSIENT:
            self._drop_connection()
            return 0

    def end(self, connections: Connections) -> None:
        """Let the connection go."""
        connection, self._connection = self._connection, None
        connections.give_back(DUE, connection)


class TurnByTurnRelay(Relay):
    """A service's relay, one turn at a time, with a sender whose broker is in memory."""

    def __init__(
        self, rules: Rules, settings: ChassisSettings, wakers: Wakers, broker: Broker, wire: Wire
    ) -> None:
        super().__init__(settings, rules.service, rules.events, wakers.relay, rules.packing.partitions)
        self._broker = broker
        self._wire = wire

    def _new_sender(self) -> Sender:
        return SimulatedSender(self._settings, self._partitions, self._broker, self._wire)

    async def _send(self, sender: Sender, pieces: Sequence[Lot | Item]) -> Outcome:
        """Without a look at the lease meanwhile: a slow machine would ask the clock more often than a fast one."""
        return await sender.send(pieces, self._lease)

    async def turn(self) -> bool:
        """Send what is there. An outage ends the turn, and the producer with it. True if there may be more."""
        try:
            if self._sender is None:
                await self._begin()
            return await self._turn()
        except ENDS_CLOSING:  # the lease is lost, or a server is away
            await self._throw_away()
            return True

    def end(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            self._connection.terminate()


@dataclass(frozen=True)
class Limits:
    """What of the settings a schedule varies."""

    outbox_parted_records_min: int
    due_rows_max: int


class Process:
    """A service, and whoever works for it now."""

    def __init__(
        self, service: Service, connections: Connections, broker: Broker, wire: Wire, limits: Limits
    ) -> None:
        self.service = service
        self.name = service.name
        self.wire = wire
        self.wakers = Wakers()
        self.settings = ChassisSettings(
            database_url=connections.settings.database_url,
            transient_backoff_min_seconds=1e-6,
            transient_backoff_max_seconds=1e-6,
            idle_in_transaction_timeout_seconds=60.0,
            relay_lease_seconds=RELAY_LEASE_SECONDS,
            outbox_parted_records_min=limits.outbox_parted_records_min,
            due_rows_max=limits.due_rows_max,
        )
        self.rules = Rules.of(service, self.settings)
        self._connections = connections
        self._broker = broker
        self._workers: dict[str, Worker] = {}
        self._due: DueWork | None = None
        self.relay: TurnByTurnRelay | None = None
        self.replayed: set[str] = set()
        """Topics that are to be read again, which their workers have not noticed yet."""
        self._subscriptions = {
            subscription.topic.name: subscription for subscription in service.subscriptions
        }

    @property
    def topics(self) -> list[str]:
        """What the service reads."""
        return list(self._subscriptions)

    async def worker(self, topic: str) -> Worker:
        """Who reads a topic now, with its partitions assigned."""
        worker = self._workers.get(topic)
        if worker is None:
            worker = Worker(self.rules, self._subscriptions[topic], self.settings, self._broker, self.wakers)
            worker.use(await self._connections.take(topic))
            self._workers[topic] = worker
        if worker.is_new:
            await worker.place()
        return worker

    async def notice_replays(self) -> None:
        """Whoever reads a topic that is to be read again looks where to read on."""
        while self.replayed:
            await (await self.worker(self.replayed.pop())).look_again()

    async def due(self) -> DueWork:
        """Who does the due work now."""
        if self._due is None:
            written = KnownAtOnce(self._broker, self._subscriptions)
            read_until = ReadUntil(written, self.settings.deadline_wait_seconds_max)
            self._due = DueWork(self.rules, self.service.due, self.settings, self.wakers, read_until, alone())
            self._due.use(await self._connections.take(DUE))
        return self._due

    async def the_relay(self) -> TurnByTurnRelay:
        """Who relays now. One that died has left a lease, which has run out by now."""
        if self.relay is None:
            async with self.connection() as connection:
                # The lease runs by the server's clock, which is not the simulated one.
                await connection.execute("UPDATE relay_lease SET expires_at = '-infinity'")
            self.relay = TurnByTurnRelay(self.rules, self.settings, self.wakers, self._broker, self.wire)
        return self.relay

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connected]:
        """A connection to look at the database."""
        connection = await self._connections.take(LOOK)
        try:
            yield connection
        finally:
            self._connections.give_back(LOOK, connection)

    def is_current(self, who: Worker | DueWork | TurnByTurnRelay) -> bool:
        """Whether somebody still does the work, or another one has taken over."""
        return who is self._due or who is self.relay or who in self._workers.values()

    # who is gone: the next one is made when it is needed

    def leave_worker(self, topic: str) -> Worker | None:
        """The partitions of a topic go to somebody else; whoever had them may not know yet."""
        return self._workers.pop(topic, None)

    def leave_due(self) -> DueWork | None:
        """The same of the due work: somebody else does it as well."""
        due, self._due = self._due, None
        return due

    def leave_relay(self) -> TurnByTurnRelay | None:
        """The same of the relay, whose lease runs out."""
        relay, self.relay = self.relay, None
        return relay

    def end(self, gone: Worker | DueWork | TurnByTurnRelay | None) -> None:
        """Somebody is gone for good."""
        match gone:
            case None:
                pass
            case TurnByTurnRelay():
                gone.end()
            case _:
                gone.end(self._connections)

    def end_all(self) -> None:
        """Everybody is gone."""
        for topic in self.topics:
            self.end(self.leave_worker(topic))
        self.end(self.leave_due())
        self.end(self.leave_relay())


async def finished(tasks: "Sequence[asyncio.Task[Any]]") -> None:
    """Wait until tasks that were cancelled have ended."""
    for task in tasks:
        task.cancel()
        with contextlib.suppress(BaseException):
            await task
