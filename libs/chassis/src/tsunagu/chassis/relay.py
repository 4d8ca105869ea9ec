"""From the outbox to Kafka: in order per key, at least once, until Kafka has all of a row. Events stay, as said.

It keeps no cursor, so a row that commits late is not skipped, and goes before what comes next under its key; a long
transaction stalls nothing. A message sent
twice (a crash between acknowledgement and its note) has the same `ce_id`, by which every reader's inbox knows it.
"""

import asyncio
from collections.abc import Sequence
from uuid import uuid4

import structlog
from aiokafka.errors import KafkaError

from tsunagu.chassis import clock, headers, metrics
from tsunagu.chassis.database import TRANSIENT, Connection, KeptPlans, connect
from tsunagu.chassis.faults import point
from tsunagu.chassis.kafka_calls import KAFKA_AWAY
from tsunagu.chassis.lease import Lease, LeaseLost
from tsunagu.chassis.queries import beside
from tsunagu.chassis.record_batch import pack
from tsunagu.chassis.sending import Item, Lot, Outcome, Sender
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.chassis.settling import end_sent, settle
from tsunagu.chassis.unread import Unread
from tsunagu.chassis.wake import wait
from tsunagu.contracts.envelope import Record
from tsunagu.contracts.topics import Topic

SQL = beside(__file__)
_log = structlog.get_logger(__name__)

OUTAGES: tuple[type[BaseException], ...] = (*TRANSIENT, *KAFKA_AWAY)


class AnotherCluster(Exception):  # noqa: N818 - a state that an operator ends
    """What was said is in another cluster than this one: nothing newer may be sent here before it."""


ENDS_CLOSING: tuple[type[BaseException], ...] = (LeaseLost, AnotherCluster, *OUTAGES)


