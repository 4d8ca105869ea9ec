"""From the outbox to Kafka: in order per key, at least once, each row deleted when Kafka has it.

It keeps no cursor, so a row that commits late is not skipped and a long transaction stalls nothing. A message sent
twice (a crash between acknowledgement and delete) has the same `ce_id`, by which every reader's inbox knows it.
"""

import asyncio
import time
from collections import defaultdict
from uuid import uuid4

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from aiokafka.partitioner import DefaultPartitioner
from asyncpg import Record

from tsunagu.chassis import metrics
from tsunagu.chassis.database import TRANSIENT, Connection, KeptPlans, connect
from tsunagu.chassis.faults import point
from tsunagu.chassis.headers import unpack
from tsunagu.chassis.kafka_calls import KAFKA_AWAY, stop_quietly, within
from tsunagu.chassis.outbox import Row
from tsunagu.chassis.queries import beside
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.chassis.wake import wait
from tsunagu.contracts.topics import RECORD_BYTES_MAX

SQL = beside(__file__)
_log = structlog.get_logger(__name__)

# What Kafka will refuse next time as well; an operator has to change something first.
REFUSED_FOR_GOOD = (
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    InvalidTopicError,
    TopicAuthorizationFailedError,
)


OUTAGES: tuple[type[BaseException], ...] = (*TRANSIENT, *KAFKA_AWAY)

# Above the largest record that may be sent, a dead letter's copy, so that the broker's limit is the one that counts.
REQUEST_BYTES_MAX = 4 * RECORD_BYTES_MAX


KILL_SECONDS = 2.0  # ending a producer waits for no broker


class LeaseLost(Exception):  # noqa: N818 - a state, not an error
    """This process paused for longer than its lease, or another one holds it: what it has in hand may be stale."""


ENDS_CLOSING: tuple[type[BaseException], ...] = (LeaseLost, *OUTAGES)


