"""A collector of traces on this machine: it takes OTLP over HTTP, keeps all that it is told, and can be away."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tsunagu.stack.ports import HOST

PATIENCE_SECONDS = 40.0  # far above what anything here takes; reached only when something is broken


@dataclass(frozen=True)
class ToldSpan:
    """A span as the collector was told it; ids in hexadecimal, `parent_id` empty where there is none."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    links: frozenset[tuple[str, str]]
    """Trace and span of each."""
    attributes: dict[str, str | int]
    failed: bool


@dataclass
class TraceReceiver:
    """Use `trace_receiver()`."""

    port: int = 0
    spans: list[ToldSpan] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    """Every request as it came."""
    _server: ThreadingHTTPServer | None = None

    @property
    def endpoint(self) -> str:
        """Where a process has to send its traces."""
        return f"http://{HOST}:{self.port}/v1/traces"

    def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._server = ThreadingHTTPServer((HOST, self.port), _handler(self))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        """Be gone."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def take(self, body: bytes) -> None:
        """Keep what a process tells."""
        self.bodies.append(body)
        for of_process in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = str(_attributes(of_process.resource.attributes)["service.name"])
            for scope in of_process.scope_spans:
                self.spans.extend(_told(service, span) for span in scope.spans)

    def of_trace(self, trace_id: str) -> list[ToldSpan]:
        """All spans of a trace that were told."""
        return [span for span in self.spans if span.trace_id == trace_id]

    async def until(self, is_so: Callable[[], bool], what: str) -> None:
        """Wait until something is so. Fails with `what` when patience ends."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not is_so():
            told = "\n".join(str(span) for span in self.spans[-20:])
            assert time.monotonic() < end, f"this was never told: {what}; the latest spans:\n{told}"
            await asyncio.sleep(0.02)


@contextmanager
def trace_receiver() -> Iterator[TraceReceiver]:
    """A collector that listens."""
    receiver = TraceReceiver()
    receiver.start()
    try:
        yield receiver
    finally:
        receiver.stop()


def _handler(receiver: TraceReceiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            receiver.take(self.rfile.read(int(self.headers["Content-Length"])))
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    return Handler


def _told(service: str, span: Span) -> ToldSpan:
    return ToldSpan(
        service,
        span.name,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        frozenset((link.trace_id.hex(), link.span_id.hex()) for link in span.links),
        _attributes(span.attributes),
        span.status.code == Status.STATUS_CODE_ERROR,
    )


def _attributes(pairs: Iterable[KeyValue]) -> dict[str, str | int]:
    return {
        pair.key: pair.value.int_value if pair.value.HasField("int_value") else pair.value.string_value
        for pair in pairs
    }
