"""Traces without a server: what stands in the header, what none costs, and what is lost where there is no room."""

import socket
import subprocess
import sys
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from pydantic import ValidationError
from starlette.applications import Starlette

from tsunagu.chassis import metrics
from tsunagu.chassis.rules import Rules
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.chassis.span_export import SpanExport
from tsunagu.chassis.trace_context import following, kept, traceparent_of, with_trace
from tsunagu.chassis.tracing import Attempt
from tsunagu.contracts.decoding import _TRACEPARENT
from tsunagu.testing.harness import record_of
from tsunagu.testing.toy.app import toy_service
from tsunagu.testing.toy.world import a_scan

ENDS_SECONDS_MAX = 10.0  # only ends a test that hangs: a request that is under way ends with its socket

# All zeros stand for no trace (W3C Trace Context, 3.2.2).
TRACE_IDS = st.integers(1, 2**128 - 1).map(lambda number: f"{number:032x}")
SPAN_IDS = st.integers(1, 2**64 - 1).map(lambda number: f"{number:016x}")


@given(TRACE_IDS, SPAN_IDS)
def test_traceparent__of_what_follows_from_a_span__is_that_spans(trace_id: str, span_id: str) -> None:
    text = f"00-{trace_id}-{span_id}-01"
    context = kept(text)
    assert context is not None
    assert traceparent_of(NonRecordingSpan(context)) == text
    assert trace.get_current_span(following(context)).get_span_context() == context


@given(TRACE_IDS, SPAN_IDS, st.integers(0, 127).map(lambda number: 2 * number))
def test_traceparent__of_a_trace_that_is_not_kept__is_none_to_tell_of(
    trace_id: str, span_id: str, flags: int
) -> None:
    assert kept(f"00-{trace_id}-{span_id}-{flags:02x}") is None


@given(st.one_of(st.none(), st.text(), st.from_regex(_TRACEPARENT, fullmatch=True)))
def test_traceparent__whatever_stands_there__is_read_as_opentelemetry_reads_it(text: str | None) -> None:
    read = TraceContextTextMapPropagator().extract({"traceparent": text or ""}, Context())
    theirs = trace.get_current_span(read).get_span_context()
    assert kept(text) == (theirs if theirs.is_valid and theirs.trace_flags.sampled else None)


def test_off__nothing_is_made_and_everything_is_what_it_was() -> None:
    service = toy_service("toy.in", "toy.out")
    tracing = Rules.of(service, ChassisSettings()).tracing
    app = Starlette()
    attempt = tracing.batch(service.subscriptions[0], [])
    causes = [record_of(a_scan("v1"))]
    assert type(attempt) is Attempt
    assert attempt is tracing.due("farewell", [])
    assert attempt.continuing(causes) is causes  # type: ignore[type-var]
    assert not attempt.ids
    assert tracing.requests(app) is app


def test_off__the_sdk_is_not_even_imported() -> None:
    program = (
        "import sys; from tsunagu.chassis.rules import Rules; from tsunagu.chassis import logs, public_port;"
        "from tsunagu.chassis.settings import ChassisSettings; from tsunagu.testing.toy.app import toy_service;"
        "logs.configure(ChassisSettings(), 'toy'); Rules.of(toy_service('a', 'b'), ChassisSettings());"
        "print([name for name in sys.modules if name.startswith(('opentelemetry.sdk', 'opentelemetry.exporter'))])"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


@pytest.mark.parametrize("endpoint", ["collector:4318", "grpc://collector:4317", "http://", "http://a b"])
def test_endpoint__is_no_address__is_refused_at_the_start(endpoint: str) -> None:
    with pytest.raises(ValidationError, match="traces_endpoint"):
        ChassisSettings(traces_endpoint=endpoint)


def _an_export(**settings: Any) -> SpanExport:
    # Nobody listens there, and nothing is sent before it is closed.
    return SpanExport(
        ChassisSettings(
            **{
                "traces_endpoint": "http://127.0.0.1:9/v1/traces",
                "traces_sampled_ratio": 1.0,
                "traces_export_interval_seconds": 3600.0,
                "traces_export_timeout_seconds": 0.05,
                **settings,
            }
        ),
        "toy",
    )


def test_queue__is_full_since_the_collector_hangs__what_has_no_room_is_lost_and_nobody_waits() -> None:
    before = metrics.TRACES_SPANS.labels("lost")._value.get()
    threads_before = set(threading.enumerate())
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        export = _an_export(
            traces_endpoint=f"http://127.0.0.1:{hanging.getsockname()[1]}/v1/traces",
            traces_export_timeout_seconds=60.0,
            traces_queue_spans_max=3,
            traces_close_seconds=0.01,
        )
        for _ in range(5):
            export.tracer.start_span("work").end()
        assert metrics.TRACES_SPANS.labels("lost")._value.get() - before == 2
        export.close()
    # The request under way ends with the socket: nobody tries again, in whatever runs next in this process.
    for thread in set(threading.enumerate()) - threads_before:
        thread.join(ENDS_SECONDS_MAX)
        assert not thread.is_alive()


def test_sampling__what_follows_from_no_request__is_kept_as_its_cause_is() -> None:
    export = _an_export(traces_sampled_ratio=0.0)
    span = export.tracer.start_span("work")
    assert span.is_recording()
    export.close()


def test_log__of_a_traced_piece_of_work__says_in_which_span() -> None:
    export = _an_export()
    span = export.tracer.start_span("work")
    with trace.use_span(span):
        line = with_trace(None, "info", {"event": "done"})
        named = with_trace(None, "info", {"event": "failed", "trace_id": "another's", "span_id": "another's"})
    assert traceparent_of(span).split("-")[1:3] == [line["trace_id"], line["span_id"]]
    assert named["trace_id"] == named["span_id"] == "another's"
    assert with_trace(None, "info", {"event": "elsewhere"}) == {"event": "elsewhere"}
    export.close()
