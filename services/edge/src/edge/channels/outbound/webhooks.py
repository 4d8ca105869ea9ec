"""Webhooks out: each worker takes one row at a time and sends it outside any transaction, at least once.

What a worker took and did not settle is taken by another once its lease is over; the receiver knows doubles by
their id. Workers of one channel know nothing of another's, so that a slow receiver holds up nobody else.
"""

import asyncio
import ssl
from collections.abc import Mapping
from datetime import timedelta
from functools import cache

import asyncpg
import httpx

from edge import metrics
from edge.channels.channels_file import Channels, WebhooksOut
from edge.channels.outbound.rows import SQL
from edge.channels.settings import Settings
from edge.channels.signatures import standard_signature
from tsunagu.chassis import Periodic, Runtime, clock, doubled_seconds, pooled

FAILURE_CHARACTERS_MAX = 200
"""Of what went wrong, this much is kept for people: a status, or the kind of the error and its beginning."""


@cache
def _tls() -> ssl.SSLContext:
    """Reading the authorities' certificates takes tens of milliseconds: once for the process."""
    return httpx.create_ssl_context(trust_env=False)


def workers(channels: Channels, settings: Settings) -> tuple[Periodic, ...]:
    """Some workers for each channel that is told by webhook."""
    return tuple(
        Periodic(
            f"webhooks to {name} {number}", settings.outgoing_poll_seconds, _Worker(name, way, settings).run
        )
        for name, channel in channels.items()
        if (way := channel.webhooks_out) is not None
        for number in range(1, settings.outgoing_workers + 1)
    )


class _Worker:
    def __init__(self, channel: str, way: WebhooksOut, settings: Settings) -> None:
        self._channel = channel
        self._way = way
        self._settings = settings

    async def run(self, runtime: Runtime) -> None:
        """Send what is due, until nothing is."""
        client: httpx.AsyncClient | None = None
        try:
            while (row := await self._claim(runtime)) is not None:
                if client is None:
                    # No proxy and no redirect: it goes where the file of channels says, signed, and nowhere else.
                    client = httpx.AsyncClient(
                        verify=_tls(), trust_env=False, timeout=self._settings.outgoing_timeout_seconds
                    )
                await self._settle(runtime, row, await self._send(client, row))
        finally:
            if client is not None:
                await client.aclose()

    async def _claim(self, runtime: Runtime) -> asyncpg.Record | None:
        now = clock.now()
        lease = now + timedelta(seconds=self._settings.outgoing_lease_seconds)
        return await pooled(runtime).fetchrow(SQL.claim_outgoing, self._channel, now, lease)

    async def _send(self, client: httpx.AsyncClient, row: asyncpg.Record) -> str | None:
        """Send a row; returns why it did not arrive, or None."""
        body = row["body"].encode()
        headers = self._headers(row["message_id"], body)
        try:
            # Httpx limits each step; an answer that trickles has an end here.
            async with (
                asyncio.timeout(self._settings.outgoing_timeout_seconds),
                client.stream("POST", self._way.url, content=body, headers=headers) as answer,
            ):
                # Whatever the answer's body says, its status says whether it has arrived.
                return None if answer.is_success else f"HTTP {answer.status_code}"
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            return f"{type(error).__name__}: {error}"[:FAILURE_CHARACTERS_MAX]

    def _headers(self, message_id: str, body: bytes) -> Mapping[str, str]:
        sent_at = int(clock.now().timestamp())
        return {
            "content-type": "application/json",
            "user-agent": "Tsunagu",
            "webhook-id": message_id,
            "webhook-timestamp": str(sent_at),
            "webhook-signature": standard_signature(self._way.secrets, message_id, sent_at, body),
        }

    async def _settle(self, runtime: Runtime, row: asyncpg.Record, failure: str | None) -> None:
        now = clock.now()
        metrics.OUTGOING_SENT.labels(self._channel, "arrived" if failure is None else "failed").inc()
        if failure is None:
            await pooled(runtime).execute(SQL.settle_sent, row["outgoing_id"], row["attempts"], now)
            return
        pause = doubled_seconds(
            self._settings.outgoing_resend_seconds,
            row["attempts"] - 1,
            self._settings.outgoing_resend_max_seconds,
        )
        await pooled(runtime).execute(
            SQL.put_off_outgoing, row["outgoing_id"], row["attempts"], now + timedelta(seconds=pause), failure
        )
