"""How spans leave a process: in the background, bounded, and in nobody's way while the collector is away."""

import logging
import threading
from collections.abc import Callable, Sequence
from importlib.metadata import version

import structlog
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_ON,
    ParentBased,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes

from tsunagu.chassis import metrics
from tsunagu.chassis.settings import ChassisSettings

_log = structlog.get_logger(__name__)


class SpanExport:
    """Where a process's spans go. Use `tracer` to begin them."""

    def __init__(self, settings: ChassisSettings, service: str) -> None:
        # At each failure it says more than once what _Counted says once.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        self._exporter = OTLPSpanExporter(
            endpoint=settings.traces_endpoint,
            timeout=settings.traces_export_timeout_seconds,
        )
        self._close_seconds = settings.traces_close_seconds
        self._provider = TracerProvider(
            sampler=_DoorsDecide(settings.traces_sampled_ratio),
            resource=Resource(
                {
                    "service.name": service,
                    "service.namespace": "tsunagu",
                    "service.version": version("tsunagu-chassis"),
                    "tsunagu.build.revision": settings.build_revision,
                }
            ),
            span_limits=SpanLimits(max_links=settings.traces_links_max),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(_Bounded(self._exporter, settings))
        self.tracer = self._provider.get_tracer("tsunagu.chassis")

    def close(self) -> None:
        """Send what waits. Given up after traces_close_seconds: the library's own patience is half a minute."""
        closing = threading.Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        closing.join(self._close_seconds)
        if closing.is_alive():
            # It tries no more: the threads end with the request that is under way.
            self._exporter.shutdown()  # type: ignore[no-untyped-call] # the library's


class _DoorsDecide(Sampler):
    """A share of the requests is kept. All else follows from what began elsewhere, where that was decided."""

    def __init__(self, ratio: float) -> None:
        share = TraceIdRatioBased(ratio)
        # A caller may say that a trace is not kept. That it is kept, is not theirs to say: it costs us.
        self._requests = ParentBased(root=share, remote_parent_sampled=share)

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """Whether a span is kept."""
        sampler = self._requests if kind is SpanKind.SERVER else ALWAYS_ON
        return sampler.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    def get_description(self) -> str:
        """For the SDK."""
        return "a share of the requests, and what follows from them"


class _Bounded(BatchSpanProcessor):
    """Lets no more spans wait than may, and counts those that are lost for that."""

    def __init__(self, exporter: SpanExporter, settings: ChassisSettings) -> None:
        super().__init__(
            _Counted(exporter, self._taken),
            max_queue_size=settings.traces_queue_spans_max,
            schedule_delay_millis=settings.traces_export_interval_seconds * 1000,
            max_export_batch_size=min(settings.traces_export_spans_max, settings.traces_queue_spans_max),
        )
        self._waiting = 0
        self._waiting_max = settings.traces_queue_spans_max
        self._lock = threading.Lock()

    def on_end(self, span: ReadableSpan) -> None:
        """Have a span wait for the next export, if there is room."""
        with self._lock:
            is_full = self._waiting >= self._waiting_max
            if not is_full:
                self._waiting += 1
        if is_full:
            metrics.TRACES_SPANS.labels("lost").inc()
        else:
            super().on_end(span)

    def _taken(self, count: int) -> None:
        with self._lock:
            self._waiting -= count


class _Counted(SpanExporter):
    """Counts what reached the collector, and says once that it does not answer, and once that it does again."""

    def __init__(self, exporter: SpanExporter, taken: Callable[[int], None]) -> None:
        self._exporter = exporter
        self._taken = taken
        self._answers = True

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans, or give them up."""
        try:
            result = self._exporter.export(spans)
        finally:
            self._taken(len(spans))
        answers = result is SpanExportResult.SUCCESS
        metrics.TRACES_SPANS.labels("exported" if answers else "failed").inc(len(spans))
        if answers and not self._answers:
            _log.info("the collector of traces answers again")
        elif self._answers and not answers:
            _log.warning(
                "the collector of traces does not answer; what it misses is lost, and nothing waits for it"
            )
        self._answers = answers
        return result

    def shutdown(self) -> None:
        """End the exporter."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing waits here."""
        return True
