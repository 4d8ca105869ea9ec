"""Requests at a door: a span for each, which what is said in answering it follows from.

Written here, and not taken from a library: theirs tell paths, queries and addresses of clients, and those name people.
"""

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tsunagu.chassis.http_routes import route_template
from tsunagu.chassis.trace_context import context_of, following, traceparent_of

_HEADER = b"traceparent"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class TracedRequests:
    """ASGI middleware. The application finds the span's context in the `traceparent` header, in the caller's place."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        span = self._begin(scope)
        scope = {**scope, "headers": _following(scope, span)}

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                # A stream goes on for hours; what was asked is answered now.
                _end(span, scope, message["status"])
            await send(message)

        with trace.use_span(span, record_exception=False, set_status_on_exception=False):
            try:
                await self._app(scope, receive, watched)
            except Exception:
                _end(span, scope, 500)
                raise
            finally:
                if span.is_recording():  # nobody waits for an answer any more
                    span.end()

    def _begin(self, scope: Scope) -> Span:
        callers = [value for name, value in scope["headers"] if name == _HEADER]
        return self._tracer.start_span(
            _method(scope),
            following(context_of(callers[0].decode("latin-1") if len(callers) == 1 else None)),
            SpanKind.SERVER,
            {"http.request.method": _method(scope), "url.scheme": scope.get("scheme", "http")},
        )


def _method(scope: Scope) -> str:
    """One of those that there are: a client may write anything there."""
    return scope["method"] if scope["method"] in _METHODS else "_OTHER"


def _following(scope: Scope, span: Span) -> list[tuple[bytes, bytes]]:
    others = [(name, value) for name, value in scope["headers"] if name != _HEADER]
    return [*others, (_HEADER, traceparent_of(span).encode())]


def _end(span: Span, scope: Scope, status: int) -> None:
    if not span.is_recording():
        return
    route = route_template(scope)
    if route is not None:
        span.update_name(f"{_method(scope)} {route}")
        span.set_attribute("http.route", route)
    span.set_attribute("http.response.status_code", status)
    if status >= 500:
        span.set_attribute("error.type", str(status))
        span.set_status(StatusCode.ERROR)
    span.end()
