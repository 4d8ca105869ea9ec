"""W3C trace contexts, as they stand in headers of records and requests, and as OpenTelemetry has them."""

from collections.abc import Mapping, MutableMapping
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanContext
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_W3C = TraceContextTextMapPropagator()
_FLAGS_END_AT = 54
_ODD = "13579bdf"


def context_of(traceparent: str | None) -> SpanContext | None:
    """The span that a `traceparent` names; None where there is none, or a broken one."""
    read = _W3C.extract({"traceparent": traceparent or ""}, Context())
    context = trace.get_current_span(read).get_span_context()
    return context if context.is_valid else None


def kept(traceparent: str | None) -> SpanContext | None:
    """The span that a `traceparent` names, where its trace is kept."""
    # Most are not: this is all that their messages cost.
    if traceparent is None or traceparent[_FLAGS_END_AT : _FLAGS_END_AT + 1] not in _ODD:
        return None
    context = context_of(traceparent)
    return context if context is not None and context.trace_flags.sampled else None


def following(context: SpanContext | None) -> Context:
    """The context of what follows from a span elsewhere, or from none."""
    if context is None:
        return Context()
    return trace.set_span_in_context(trace.NonRecordingSpan(context), Context())


def traceparent_of(span: Span) -> str:
    """A span as the `traceparent` of what follows from it."""
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def ids_of(span: Span) -> Mapping[str, str]:
    """What a log line says of a span; nothing of one that is not kept."""
    context = span.get_span_context()
    if not (context.is_valid and context.trace_flags.sampled):
        return {}
    return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}


def with_trace(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog's processor: a line says in which span it was written, unless it names another itself."""
    event.update({**ids_of(trace.get_current_span()), **event})
    return event
