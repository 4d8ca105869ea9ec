"""Spans of what a process does: one for each transaction, linked with what it took over, and one for each message.

The names of attributes are those of OpenTelemetry's semantic conventions for messaging. None holds what a person may
have written: no key, no body, no error's text; ids that others chose only where they are UUIDs.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self, TypeAlias

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind, StatusCode, Tracer
from starlette.types import ASGIApp

from tsunagu.chassis.decoding import Entry, Readable
from tsunagu.chassis.received import Received
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.chassis.span_export import SpanExport
from tsunagu.chassis.subscription import Due, Subscription
from tsunagu.chassis.trace_context import following, ids_of, kept, traceparent_of
from tsunagu.chassis.traced_requests import TracedRequests
from tsunagu.chassis.tracing import NOT_TRACED, Attempt, C, Continuing, Tracing

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Attributes: TypeAlias = dict[str, str | int]


class Spans(Tracing):
    """The tracing of a process that has an endpoint."""

    def __init__(self, settings: ChassisSettings, service: str) -> None:
        self._service = service
        self._export = SpanExport(settings, service)
        self._tracer = self._export.tracer

    def batch(self, subscription: Subscription, entries: Sequence[Entry]) -> Attempt:
        """Of those records that a function handles, since nothing follows from the others."""
        wanted = [
            entry.received
            for entry in entries
            if isinstance(entry, Readable) and entry.received.kind in subscription.handler_of
        ]
        return self._attempt("process", subscription, wanted)

    def redrive(self, subscription: Subscription, received: Received[Any]) -> Attempt:
        """In the trace of the message, however long ago it came."""
        return self._attempt("redrive", subscription, [received])

    def due(self, kind: str, dues: Sequence[Due]) -> Attempt:
        """In the trace of what scheduled it, however long ago that was."""
        attributes: Attributes = {"tsunagu.due.kind": kind}
        return _attempt(self._tracer, f"due {kind}", SpanKind.INTERNAL, attributes, dues)

    def requests(self, app: ASGIApp) -> ASGIApp:
        """Each request begins a trace here, or continues its caller's."""
        return TracedRequests(app, self._tracer)

    async def close(self) -> None:
        """Send what is still to be sent, for some seconds at the most."""
        await asyncio.to_thread(self._export.close)

    def _attempt(
        self, operation: str, subscription: Subscription, messages: Sequence[Received[Any]]
    ) -> Attempt:
        topic = subscription.topic.name
        attributes: Attributes = {
            "messaging.system": "kafka",
            "messaging.operation.name": operation,
            "messaging.operation.type": "process",
            "messaging.destination.name": topic,
            "messaging.consumer.group.name": f"{self._service}.{topic}",
        }
        return _attempt(self._tracer, f"{operation} {topic}", SpanKind.CONSUMER, attributes, messages)


def _attempt(
    tracer: Tracer, name: str, kind: SpanKind, attributes: Attributes, causes: Sequence[Continuing]
) -> Attempt:
    """Traced where the trace of any cause is kept: whoever began a trace has decided for all that follows."""
    if not any(kept(cause.traceparent) is not None for cause in causes):
        return NOT_TRACED
    return _Traced(tracer, name, kind, attributes, causes)


class _Traced(Attempt):
    """One cause: a span that follows from it. Several: a span with links to all, and one for each in its own trace."""

    def __init__(
        self, tracer: Tracer, name: str, kind: SpanKind, attributes: Attributes, causes: Sequence[Continuing]
    ) -> None:
        self._tracer, self._name, self._kind, self._attributes = tracer, name, kind, attributes
        self._is_one = len(causes) == 1
        self._causes = causes
        self._each: list[Span] = []
        self._span = self._of_one(causes[0]) if self._is_one else self._of_all()
        self._current: AbstractContextManager[Span] = trace.use_span(self._span, record_exception=False)
        self.ids = ids_of(self._span)

    def _of_one(self, cause: Continuing, links: Sequence[Link] = ()) -> Span:
        context = kept(cause.traceparent)
        assert context is not None
        return self._tracer.start_span(
            self._name,
            following(context),
            self._kind,
            {**self._attributes, **_of_message(cause)},
            links,
            record_exception=False,
            set_status_on_exception=False,
        )

    def _of_all(self) -> Span:
        contexts = [context for cause in self._causes if (context := kept(cause.traceparent)) is not None]
        return self._tracer.start_span(
            self._name,
            Context(),
            self._kind,
            {**self._attributes, "messaging.batch.message_count": len(self._causes)},
            [Link(context) for context in contexts],
            record_exception=False,
            set_status_on_exception=False,
        )

    def __enter__(self) -> Self:
        self._current.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, stack: TracebackType | None
    ) -> None:
        self._current.__exit__(None, None, None)
        if error is None:
            for span in self._each:
                span.end()
        else:
            # What was done for each message is rolled back: nothing follows from those spans, and they are not told.
            self._span.set_attribute("error.type", type(error).__qualname__)
            self._span.set_status(StatusCode.ERROR)
        self._span.end()

    def continuing(self, causes: Sequence[C]) -> Sequence[C]:
        """Each with a span of its own as what its consequences follow from; the span is told when all is committed."""
        if self._is_one:
            return [cause.continuing(traceparent_of(self._span)) for cause in causes]
        batch = [Link(self._span.get_span_context())]
        continued: list[C] = []
        for cause in causes:
            if kept(cause.traceparent) is None:
                continued.append(cause)
            else:
                span = self._of_one(cause, batch)
                self._each.append(span)
                continued.append(cause.continuing(traceparent_of(span)))
        return continued

    def became(self, outcomes: Mapping[str, int]) -> None:
        """Note how many records had which outcome."""
        for outcome, count in outcomes.items():
            if count:
                self._span.set_attribute(f"tsunagu.records.{outcome}", count)


def _of_message(cause: Continuing) -> Attributes:
    if not isinstance(cause, Received):
        return {}
    envelope = cause.envelope
    attributes: Attributes = {
        "cloudevents.event_type": envelope.type,
        "messaging.destination.partition.id": str(cause.partition),
        "messaging.kafka.offset": cause.offset,
    }
    if _UUID.fullmatch(envelope.id):
        attributes["messaging.message.id"] = envelope.id
    if _UUID.fullmatch(envelope.correlation_id):
        attributes["messaging.message.conversation_id"] = envelope.correlation_id
    return attributes
