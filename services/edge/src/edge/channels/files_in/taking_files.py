"""Files of orders: each is taken once, order by order, and acknowledged; after a crash the rest of it is taken."""

import asyncio
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from edge import metrics
from edge.channels.channels_file import Channels
from edge.channels.files_in import folder
from edge.channels.files_in.report import REJECTED, rejected, report, report_unreadable
from edge.channels.said import our_order_id, whole_cancellation_id
from edge.channels.settings import Settings
from edge.channels.taking import take
from tsunagu.chassis import Periodic, Runtime, beside, clock, pooled, transaction
from tsunagu.importing import (
    Encoding,
    Import,
    NotImportable,
    SpoiltOrder,
    WholeOrder,
    detect,
    grouped,
    orders_kind,
)

SQL = beside(__file__)

_Orders = Sequence[WholeOrder | SpoiltOrder]


@dataclass(frozen=True, slots=True)
class _Read:
    encoding: Encoding
    orders: _Orders


def collectors(channels: Channels, settings: Settings) -> tuple[Periodic, ...]:
    """One for each channel that drops files, and the upkeep of what was dropped."""

    async def forget(runtime: Runtime) -> None:
        before = clock.now() - timedelta(days=settings.files_kept_days)
        await pooled(runtime).execute(SQL.delete_old_files, before, settings.upkeep_rows_max)

    return (
        *(
            Periodic(
                f"files from {name}",
                settings.files_poll_seconds,
                _Collector(name, channel.files_in.folder, settings).run,
            )
            for name, channel in channels.items()
            if channel.files_in is not None
        ),
        Periodic("old files", settings.upkeep_interval_seconds, forget),
    )


class _Collector:
    def __init__(self, channel: str, place: Path, settings: Settings) -> None:
        self._channel = channel
        self._place = place
        self._settings = settings

    async def run(self, runtime: Runtime) -> None:
        """Take every file that waits."""
        for path in await asyncio.to_thread(folder.waiting, self._place):
            try:
                drop = await asyncio.to_thread(folder.read, path, self._settings.file_bytes_max)
            except FileNotFoundError:
                continue  # another process has moved it
            except folder.TooLarge as error:
                await self._return_unread(path, None, path.name.encode(), str(error), Encoding.UTF_8)
                continue
            await self._take(runtime, drop)

    async def _take(self, runtime: Runtime, drop: folder.Drop) -> None:
        try:
            read = await asyncio.to_thread(self._read, drop.content)
        except NotImportable as error:
            await self._return_unread(drop.path, drop.stamp, drop.content, str(error), Encoding.UTF_8)
            return
        digest = hashlib.sha256(drop.content).hexdigest()
        now = clock.now()
        lease = now + timedelta(seconds=self._settings.file_lease_seconds)
        claimed = await pooled(runtime).fetchrow(
            SQL.claim_file, self._channel, digest, drop.path.name, now, lease
        )
        if claimed is None:
            return  # another process is at it
        outcomes = await self._take_orders(runtime, digest, read.orders)
        if await pooled(runtime).fetchval(SQL.finish_file, self._channel, digest, clock.now()) is not None:
            metrics.CHANNEL_FILES.labels(self._channel, "taken").inc()
            spoilt = sum(isinstance(order, SpoiltOrder) for order in read.orders)
            metrics.CHANNEL_FILE_ORDERS.labels(self._channel, REJECTED).inc(spoilt)
        back = rejected(drop.content, read.orders)
        reports = {} if back is None else {REJECTED: back}
        # Last: whoever sees the acknowledgement finds all that it speaks of.
        reports["report"] = report(self._channel, read.orders, outcomes, read.encoding)
        await asyncio.to_thread(folder.acknowledge, drop.path, drop.stamp, digest, reports)

    def _read(self, content: bytes) -> _Read:
        file = io.BytesIO(content)
        encoding = detect(file)
        our_id = partial(our_order_id, self._channel)
        lines = Import(orders_kind(self._channel, our_id, whole_cancellation_id), file, encoding, version=1)
        return _Read(encoding, grouped(lines, our_id))

    async def _take_orders(self, runtime: Runtime, digest: str, orders: _Orders) -> dict[str, str]:
        """What becomes of each whole order; of one that was taken from this file before, what became of it then."""
        outcomes: dict[str, str] = {}
        for chunk in self._chunks(orders):
            async with transaction(runtime) as opened:
                rows = await opened.connection.fetch(
                    SQL.read_dropped_orders, self._channel, digest, [order.order_id for order in chunk]
                )
                known = {row["order_id"]: str(row["outcome"]) for row in rows}
                new: dict[str, str] = {}
                for order in chunk:
                    if order.order_id not in known:
                        # Of an order that is placed and cancelled in one file, the first is what became of it.
                        each = [await take(opened, command) for command in order.commands]
                        new[order.order_id] = str(each[0])
                        opened.count(metrics.CHANNEL_FILE_ORDERS, channel=self._channel, outcome=str(each[0]))
                await opened.connection.execute(
                    SQL.insert_dropped_orders, self._channel, digest, list(new), list(new.values())
                )
            outcomes |= known | new
        return outcomes

    def _chunks(self, orders: _Orders) -> Iterator[list[WholeOrder]]:
        # In the order of their ids: two files with the same orders do not wait for each other in a circle.
        whole = sorted(
            (order for order in orders if isinstance(order, WholeOrder)), key=lambda order: order.order_id
        )
        size = self._settings.file_orders_at_once
        for start in range(0, len(whole), size):
            yield whole[start : start + size]

    async def _return_unread(
        self, path: Path, stamp: tuple[int, int] | None, content: bytes, reason: str, encoding: Encoding
    ) -> None:
        metrics.CHANNEL_FILES.labels(self._channel, "unreadable").inc()
        digest = hashlib.sha256(content).hexdigest()
        reports = {"report": report_unreadable(reason, encoding)}
        await asyncio.to_thread(folder.acknowledge, path, stamp, digest, reports)