class Relay:
    """The relay of one process. Of all processes of a service, the one that holds the lease row sends."""

    def __init__(self, settings: ChassisSettings, service: str, wake: asyncio.Event) -> None:
        self._settings = settings
        self._service = service
        self._wake = wake
        self._holder = uuid4()
        self._connection: Connection | None = None
        self._producer: AIOKafkaProducer | None = None
        self._partition = DefaultPartitioner()
        self._lease_until = 0.0  # by the monotonic clock, which goes on while the process is frozen
        self._set_aside: set[tuple[str, bytes]] = set()
        self._to_set_aside: list[tuple[int, Row, str]] = []  # found while sending, written after it
        self._missing_until: dict[str, float] = {}
        self._has_led = False
        self._seen_to = 0  # rows up to here are sent, or were not committed when last looked at
        self._rescan_at = 0.0

    async def run(self) -> None:
        """Relay until cancelled. Outages are waited out; nothing is skipped."""
        backoff = self._settings.transient_backoff_min_seconds
        while True:
            try:
                await self._lead()
            except LeaseLost as error:
                _log.info("not the relay", reason=str(error))
            except OUTAGES as error:
                metrics.RELAY_FAILURES.labels(_fault(error)).inc()
                _log.warning("relay begins again", error=repr(error))
            except Exception:
                metrics.RELAY_FAILURES.labels("unexpected").inc()
                _log.exception("relay begins again")
            if self._has_led:
                backoff = self._settings.transient_backoff_min_seconds
            self._has_led = False
            metrics.RELAY_LEADER.set(0)
            await self._throw_away()
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, self._settings.transient_backoff_max_seconds)

    async def close(self) -> None:
        """Send what is there, give the lease back, and close; called after `run` was cancelled."""
        try:
            if self._producer is not None and self._lease_holds():
                while await self._relay_once():
                    pass
            if self._connection is not None:
                await self._connection.execute(SQL.give_lease_back, self._holder)
        except ENDS_CLOSING as error:
            _log.info("closed before everything was sent; the next relay sends the rest", error=repr(error))
        await self._throw_away()

    # leading

    async def _lead(self) -> None:
        self._connection = await connect(self._settings, f"{self._service} relay")
        plans = KeptPlans(self._connection)
        while not await self._take_lease():  # noqa: ASYNC110 - another process's row tells nobody
            await asyncio.sleep(self._settings.relay_lease_seconds / 3)
        metrics.RELAY_LEADER.set(1)
        self._set_aside = await self._keys_set_aside(self._connection)
        self._producer = await self._started_producer()
        self._has_led = True
        self._to_set_aside.clear()
        self._seen_to = 0
        renew_at = 0.0
        while True:
            if time.monotonic() >= renew_at:
                if not await self._take_lease():
                    raise LeaseLost("another process relays")
                renew_at = time.monotonic() + self._settings.relay_lease_seconds / 3
            if await self._relay_once():
                await plans.count_batch()
            else:
                await wait(self._wake, self._settings.relay_poll_seconds)

    async def _take_lease(self) -> bool:
        """Take or renew the lease. The time it holds is counted from before the question was asked."""
        assert self._connection is not None
        asked_at = time.monotonic()
        if self._producer is not None and not self._lease_holds():
            raise LeaseLost("this process paused for longer than its lease")
        holder = await self._connection.fetchval(
            SQL.take_lease, self._holder, self._settings.relay_lease_seconds
        )
        if holder is None:
            return False
        self._lease_until = asked_at + self._settings.relay_lease_seconds
        return True

    def _lease_holds(self) -> bool:
        return time.monotonic() < self._lease_until

    async def _started_producer(self) -> AIOKafkaProducer:
        settings = self._settings
        producer = AIOKafkaProducer(
            bootstrap_servers=settings.kafka_bootstrap_servers,
            client_id=f"{self._service}-relay",
            acks="all",
            enable_idempotence=True,
            max_batch_size=settings.relay_batch_bytes_max,
            max_request_size=REQUEST_BYTES_MAX,
            request_timeout_ms=round(settings.relay_send_timeout_seconds * 1000),
        )
        try:
            await within(settings.kafka_call_timeout_seconds, producer.start())
        except BaseException:
            await stop_quietly(KILL_SECONDS, _kill(producer))
            raise
        return producer

    async def _throw_away(self) -> None:
        """A producer that failed may be dead for good, or hold what is stale: it is never used again."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await stop_quietly(KILL_SECONDS, _kill(producer))
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    # sending

    async def _relay_once(self) -> bool:
        """Send what is there, one batch per partition at most; True if there may be more at once."""
        assert self._connection is not None
        if time.monotonic() >= self._rescan_at or self._forget_missing():
            self._seen_to = 0
            self._rescan_at = time.monotonic() + self._settings.relay_rescan_seconds
        rows = await self._connection.fetch(SQL.read_outbox, self._seen_to, self._settings.relay_rows_max)
        if any((row["topic"], row["key"]) in self._set_aside for row in rows):
            rows = await self._read_with_keys_set_aside(self._connection)
        if not rows:
            return False
        await point("relay_read")
        by_partition = await self._by_partition(
            {row["outbox_id"]: Row(row["topic"], row["key"], row["value"], row["headers"]) for row in rows}
        )
        if not self._lease_holds():
            raise LeaseLost("this process paused for longer than its lease")
        results = await asyncio.gather(
            *(self._send(topic, partition, part) for (topic, partition), part in by_partition.items()),
            return_exceptions=True,
        )
        await point("relay_sent")
        for outbox_id, row, reason in self._to_set_aside:
            await self._connection.execute(SQL.set_aside, row.topic, row.key, outbox_id, reason)
        self._to_set_aside.clear()
        sent: list[int] = []
        failure: BaseException | None = None
        complete = True
        for ((topic, _), part), result in zip(by_partition.items(), results, strict=True):
            if isinstance(result, BaseException):
                failure = result
                continue
            sent.extend(result)
            complete = complete and len(result) == len(part)
            metrics.SENT.labels(topic).inc(len(result))
        if sent:
            await self._connection.execute(SQL.delete_sent, sent)
        await point("relay_deleted")
        if failure is not None:
            raise failure
        # The hint spares reading dead rows again while an old transaction keeps them; it is never relied on.
        self._seen_to = rows[-1]["outbox_id"] if complete else 0
        return len(rows) == self._settings.relay_rows_max or not complete

    async def _read_with_keys_set_aside(self, connection: Connection) -> list[Record]:
        """The next rows from the first on, and the keys set aside at the very same moment.

        An operator may have released a key, also through another process. One snapshot shows either both its old
        rows and its new one as rows to send, or the key as set aside: never the new one alone.
        """
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            self._set_aside = await self._keys_set_aside(connection)
            return await connection.fetch(SQL.read_outbox, 0, self._settings.relay_rows_max)

    @staticmethod
    async def _keys_set_aside(connection: Connection) -> set[tuple[str, bytes]]:
        return {(row["topic"], row["key"]) for row in await connection.fetch(SQL.set_aside_keys)}

    async def _by_partition(self, rows: dict[int, Row]) -> dict[tuple[str, int], list[tuple[int, Row]]]:
        """Rows per topic and partition, in order, without those whose key was set aside."""
        assert self._producer is not None
        parts: dict[tuple[str, int], list[tuple[int, Row]]] = defaultdict(list)
        partitions: dict[str, list[int]] = {}
        for outbox_id, row in rows.items():
            if (row.topic, row.key) in self._set_aside:
                self._put_aside(outbox_id, row, "behind a message that was set aside")
                continue
            if row.topic not in partitions:
                partitions[row.topic] = await self._partitions_of(row.topic)
            all_partitions = partitions[row.topic]
            if not all_partitions:
                continue  # its rows wait for the topic, and hold nobody else up
            partition = self._partition(row.key, all_partitions, all_partitions)
            parts[row.topic, partition].append((outbox_id, row))
        return parts

    async def _partitions_of(self, topic: str) -> list[int]:
        """The topic's partitions; none while it is not there. A missing topic is asked for again after a while."""
        assert self._producer is not None
        if topic in self._missing_until:
            return []
        try:
            known = await within(
                self._settings.relay_topic_wait_seconds, self._producer.partitions_for(topic)
            )
        except (UnknownTopicOrPartitionError, TimeoutError):
            self._missing_until[topic] = time.monotonic() + self._settings.relay_topic_retry_seconds
            metrics.RELAY_FAILURES.labels("topic_missing").inc()
            _log.error("no such topic, and the broker makes none by itself; create the topics", topic=topic)
            return []
        return sorted(known)

    def _forget_missing(self) -> bool:
        """Whether a missing topic is to be asked for again: then from the first row on, for its rows are older."""
        now = time.monotonic()
        expired = [topic for topic, until in self._missing_until.items() if until <= now]
        for topic in expired:
            del self._missing_until[topic]
        return bool(expired)

    async def _send(self, topic: str, partition: int, rows: list[tuple[int, Row]]) -> list[int]:
        """Send one batch of as many rows as fit; returns the ids that Kafka has acknowledged."""
        ids = await self._send_batch(topic, partition, rows)
        if ids is not None:
            return ids
        # Something in the batch is refused for good: one by one, to find out which.
        sent: list[int] = []
        for outbox_id, row in rows:
            if (row.topic, row.key) in self._set_aside:
                continue
            single = await self._send_batch(topic, partition, [(outbox_id, row)])
            if single is None:
                self._put_aside(outbox_id, row, "Kafka refuses it: too large, or not allowed")
            else:
                sent.extend(single)
        return sent

    async def _send_batch(self, topic: str, partition: int, rows: list[tuple[int, Row]]) -> list[int] | None:
        producer = self._producer
        assert producer is not None
        builder = producer.create_batch()
        ids: list[int] = []
        for outbox_id, row in rows:
            appended = builder.append(
                key=row.key, value=row.value, timestamp=None, headers=unpack(row.headers)
            )
            if appended is None:
                break
            ids.append(outbox_id)
        builder.close()
        try:
            # Never longer than the lease: another relay may send the same rows from then on.
            async with asyncio.timeout(
                min(self._settings.relay_send_timeout_seconds, self._lease_until - time.monotonic())
            ):
                acknowledged = await producer.send_batch(builder, topic, partition=partition)
                await acknowledged
        except REFUSED_FOR_GOOD as error:
            _log.error("Kafka refuses a batch", topic=topic, records=len(ids), error=repr(error))
            return None
        await point(f"relay_acknowledged {topic}")
        return ids

    def _put_aside(self, outbox_id: int, row: Row, reason: str) -> None:
        _log.error("set aside; see `tsunagu dlq list`", topic=row.topic, reason=reason)
        self._set_aside.add((row.topic, row.key))
        self._to_set_aside.append((outbox_id, row, reason))


async def _kill(producer: AIOKafkaProducer) -> None:
    """End a producer with all that it holds. Its own `stop` sends that first, and tries for ever while it can't:

    a batch that was given up here would reach Kafka later, behind what another producer has sent meanwhile.
    """
    producer._closed = True
    await producer.client.close()
    await producer._sender.close()


def _fault(error: BaseException) -> str:
    return (
        "kafka"
        if isinstance(error, KafkaError)
        else "timeout"
        if isinstance(error, TimeoutError)
        else "database"
    )