class Relay:
    """The relay of one process. Of all processes of a service, the one that holds the lease row sends."""

    def __init__(
        self,
        settings: ChassisSettings,
        service: str,
        events: Topic | None,
        wake: asyncio.Event,
        partitions: dict[str, int],
    ) -> None:
        self._settings = settings
        self._said = events.name if events is not None else None  # what goes out on this topic is kept
        self._partitions = partitions
        self._service = service
        self._wake = wake
        self._holder = uuid4()
        self._connection: Connection | None = None
        self._plans: KeptPlans | None = None
        self._sender: Sender | None = None
        self._lease = Lease()
        self._aside: set[tuple[str, bytes]] = set()  # topics and keys of which something is set aside
        self._has_led = False
        self._unread = Unread(settings.relay_gaps_max)
        self._rescan_at = 0.0
        self._renew_at = 0.0

    async def run(self) -> None:
        """Relay until cancelled. Outages are waited out; nothing is skipped."""
        backoff = self._settings.transient_backoff_min_seconds
        while True:
            try:
                await self._lead()
            except LeaseLost as error:
                _log.info("not the relay", reason=str(error))
            except AnotherCluster as error:
                metrics.RELAY_FAILURES.labels("another_cluster").inc()
                _log.error("nothing is sent", reason=str(error))
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
            if self._sender is not None and self._lease.holds:
                while await self._relay_once():
                    pass
            if self._connection is not None:
                await self._connection.execute(SQL.give_lease_back, self._holder)
        except ENDS_CLOSING as error:
            _log.info("closed before everything was sent; the next relay sends the rest", error=repr(error))
        await self._throw_away()

    @property
    def leads(self) -> bool:
        """Whether this process is the one of its service that sends."""
        return self._lease.holds

    # leading

    async def _lead(self) -> None:
        await self._begin()
        while True:
            if not await self._turn():
                await wait(self._wake, self._settings.relay_poll_seconds)

    async def _begin(self) -> None:
        """Wait for the lease, and get ready to send."""
        self._connection = await connect(self._settings, f"{self._service} relay")
        self._plans = KeptPlans(self._connection)
        while not await self._take_lease():  # noqa: ASYNC110 - another process's row tells nobody
            await asyncio.sleep(self._settings.relay_lease_seconds / 3)
        metrics.RELAY_LEADER.set(1)
        self._aside = await self._keys_set_aside(self._connection)
        sender = self._new_sender()
        await sender.start()
        self._sender = sender
        # A start may take longer than the lease. Nothing is in hand yet that could be stale: take it once more.
        if not await self._take_lease():
            raise LeaseLost("another process relays")
        await self._meet(self._connection, sender)
        self._has_led = True
        self._unread.begin_again()

    async def _meet(self, connection: Connection, sender: Sender) -> None:
        """Make sure that this is the cluster that has what was said. Raises AnotherCluster, and LeaseLost."""
        cluster_id = await connection.fetchval(SQL.meet_cluster, self._holder, sender.cluster_id)
        if cluster_id is None:
            raise LeaseLost("another process relays, or what was said is to be told again")
        if cluster_id != sender.cluster_id:
            raise AnotherCluster(
                f"Kafka is cluster {sender.cluster_id}, what was said is in {cluster_id}; run `tsunagu rebuild`"
            )

    def _new_sender(self) -> Sender:
        return Sender(self._settings, self._service, self._partitions)

    async def _turn(self) -> bool:
        """Renew the lease when it is time, then send what is there; True if there may be more at once."""
        if clock.monotonic() >= self._renew_at:
            await self._renew_lease()
        return await self._relay_once()

    async def _renew_lease(self) -> None:
        self._lease.require()
        if not await self._take_lease():
            raise LeaseLost("another process relays")

    async def _take_lease(self) -> bool:
        """Take or renew the lease. The time it holds is counted from before the question was asked."""
        assert self._connection is not None
        asked_at = clock.monotonic()
        holder = await self._connection.fetchval(
            SQL.take_lease, self._holder, self._settings.relay_lease_seconds
        )
        if holder is None:
            return False
        self._lease.renew(asked_at + self._settings.relay_lease_seconds)
        self._renew_at = asked_at + self._settings.relay_lease_seconds / 3
        return True

    async def _throw_away(self) -> None:
        """A producer that failed may be dead for good, or hold what is stale: it is never used again."""
        sender, self._sender = self._sender, None
        if sender is not None:
            await sender.kill()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    # sending

    async def _relay_once(self) -> bool:
        """Send what is there; True if there may be more at once."""
        assert self._connection is not None
        assert self._sender is not None
        settings = self._settings
        if rescan := clock.monotonic() >= self._rescan_at or self._sender.forget_missing():
            self._aside = await self._keys_set_aside(self._connection)
            self._rescan_at = clock.monotonic() + settings.relay_rescan_seconds
        rows = await self._connection.fetch(
            SQL.read_outbox,
            *self._unread.stretches(all_of_it=rescan),
            settings.relay_rows_max,
            settings.relay_read_bytes_max,
        )
        lots = [
            Lot(
                row["outbox_id"],
                row["topic"],
                row["batch"],
                row["records"],
                row["partition"],
                row["partitions"],
                unsent=row["unsent"],
            )
            for row in rows
        ]
        released = await self._released(self._connection) if self._aside else []
        if not lots and not released:
            return False
        await point("relay_read")
        self._lease.require()
        to_send, behind = self._apart([*released, *lots])
        outcome = await self._send(self._sender, to_send)
        await point("relay_sent")
        complete = not (outcome.unsent or outcome.refused or behind or released)
        if complete:
            await end_sent(self._connection, lots, self._said)
            self._unread.note([lot.id for lot in lots], rows[0]["xmin"], rows[0]["xmax"])
        else:
            self._unread.begin_again()
            await settle(self._connection, [*released, *lots], outcome, behind, self._said)
            self._aside = await self._keys_set_aside(self._connection)
        await point("relay_deleted")
        assert self._plans is not None
        await self._plans.count_batch()
        if outcome.failure is not None:
            raise outcome.failure
        read_bytes = sum(len(row["batch"]) for row in rows)
        return len(rows) == settings.relay_rows_max or read_bytes >= settings.relay_read_bytes_max

    async def _send(self, sender: Sender, pieces: Sequence[Lot | Item]) -> Outcome:
        """Send, and keep the lease meanwhile: a broker that takes its time is no reason to lose it."""
        sending = asyncio.create_task(sender.send(pieces, self._lease))
        try:
            while not sending.done():
                await asyncio.wait({sending}, timeout=max(0.0, self._renew_at - clock.monotonic()))
                if not sending.done():
                    await self._renew_lease()
        finally:
            sending.cancel()
            await asyncio.wait({sending})
        return sending.result()

    async def _released(self, connection: Connection) -> list[Lot]:
        """What was set aside and an operator wants sent again, in order."""
        rows = await connection.fetch(SQL.read_released, self._settings.relay_rows_max)
        return [
            Lot(
                row["set_aside_id"],
                row["topic"],
                pack([Record(row["key"], row["value"], headers.unpack(row["headers"]))]),
                records=1,
                released=True,
            )
            for row in rows
        ]

    def _apart(self, lots: Sequence[Lot]) -> tuple[Sequence[Lot | Item], Sequence[Item]]:
        """What may be sent, and what has to go behind earlier messages of its key that were set aside."""
        if not self._aside:
            return lots, []
        items = [item for lot in lots for item in lot.items]
        waits = [not item.lot.released and item.place in self._aside for item in items]
        return (
            [item for item, wait_behind in zip(items, waits, strict=True) if not wait_behind],
            [item for item, wait_behind in zip(items, waits, strict=True) if wait_behind],
        )

    @staticmethod
    async def _keys_set_aside(connection: Connection) -> set[tuple[str, bytes]]:
        return {(row["topic"], row["key"]) for row in await connection.fetch(SQL.set_aside_keys)}


def _fault(error: BaseException) -> str:
    return (
        "kafka"
        if isinstance(error, KafkaError)
        else "timeout"
        if isinstance(error, TimeoutError)
        else "database"
    )
