"""Availability told to channels without their asking: changes by webhook, and files, all of it once a day."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

from edge.channels import whole_files
from edge.channels.availability.feed import BEGINNING, Level, page
from edge.channels.channels_file import Channel, Channels, Feed, FilesOut
from edge.channels.outbound.rows import SQL as ROWS_SQL
from edge.channels.outbound.rows import WEBHOOK, Outgoing, write
from edge.channels.outbound.turns import AVAILABILITY_BY_FILE, AVAILABILITY_BY_WEBHOOK, Turn, turn
from edge.channels.settings import Settings
from tsunagu.chassis import Periodic, Runtime, clock, pooled, transaction
from tsunagu.contracts.ids import uuid7

CHANGED = "availability.changed"
_HEADER = ("location_id", "sku", "available", "as_of")


def tellers(channels: Channels, settings: Settings) -> tuple[Periodic, ...]:
    """One for each way by which a channel is told of availability."""
    return tuple(teller for name, channel in channels.items() for teller in _of(name, channel, settings))


def _of(name: str, channel: Channel, settings: Settings) -> Iterator[Periodic]:
    if channel.feed is None:
        return
    interval = settings.feed_interval_seconds
    if channel.feed.webhooks:
        yield Periodic(f"availability to {name}", interval, _ByWebhook(name, channel.feed, settings).run)
    if channel.feed.files and channel.files_out is not None:
        by_file = _ByFile(name, channel.feed, channel.files_out, settings)
        yield Periodic(f"availability by file to {name}", settings.files_out_interval_seconds, by_file.run)


class _ByWebhook:
    def __init__(self, channel: str, feed: Feed, settings: Settings) -> None:
        self._channel = channel
        self._feed = feed
        self._settings = settings

    async def run(self, runtime: Runtime) -> None:
        """Have the changes since the last webhook go out, a page at a time."""
        async with turn(runtime, self._channel, AVAILABILITY_BY_WEBHOOK, self._settings) as mine:
            while mine is not None and await self._tell(runtime, mine):
                pass

    async def _tell(self, runtime: Runtime, mine: Turn) -> bool:
        async with transaction(runtime) as opened:
            connection = opened.connection
            # While one has not arrived none is added: what changes meanwhile is told once, as it is by then.
            if await connection.fetchval(ROWS_SQL.is_waiting, self._channel, WEBHOOK, CHANGED):
                return False
            found = await page(connection, self._feed, mine.position, self._settings.feed_rows_max)
            if not found.levels:
                return False
            mine.position = found.position
            if not await mine.note(connection):
                return False
            body = {
                "type": CHANGED,
                "timestamp": opened.now.isoformat(),
                "data": {"levels": [_told(level) for level in found.levels]},
            }
            await write(opened, [Outgoing(self._channel, WEBHOOK, CHANGED, uuid7(), CHANGED, body)])
        return found.more


class _ByFile:
    def __init__(self, channel: str, feed: Feed, way: FilesOut, settings: Settings) -> None:
        self._channel = channel
        self._feed = feed
        self._way = way
        self._settings = settings

    async def run(self, runtime: Runtime) -> None:
        """Write what has changed since the last file, or all of it where that is due."""
        async with turn(runtime, self._channel, AVAILABILITY_BY_FILE, self._settings) as mine:
            if mine is not None:
                await self._write(runtime, mine)

    async def _write(self, runtime: Runtime, mine: Turn) -> None:
        now = clock.now()
        full = mine.full_at is None or mine.full_at <= now - timedelta(hours=self._settings.feed_full_hours)
        levels, position = await self._read(runtime, BEGINNING if full else mine.position)
        if not levels:
            return
        path = self._way.folder / (f"availability-{mine.next_number:08}.{'full' if full else 'changes'}.csv")
        cells = [tuple(_told(level).values()) for level in levels.values()]
        await asyncio.to_thread(whole_files.write_csv, path, _HEADER, cells, self._way.encoding)
        mine.next_number += 1
        mine.position = position
        mine.full_at = now if full else mine.full_at
        async with pooled(runtime).acquire() as connection:
            await mine.note(connection)

    async def _read(self, runtime: Runtime, position: int) -> tuple[dict[tuple[str, str], Level], int]:
        """All pages from a position on. What changes while they are read is there once, as it is at last."""
        levels: dict[tuple[str, str], Level] = {}
        async with pooled(runtime).acquire() as connection:
            while True:
                found = await page(connection, self._feed, position, self._settings.feed_rows_max)
                levels |= {(level.location_id, level.sku): level for level in found.levels}
                position = found.position
                if not found.more:
                    return levels, position


def _told(level: Level) -> dict[str, object]:
    return {
        "location_id": level.location_id,
        "sku": level.sku,
        "available": level.available,
        "as_of": level.as_of.isoformat(),
    }
