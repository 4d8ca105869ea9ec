"""A running service: database, consumers, relay and due work, started in any order of availability."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from importlib.metadata import version

import asyncpg
import structlog
from faststream.kafka import KafkaBroker

from tsunagu.chassis import clock, metrics, said
from tsunagu.chassis.client_tasks import ClientEnded, require_running
from tsunagu.chassis.cluster import Cluster
from tsunagu.chassis.conditions import tell_condition
from tsunagu.chassis.consumer import Consumer
from tsunagu.chassis.database import TRANSIENT, connect
from tsunagu.chassis.due import DueRunner
from tsunagu.chassis.heartbeat import beat
from tsunagu.chassis.kafka_access import broker_security, client_options
from tsunagu.chassis.kafka_calls import KAFKA_AWAY, stop_quietly, within
from tsunagu.chassis.migrating import migrate
from tsunagu.chassis.precedence import Precedence
from tsunagu.chassis.queries import beside
from tsunagu.chassis.read_until import AskedKafka, Ends, ReadUntil
from tsunagu.chassis.redriving import work_off
from tsunagu.chassis.relay import Relay
from tsunagu.chassis.rules import Rules
from tsunagu.chassis.service import Periodic, Service
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.chassis.wake import Wakers
from tsunagu.contracts.ids import uuid7

SQL = beside(__file__)
_log = structlog.get_logger(__name__)


class Runtime:
    """One process of one service. `start` returns at once; whatever is away is waited for in the background."""

    def __init__(self, service: Service, settings: ChassisSettings) -> None:
        self.service = service
        self.settings = settings
        # A name that survives a restart takes the place of the last one under its key.
        self.instance = settings.kafka_group_instance_id or uuid7()
        self.wakers = Wakers()
        self.pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._rules = Rules.of(service, settings)
        self._cluster = Cluster(
            settings.kafka_bootstrap_servers,
            settings.kafka_call_timeout_seconds,
            partial(client_options, settings),
        )
        self.precedence = Precedence(settings.behind_wait_ms_max / 1_000, settings.behind_recent_ms / 1_000)
        self.consumers = [
            Consumer(self._rules, subscription, settings, self._cluster, self.wakers, self.precedence)
            for subscription in service.subscriptions
        ]
        self.relay = Relay(
            settings, service.name, service.events, self.wakers.relay, self._rules.packing.partitions
        )
        retellings = [retelling.handler(settings.retold_rows_max) for retelling in service.retellings]
        self._due_handlers = (*service.due, *retellings)
        self._written = AskedKafka(self._ends, self.wakers.due, settings.kafka_start_retry_seconds)
        read_until = ReadUntil(self._written, settings.deadline_wait_seconds_max)
        self.due = DueRunner(
            self._rules, self._due_handlers, settings, self.wakers, read_until, self.precedence
        )
        self.broker = self._new_broker()
        self._main: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.migrated = False
        self.failed: BaseException | None = None
        self.on_failure: Callable[[], None] = lambda: None

    @property
    def rules(self) -> Rules:
        """What a batch needs to know of this service."""
        return self._rules

    # start and stop

    def start(self) -> None:
        """Begin, in the background."""
        metrics.BUILD.info({"version": version("tsunagu-chassis"), "revision": self.settings.build_revision})
        self._main = asyncio.create_task(self._run(), name=f"{self.service.name} start")
        self._main.add_done_callback(self._note_failure)

    async def stop(self) -> None:
        """Finish what runs, send what is decided, close everything; never longer than the grace period."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.settings.stop_grace_seconds):
                await self._cancel(self._main)
                await stop_quietly(self.settings.stop_grace_seconds / 2, self.broker.stop())
                for task in self._tasks:
                    await self._cancel(task)
                await self._close()

    async def _close(self) -> None:
        await self.relay.close()
        self.due.close()
        for consumer in self.consumers:
            await consumer.close()
        await self._cluster.close()
        await self._rules.tracing.close()
        if self.pool is not None:
            self.pool.terminate()

    async def _run(self) -> None:
        await self._until_there("database", self._migrate)
        self._in_background("relay", self.relay.run)
        if self._due_handlers:
            self._in_background("due work", self.due.run)
            self._in_background("how much is written", self._written.run)
        every = self._every
        settings = self.settings
        every(Periodic("gauges", settings.gauges_interval_seconds, _gauges))
        every(Periodic("client check", settings.gauges_interval_seconds, _check_clients))
        every(Periodic("upkeep", settings.upkeep_interval_seconds, _upkeep))
        every(Periodic("heartbeat", settings.heartbeat_interval_seconds, beat))
        every(Periodic("condition", settings.condition_interval_seconds, tell_condition))
        every(Periodic("redrives", settings.redrive_poll_seconds, work_off))
        every(Periodic("commit hints", settings.kafka_commit_interval_seconds, _commit_hints))
        every(Periodic("log check", settings.log_check_interval_seconds, check_logs))
        for periodic in self.service.periodic:
            every(periodic)
        if self.consumers:
            await self._until_there("kafka", self._start_broker)
        _log.info("started", topics=[consumer.topic for consumer in self.consumers])

    async def _migrate(self) -> None:
        connection = await connect(self.settings, f"{self.service.name} migrations")
        try:
            await migrate(connection, self.settings.database_schema, self.service.migrations)
        finally:
            connection.terminate()
        self.pool = await asyncpg.create_pool(
            self.settings.database_url,
            min_size=0,
            max_size=self.settings.database_pool_max,
            connect=self._connect_for_pool,
            reset=_leave_as_it_is,
        )
        self.migrated = True

    async def _connect_for_pool(self, *_: object, **__: object) -> "asyncpg.Connection[asyncpg.Record]":
        return await connect(self.settings, f"{self.service.name} http")

    async def _start_broker(self) -> None:
        for consumer in self.consumers:
            consumer.subscribe(self.broker)
        try:
            await self.broker.connect()
            await self._join_groups()
        except BaseException:
            await stop_quietly(self.settings.kafka_call_timeout_seconds, self.broker.stop())
            self.broker = self._new_broker()
            raise

    async def _join_groups(self) -> None:
        """Start all subscribers at once: each waits until its group has given it partitions.

        The broker's own `start` starts one after the other. A process of twelve topics that comes back without a
        fixed group_instance_id would wait for twelve session timeouts, and one group that takes long would hold up
        all topics behind it.
        """
        starts = [asyncio.ensure_future(subscriber.start()) for subscriber in self.broker.subscribers]
        try:
            await asyncio.gather(*starts)
        finally:
            for start in starts:
                start.cancel()
            await asyncio.gather(*starts, return_exceptions=True)

    async def _ends(self) -> Ends:
        return await self._cluster.ends([consumer.topic for consumer in self.consumers])

    def _new_broker(self) -> KafkaBroker:
        return KafkaBroker(
            self.settings.kafka_bootstrap_servers.split(","),
            client_id=self.service.name,
            security=broker_security(self.settings),
            metadata_max_age_ms=self.settings.metadata_age_max_ms,
            # Of several brokers, one that is frozen is left after this for the one that leads instead.
            request_timeout_ms=round(self.settings.kafka_call_timeout_seconds * 1000),
            retry_backoff_ms=self.settings.kafka_retry_backoff_ms,
            apply_types=False,
            consumer_only=True,  # the relay has its own, idempotent producer
            allow_auto_create_topics=False,
            graceful_timeout=self.settings.stop_grace_seconds / 2,
            logger=None,
        )

    async def _until_there(self, what: str, action: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await action()
            except (*TRANSIENT, *KAFKA_AWAY) as error:
                _log.warning("waiting", what=what, error=repr(error))
                await asyncio.sleep(self.settings.kafka_start_retry_seconds)
            else:
                return

    # background

    def _in_background(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        async def task() -> None:
            await run()

        running = asyncio.create_task(task(), name=f"{self.service.name} {name}")
        running.add_done_callback(self._note_failure)
        self._tasks.append(running)

    def _every(self, periodic: Periodic) -> None:
        async def loop() -> None:
            while True:
                try:
                    await periodic.run(self)
                except (*TRANSIENT, *KAFKA_AWAY) as error:
                    _log.debug("skipped", periodic=periodic.name, error=repr(error))
                except Exception:
                    _log.exception("failed", periodic=periodic.name)
                await asyncio.sleep(periodic.interval_seconds)

        self._in_background(periodic.name, loop)

    def _note_failure(self, task: "asyncio.Task[None]") -> None:
        """A background task that ends by itself is a bug."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.fail(error)

    def fail(self, error: BaseException) -> None:
        """Note what this process can't go on after: /livez says no, and it ends for its supervisor to start another."""
        if self.failed is None:
            self.failed = error
            _log.error("this process can't go on", error=repr(error), exc_info=error)
            self.on_failure()

    @staticmethod
    async def _cancel(task: "asyncio.Task[None] | None") -> None:
        if task is not None:
            task.cancel()
            await asyncio.wait({task})

    # health

    async def not_ready_because(self) -> list[str]:
        """Reasons why this process can't do its work now; empty when it can."""
        reasons: list[str] = []
        if self.failed is not None:
            reasons.append(f"this process can't go on: {self.failed!r}")
        if not self.migrated:
            return [*reasons, "the database is not migrated yet"]
        try:
            row = await within(self.settings.ready_timeout_seconds, self._gauge_row())
            if (row["outbox_age"] or 0.0) > self.settings.ready_outbox_age_seconds_max:
                reasons.append(f"the oldest message to send is {row['outbox_age']:.0f} s old")
            if row["other_cluster"] is not None:
                reasons.append("another Kafka cluster than before; run `tsunagu rebuild`")
        except TRANSIENT as error:
            reasons.append(f"the database does not answer: {error!r}")
        for consumer in self.consumers:
            if not consumer.is_placed:
                reasons.append(f"{consumer.topic}: no partitions assigned yet")
            reasons.extend(
                f"{consumer.topic} partition {partition}: news was lost before {lost.beginning}"
                for partition, lost in consumer.stopped_partitions.items()
            )
        return reasons

    async def _gauge_row(self) -> asyncpg.Record:
        assert self.pool is not None
        async with self.pool.acquire() as connection:
            row = await connection.fetchrow(SQL.gauges, self.settings.gauge_rows_max)
        assert row is not None
        return row


async def _gauges(runtime: Runtime) -> None:
    row = await runtime._gauge_row()
    metrics.OUTBOX_ROWS.set(row["outbox_rows"])
    metrics.OUTBOX_AGE.set(row["outbox_age"] or 0)
    metrics.SET_ASIDE.set(row["set_aside_rows"])
    metrics.DEAD_LETTERS.set(row["dead_letters"])
    metrics.PARKED_KEYS.set(row["parked_keys"])
    metrics.DUE_FAILING.set(row["failing_due"])
    metrics.DUE_AGE.set(row["due_age"] or 0)
    now = clock.now().timestamp()
    for consumer in runtime.consumers:
        metrics.LAG_RECORDS.labels(consumer.topic).set(consumer.lag_records())
        metrics.LAG_SECONDS.labels(consumer.topic).set(consumer.lag_seconds(now))


async def _upkeep(runtime: Runtime) -> None:
    assert runtime.pool is not None
    before = clock.now() - timedelta(days=runtime.settings.inbox_retention_days)
    await runtime.pool.execute(SQL.delete_old_inbox, before)
    async with runtime.pool.acquire() as connection:
        for step in (said.compact, said.forget_closed):
            while await step(connection, runtime.settings, runtime.service.open_keys, clock.now()):
                pass


async def _commit_hints(runtime: Runtime) -> None:
    for consumer in runtime.consumers:
        # One that is in a rebalance, or whose topic is away, holds up no other.
        with contextlib.suppress(*KAFKA_AWAY):
            await consumer.commit_hint()


async def _check_clients(runtime: Runtime) -> None:
    for consumer in runtime.consumers:
        client = consumer.consumer
        if client is not None:
            try:
                require_running(client, consumer.topic)
            except ClientEnded as error:
                runtime.fail(error)


async def check_logs(runtime: Runtime) -> None:
    """Have every consumer look whether it is still to read on where it does."""
    replays: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for row in await pooled(runtime).fetch(SQL.read_replays):
        replays[row["topic"]][row["partition"]] = row["replay"]
    for consumer in runtime.consumers:
        with contextlib.suppress(*KAFKA_AWAY):
            await consumer.check_log(replays[consumer.topic])


async def _leave_as_it_is(_: object) -> None:
    """What is done to a connection that comes back to the pool, beside rolling back what it left open: nothing.

    No query changes a session beyond its transaction. asyncpg's own reset has the server make sure of it, a round trip
    that a short question over HTTP would wait for as long as for its answer.
    """


def pooled(runtime: Runtime) -> "asyncpg.Pool[asyncpg.Record]":
    """The pool for HTTP routes and periodic tasks. Raises ConnectionError while the database is not there yet."""
    if runtime.pool is None:
        raise ConnectionError(f"{runtime.service.name} has no database yet; try again in a moment")
    return runtime.pool
