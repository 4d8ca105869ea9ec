"""Files out: numbered without gaps, each there whole or not at all. One whose writer died is written again."""

import asyncio
import json

from edge.channels import whole_files
from edge.channels.channels_file import Channels, FilesOut
from edge.channels.outbound.rows import SQL
from edge.channels.outbound.turns import ORDERS_BY_FILE, Turn, turn
from edge.channels.settings import Settings
from tsunagu.chassis import Periodic, Runtime, clock, pooled, transaction

_HEADER = ("message_id", "type", "timestamp", "channel_order_id", "reason", "amount_jpy", "data")


def writers(channels: Channels, settings: Settings) -> tuple[Periodic, ...]:
    """One for each channel that is told of its orders by file."""
    return tuple(
        Periodic(
            f"orders by file to {name}",
            settings.files_out_interval_seconds,
            _Writer(name, channel.files_out, settings).run,
        )
        for name, channel in channels.items()
        if channel.files_out is not None
    )


class _Writer:
    def __init__(self, channel: str, way: FilesOut, settings: Settings) -> None:
        self._channel = channel
        self._way = way
        self._settings = settings

    async def run(self, runtime: Runtime) -> None:
        """Write what has happened since the last file; nothing where nothing has."""
        async with turn(runtime, self._channel, ORDERS_BY_FILE, self._settings) as mine:
            while mine is not None and await self._write(runtime, mine):
                pass

    async def _write(self, runtime: Runtime, mine: Turn) -> bool:
        """Write one file. What is in it counts as told once it is there; the next turn writes it again otherwise."""
        rows = await pooled(runtime).fetch(
            SQL.read_for_file, self._channel, self._settings.files_out_rows_max
        )
        if not rows:
            return False
        told = [(row["message_id"], row["name"], json.loads(row["body"])) for row in rows]
        path = self._way.folder / f"orders-{mine.next_number:08}.csv"
        cells = [
            (
                message_id,
                name,
                body["timestamp"],
                body["data"]["channel_order_id"],
                body["data"].get("reason", ""),
                body["data"].get("amount_jpy", ""),
                # In ASCII, so that nothing in it is lost in cp932.
                json.dumps(body["data"]),
            )
            for message_id, name, body in told
        ]
        await asyncio.to_thread(whole_files.write_csv, path, _HEADER, cells, self._way.encoding)
        mine.next_number += 1
        async with transaction(runtime) as opened:
            if not await mine.note(opened.connection):
                return False
            await opened.connection.execute(
                SQL.settle_written, [row["outgoing_id"] for row in rows], clock.now()
            )
        return len(rows) == self._settings.files_out_rows_max
