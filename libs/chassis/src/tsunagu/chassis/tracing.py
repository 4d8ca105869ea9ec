"""Traces over all services, as the rest of the machinery knows them. Without an endpoint they do nothing.

OpenTelemetry's SDK is imported by `spans` alone, and that only where there is an endpoint.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from starlette.types import ASGIApp

from tsunagu.chassis.settings import ChassisSettings

if TYPE_CHECKING:
    from tsunagu.chassis.decoding import Entry
    from tsunagu.chassis.received import Received
    from tsunagu.chassis.subscription import Due, Subscription


class Continuing(Protocol):
    """A cause that can be told where its trace goes on."""

    @property
    def traceparent(self) -> str | None:
        """W3C trace context of what it follows from."""

    def continuing(self, traceparent: str | None) -> Self:
        """The same cause, whose consequences follow from this span, or are in no trace."""


C = TypeVar("C", bound=Continuing)


class Attempt:
    """One try at a transaction, as traces see it. This one is not traced: contexts are handed on as they came."""

    ids: Mapping[str, str] = MappingProxyType({})
    """`trace_id` and `span_id` for what is logged of the attempt after it has ended."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, stack: TracebackType | None
    ) -> None:
        return None

    def continuing(self, causes: Sequence[C]) -> Sequence[C]:
        """What is handled in it, each such that its consequences continue its own trace, not the batch's."""
        return causes

    def became(self, outcomes: Mapping[str, int]) -> None:
        """Note how many records had which outcome."""


NOT_TRACED = Attempt()


class Tracing:
    """What a process tells of its work. This one tells nothing."""

    def batch(self, subscription: "Subscription", entries: "Sequence[Entry]") -> Attempt:
        """A try at taking records over."""
        return NOT_TRACED

    def redrive(self, subscription: "Subscription", received: "Received[Any]") -> Attempt:
        """A try at handling a dead letter again."""
        return NOT_TRACED

    def due(self, kind: str, dues: "Sequence[Due]") -> Attempt:
        """A try at work that came due."""
        return NOT_TRACED

    def requests(self, app: ASGIApp) -> ASGIApp:
        """An application whose requests are traced."""
        return app

    async def close(self) -> None:
        """Send what is still to be sent; waits for it, within bounds."""


def tracing_of(settings: ChassisSettings, service: str) -> Tracing:
    """The tracing of one process of a service."""
    if not settings.traces_endpoint:
        return Tracing()
    from tsunagu.chassis.spans import Spans  # noqa: PLC0415 - who makes no traces does not pay for the SDK

    return Spans(settings, service)
