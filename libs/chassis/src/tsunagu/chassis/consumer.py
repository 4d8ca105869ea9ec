"""One subscription: a FastStream batch subscriber whose records go through one transaction at a time."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.message import StreamMessage

from tsunagu.chassis import clock, metrics, offsets
from tsunagu.chassis.backoff import doubled_seconds
from tsunagu.chassis.batch import Done, TooManyParkedKeys, take_over
from tsunagu.chassis.cluster import Cluster
from tsunagu.chassis.database import TRANSIENT, Connection, KeptPlans, connect
from tsunagu.chassis.decoding import Entry, decode_records
from tsunagu.chassis.error_text import safe_text, where
from tsunagu.chassis.faults import point
from tsunagu.chassis.idling import poll_patiently
from tsunagu.chassis.kafka_calls import KAFKA_AWAY, within
from tsunagu.chassis.lateness import Lateness
from tsunagu.chassis.locks import KeysMoved
from tsunagu.chassis.offsets import BeginLog, Fence, GoOn, LogId, NewsLost
from tsunagu.chassis.precedence import Precedence
from tsunagu.chassis.rules import Rules
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.chassis.subscription import Subscription
from tsunagu.chassis.tracing import Attempt
from tsunagu.chassis.unusable import Unusable
from tsunagu.chassis.wake import Wakers

if TYPE_CHECKING:
    from faststream.kafka.subscriber.usecase import BatchSubscriber

_log = structlog.get_logger(__name__)
Record: TypeAlias = ConsumerRecord


class Consumer:
    """Reads one topic for one service: decodes, takes batches over, retries, bisects, parks.

    Nothing that is in a record and no outage makes it pass over a record: `next_offset` in the database moves only
    with the transaction that took the record over.
    """

    def __init__(
        self,
        rules: Rules,
        subscription: Subscription,
        settings: ChassisSettings,
        cluster: Cluster,
        wakers: Wakers,
        precedence: Precedence,
    ) -> None:
        self.topic = subscription.topic.name
        self.group = f"{rules.service}.{self.topic}"
        self._rules = rules
        self._subscription = subscription
        self._settings = settings
        self._cluster = cluster
        self._wakers = wakers
        self._precedence = precedence
        self._subscriber: BatchSubscriber | None = None
        self._connection: Connection | None = None
        self._plans: KeptPlans | None = None
        self._busy = asyncio.Lock()  # held while a batch's transaction runs; a rebalance waits for it
        self._log: LogId | None = None
        self._expected: dict[int, int] = {}  # partition → offset that comes next
        self._replays: dict[int, int] = {}  # partition → how many times it had been read again when placed
        self._stopped: dict[int, NewsLost] = {}
        self._placing: asyncio.Task[None] | None = None
        self._committed: dict[int, int] = {}
        self._lateness = Lateness()
        self._is_full = False  # of parked keys: nothing is read until an operator has made room

    # wiring

    def subscribe(self, broker: KafkaBroker) -> None:
        """Declare the subscriber on a broker that has not started yet; again on a new broker after a failed start."""
        model = self._subscription.handlers[0].message if len(self._subscription.handlers) == 1 else Any
        settings = self._settings
        subscriber = broker.subscriber(
            self.topic,
            batch=True,
            group_id=self.group,
            group_instance_id=settings.kafka_group_instance_id,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            partition_assignment_strategy=(RoundRobinPartitionAssignor,),
            max_records=settings.batch_records_max,
            batch_timeout_ms=settings.idle_sleep_ms,
            fetch_max_wait_ms=settings.fetch_wait_min_ms,
            session_timeout_ms=settings.session_timeout_ms,
            heartbeat_interval_ms=settings.session_timeout_ms // 3,
            rebalance_timeout_ms=settings.rebalance_timeout_ms,
            max_poll_interval_ms=settings.max_poll_interval_ms,
            listener=_Rebalance(self),
            parser=_as_it_is,
            decoder=_raw_records,
            title=self.topic,
            description=f"{self.topic}, read by {self._rules.service}",
        )

        async def on_batch(records: list[Record]) -> None:
            await self.on_batch(records)

        on_batch.__annotations__["records"] = list[model]  # type: ignore[valid-type] # for AsyncAPI's page
        subscriber(on_batch)
        self._subscriber = subscriber

    async def close(self) -> None:
        """Close the database connection; the broker closes the consumer."""
        if self._placing is not None:
            self._placing.cancel()
        await self._drop_connection()

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        """aiokafka's consumer, once the broker has started."""
        return self._subscriber.consumer if self._subscriber is not None else None

    @property
    def log(self) -> LogId | None:
        """The log that is read, once it was found."""
        return self._log

    @property
    def is_compacted(self) -> bool:
        """Whether the topic is one of state, of which the latest of each key is kept."""
        return self._subscription.topic.compacted

    @property
    def is_placed(self) -> bool:
        """Whether the group has given this process its partitions and their offsets were found."""
        consumer = self.consumer
        if consumer is None or (self._placing is not None and not self._placing.done()):
            return False
        assigned = {partition.partition for partition in consumer.assignment()}
        return assigned <= self._expected.keys() | self._stopped.keys() and self._log is not None

    @property
    def stopped_partitions(self) -> dict[int, NewsLost]:
        """Partitions that are not read because news was lost."""
        return dict(self._stopped)

    @property
    def partitions(self) -> int:
        """How many partitions this process has been given and found the place of."""
        return len(self._expected) + len(self._stopped)

    @property
    def partitions_stopped(self) -> int:
        """How many of them wait for an operator: news was lost, or too many keys are parked."""
        return len(self._stopped) + (len(self._expected) if self._is_full else 0)

    # where to read

    async def assigned(self, partitions: set[TopicPartition]) -> None:
        """Pause what was assigned, before anything else is awaited; then find out where to read, in a task."""
        consumer = self.consumer
        if consumer is not None:
            poll_patiently(consumer, self._settings)
        if consumer is not None and partitions:
            consumer.pause(*partitions)
        self._expected.clear()
        self._stopped.clear()
        metrics.ASSIGNED.labels(self.topic).set(len(partitions))
        self._place_again(partitions)

    async def revoked(self) -> None:
        """Let the running batch finish, for a while; what comes later is fenced off by the offset row."""
        if self._placing is not None:
            self._placing.cancel()
        try:
            async with asyncio.timeout(self._settings.rebalance_wait_seconds), self._busy:
                self._expected.clear()
        except TimeoutError:
            _log.warning("rebalance did not wait for the running batch", topic=self.topic)
        metrics.ASSIGNED.labels(self.topic).set(0)

    def _place_again(self, partitions: set[TopicPartition]) -> None:
        if self._placing is not None:
            self._placing.cancel()
        self._placing = asyncio.create_task(self._place(partitions), name=f"place {self.group}")

    async def _place(self, partitions: set[TopicPartition]) -> None:
        """Find out where each partition is read on, and go there. Tried until Kafka and the database answer."""
        backoff = self._settings.transient_backoff_min_seconds
        while True:
            try:
                await self._find_places(partitions)
            except (*TRANSIENT, *KAFKA_AWAY) as error:
                _log.warning("offsets not found yet", topic=self.topic, error=repr(error))
                await asyncio.sleep(backoff)
                backoff = min(backoff * 2, self._settings.transient_backoff_max_seconds)
            except asyncio.CancelledError:
                raise
            except Exception:
                _log.exception("offsets not found", topic=self.topic)
                await asyncio.sleep(self._settings.transient_backoff_max_seconds)
            else:
                return

    async def _find_places(self, partitions: set[TopicPartition]) -> None:
        consumer = self.consumer
        seconds = self._settings.kafka_call_timeout_seconds
        if consumer is None:
            return
        log = await self._cluster.log_id(self.topic)
        if partitions:
            beginnings = await within(seconds, consumer.beginning_offsets(list(partitions)))
            ends = await within(seconds, consumer.end_offsets(list(partitions)))
            async with self._busy:
                await self._go_to(consumer, log, beginnings, ends)
        self._log = log
        self._count_stopped()

    async def _go_to(
        self,
        consumer: AIOKafkaConsumer,
        log: LogId,
        beginnings: dict[TopicPartition, int],
        ends: dict[TopicPartition, int],
    ) -> None:
        connection = await self._connected()
        recorded = await offsets.read(connection, self.topic, [tp.partition for tp in beginnings])
        for tp, beginning in beginnings.items():
            if tp not in consumer.assignment():
                continue
            row = recorded.get(tp.partition)
            self._replays[tp.partition] = 0 if row is None else row.replay
            place = offsets.where_to_read(row, log, beginning, ends[tp])
            match place:
                case GoOn(offset):
                    pass
                case BeginLog(offset):
                    if row is not None:
                        _log.warning(
                            "another log under this topic's name: read from its beginning", topic=self.topic
                        )
                    await offsets.begin(connection, self.topic, tp.partition, log, offset)
                case NewsLost(next_offset, _):
                    _log.error(
                        "news was lost: the log begins after what was read; this partition stands still until"
                        " an operator decides",
                        topic=self.topic, partition=tp.partition, next_offset=next_offset, beginning=beginning,
                    )  # fmt: skip
                    self._stopped[tp.partition] = place
                    continue
            consumer.seek(tp, offset)
            self._expected[tp.partition] = offset
            consumer.resume(tp)

    async def accept_loss(self, partition: int) -> bool:
        """An operator's decision: go on at the log's beginning although news was lost. False if none was."""
        lost = self._stopped.get(partition)
        consumer = self.consumer
        if lost is None or self._log is None or consumer is None:
            return False
        async with self._busy:
            connection = await self._connected()
            await offsets.begin(connection, self.topic, partition, self._log, lost.beginning)
            self._look_again(consumer)
        return True

    def _look_again(self, consumer: AIOKafkaConsumer) -> None:
        """Stand still, and find out anew where each partition is read on."""
        consumer.pause(*consumer.assignment())
        self._expected.clear()
        self._stopped.clear()
        self._place_again(set(consumer.assignment()))

    async def check_log(self, replays: Mapping[int, int]) -> None:
        """Look whether the topic was made again, or is to be read again; called now and then.

        `replays` says of every partition how many times it has been read again by now.
        """
        consumer = self.consumer
        if consumer is None or self._log is None:
            return
        log = await self._cluster.log_id(self.topic)
        if log != self._log or any(replays.get(part, 0) != self._replays[part] for part in self._expected):
            async with self._busy:
                self._look_again(consumer)

    # a batch

    async def on_batch(self, records: Sequence[Record]) -> None:
        """Take records over, whatever happens; returns early only when they are no longer ours."""
        await point("polled")
        if not self._subscription.goes_behind:
            with self._precedence.first():
                await self._on_part(records)
            return
        rest = records
        while rest:
            # As much as keeps others waiting for a moment only; alone, a whole batch costs less.
            has_company = await self._precedence.behind()
            size = self._settings.behind_records_max if has_company else len(rest)
            if not await self._on_part(rest[:size]):
                return
            rest = rest[size:]

    async def _on_part(self, records: Sequence[Record]) -> bool:
        """Take records over in one transaction, if they are still ours; whether they were."""
        entries = decode_records(self._subscription.topic, records, self._subscription.passed_over)
        await point("decoded")
        async with self._busy:
            if self._has_gap(records):
                consumer = self.consumer
                if consumer is not None:
                    self._look_again(consumer)
                return False
            # A topic of several partitions comes in the order of neither.
            times = [record.timestamp / 1000 for record in records]
            self._lateness.begin(min(times))
            try:
                await self._take_over(entries)
            except BaseException:
                self._lateness.end()
                raise
            self._lateness.end(max(times))
            age_seconds = max(0.0, clock.now().timestamp() - min(times))
            metrics.DELIVERY_SECONDS.labels(self.topic).observe(age_seconds)
            return True

    def _has_gap(self, records: Sequence[Record]) -> bool:
        """Whether records follow on what was taken over last. A compacted log has gaps of its own.

        Where they do not, the log was cut or made again behind our back: look where to read before going on.
        """
        if self._log is None:
            return True
        for record in records:
            expected = self._expected.get(record.partition)
            if expected is None or record.offset < expected:
                return True
            if record.offset > expected and not self.is_compacted:
                return True
            self._expected[record.partition] = record.offset + 1
        return False

    async def _take_over(self, entries: Sequence[Entry], failed: Exception | None = None) -> None:
        settings = self._settings
        attempts = outages = 0
        while True:
            attempt = self._rules.tracing.batch(self._subscription, entries)
            try:
                with attempt:
                    await self._attempt(entries, failed, attempt)
                self._count_stopped(is_full=False)
            except KeysMoved:
                metrics.RETRIES.labels(self.topic, "keys_moved").inc()
                attempts += 1
                if attempts >= settings.keys_moved_attempts_max:
                    if len(entries) > 1:
                        # Perhaps one message's rows depend on another's in the same batch: part them.
                        await self._halve(entries)
                        return
                    await asyncio.sleep(self._backoff_seconds(attempts))
                continue
            except TooManyParkedKeys as error:
                _log.error("reading stops: too many parked keys", topic=self.topic, error=str(error))
                self._count_stopped(is_full=True)
                await asyncio.sleep(settings.transient_backoff_max_seconds)
                failed = None  # whoever made room may have mended the cause as well
                continue
            except TRANSIENT as error:
                metrics.RETRIES.labels(self.topic, "transient").inc()
                outages += 1
                _log.warning(
                    "batch is tried again",
                    topic=self.topic,
                    attempt=outages,
                    error=safe_text(error),
                    **attempt.ids,
                )
                await self._drop_connection()
                # Only what fails while others are answered speaks against the batch, however long an outage was before.
                attempts = attempts + 1 if await self._database_answers() else 0
                await asyncio.sleep(self._backoff_seconds(outages))
                if attempts < settings.transient_attempts_max:
                    continue
                await self._narrow_down(entries, error)
                return
            except Unusable as error:
                metrics.RETRIES.labels(self.topic, "unusable").inc()
                _log.warning("a message can't be used", topic=self.topic, reason=error.reason, **attempt.ids)
                await self._narrow_down(entries, error)
                return
            except Exception as error:
                metrics.RETRIES.labels(self.topic, "handler").inc()
                if len(entries) == 1:
                    _log.error(
                        "a message failed in our code; its key is parked",
                        topic=self.topic, error=safe_text(error), where=where(error), **attempt.ids,
                    )  # fmt: skip
                else:
                    _log.warning(
                        "a batch failed; looking for the message",
                        topic=self.topic, records=len(entries), **attempt.ids,
                    )  # fmt: skip
                await self._narrow_down(entries, error)
                return
            else:
                return

    async def _narrow_down(self, entries: Sequence[Entry], error: BaseException) -> None:
        """Find the record that fails by halving; park it, and go on with all others."""
        if len(entries) == 1:
            cause = error if isinstance(error, Exception) else RuntimeError(repr(error))
            await self._take_over(entries, failed=cause)
        else:
            await self._halve(entries)

    async def _halve(self, entries: Sequence[Entry]) -> None:
        middle = len(entries) // 2
        await self._take_over(entries[:middle])
        await self._take_over(entries[middle:])

    async def _attempt(self, entries: Sequence[Entry], failed: Exception | None, attempt: Attempt) -> None:
        log = self._log
        assert log is not None, "a batch came before its log was known"
        started = time.perf_counter()
        connection = await self._connected()
        fence = Fence(log, self._replays)
        done = await take_over(
            connection, self._rules, self._subscription, fence, entries, failed=failed, attempt=attempt
        )
        attempt.became(done.outcomes)
        self._count(done, len(entries), time.perf_counter() - started)
        self._committed.update(done.next_offsets)
        if done.has_messages:
            self._wakers.relay.set()
        if done.has_due:
            self._wakers.due.set()
        assert self._plans is not None
        await self._plans.count_batch()

    def _count_stopped(self, *, is_full: bool | None = None) -> None:
        if is_full is not None:
            if is_full == self._is_full:
                return
            self._is_full = is_full
        metrics.STOPPED.labels(self.topic).set(self.partitions_stopped)

    def _count(self, done: Done, records: int, seconds: float) -> None:
        for outcome, count in done.outcomes.items():
            if count:
                metrics.RECORDS.labels(self.topic, outcome).inc(count)
        metrics.BATCH_SECONDS.labels(self.topic).observe(seconds)
        metrics.BATCH_RECORDS.labels(self.topic).observe(records)
        metrics.BATCH_RUNS.labels(self.topic).observe(done.runs)

    def _backoff_seconds(self, attempts: int) -> float:
        settings = self._settings
        return doubled_seconds(
            settings.transient_backoff_min_seconds, attempts - 1, settings.transient_backoff_max_seconds
        )

    # the database connection

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await connect(self._settings, self.group)
            self._plans = KeptPlans(self._connection)
        return self._connection

    async def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def _database_answers(self) -> bool:
        try:
            connection = await connect(self._settings, f"{self.group} probe")
            await connection.close()
        except TRANSIENT:
            return False
        return True

    # now and then

    async def commit_hint(self) -> None:
        """Tell Kafka how far we are, for lag tools only; the offsets that count are in the database."""
        consumer = self.consumer
        committed, self._committed = self._committed, {}
        if consumer is None or not committed:
            return
        assigned = consumer.assignment()
        hints = {
            TopicPartition(self.topic, partition): offset
            for partition, offset in committed.items()
            if TopicPartition(self.topic, partition) in assigned
        }
        if hints:
            await within(self._settings.kafka_call_timeout_seconds, consumer.commit(hints))

    def lag_seconds(self, now: float) -> float:
        """Age of the oldest record that has not been handled, as far as is known; `now` in Unix seconds."""
        return self._lateness.seconds(now, self.lag_records())

    def lag_records(self) -> int:
        """Records in the assigned partitions that have not been handled, as far as the last fetch has told."""
        consumer = self.consumer
        if consumer is None:
            return 0
        lag = 0
        for partition, expected in list(self._expected.items()):
            high = consumer.highwater(TopicPartition(self.topic, partition))
            lag += max(0, high - expected) if high is not None else 0
        return lag


class _Rebalance(ConsumerRebalanceListener):
    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        await self._consumer.revoked()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        await self._consumer.assigned(assigned)


async def _as_it_is(records: tuple[Record, ...]) -> StreamMessage[tuple[Record, ...]]:
    """FastStream's parser: must never raise, so it looks at nothing."""
    return StreamMessage(raw_message=records, body=b"")


async def _raw_records(message: StreamMessage[tuple[Record, ...]]) -> list[Record]:
    """FastStream's decoder: hands the raw records through."""
    return list(message.raw_message)
