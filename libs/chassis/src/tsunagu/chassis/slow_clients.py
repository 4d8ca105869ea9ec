"""What a client may hold of the port that the world reaches: one connection of so many, for as long as it gets on.

uvicorn ends a connection that says nothing after an answer. One that never sends its request, or byte by byte, and one
that never reads its answer, it would keep for ever.
"""

import asyncio
import resource
from typing import ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from tsunagu.chassis import metrics
from tsunagu.chassis.settings import ChassisSettings

TOO_MANY, SLOW_REQUEST, UNREAD = "too_many", "slow_request", "unread"
_NOT_WHOLE = (h11.IDLE, h11.SEND_BODY)


class _LimitedProtocol(H11Protocol):
    """Cuts a connection off that is one too many, or whose client does not get on in time."""

    settings: ClassVar[ChassisSettings]
    connections_max: ClassVar[int]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._deadlines: dict[str, asyncio.TimerHandle] = {}
        if len(self.connections) > self.connections_max:
            self._cut_off(TOO_MANY)
        else:
            self._expect(SLOW_REQUEST, self.settings.public_http_request_seconds_max)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state in _NOT_WHOLE:
            self._expect(SLOW_REQUEST, self.settings.public_http_request_seconds_max)
        else:
            self._got_on(SLOW_REQUEST)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._expect(UNREAD, self.settings.public_http_unread_seconds_max)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._got_on(UNREAD)

    def connection_lost(self, exc: Exception | None) -> None:
        for deadline in self._deadlines.values():
            deadline.cancel()
        super().connection_lost(exc)

    def _expect(self, what: str, seconds: float) -> None:
        # A deadline that runs is not put off: a byte now and then is no request.
        if what not in self._deadlines:
            self._deadlines[what] = self.loop.call_later(seconds, self._cut_off, what)

    def _got_on(self, what: str) -> None:
        if (deadline := self._deadlines.pop(what, None)) is not None:
            deadline.cancel()

    def _cut_off(self, why: str) -> None:
        metrics.PUBLIC_HTTP_CUT_OFF.labels(why).inc()
        self.transport.abort()


def limited_protocol(limits: ChassisSettings) -> type[H11Protocol]:
    """HTTP/1.1 as uvicorn speaks it, with these limits of what a client may hold."""

    class Limited(_LimitedProtocol):
        settings = limits
        connections_max = connections_max_of(limits)

    return Limited


def connections_max_of(settings: ChassisSettings) -> int:
    """How many connections the world may hold: what the settings say, if the process may open as many files."""
    files_max, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files_max == resource.RLIM_INFINITY:
        return settings.public_http_connections_max
    return max(1, min(settings.public_http_connections_max, files_max - settings.public_http_files_kept))
