"""A message as a handler gets it."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, Protocol, Self

from typing_extensions import TypeVar

from tsunagu.contracts.envelope import Envelope
from tsunagu.contracts.message import Message, State


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a null value on a state topic says: nothing is known under this key any more."""


M_co = TypeVar("M_co", bound=Message | Deleted, covariant=True, default=Any)
S = TypeVar("S", bound=State)


class Cause(Protocol):
    """What a message follows from: another message, or work that came due."""

    @property
    def cause_id(self) -> str:
        """Identifies the cause for ever."""

    @property
    def message_id(self) -> str:
        """`ce_id` of the message that caused it, directly or by the work it scheduled."""

    @property
    def cause_time(self) -> datetime:
        """When the cause happened."""

    @property
    def correlation_id(self) -> str:
        """Shared by everything that follows from one first message."""

    @property
    def traceparent(self) -> str | None:
        """W3C trace context, handed on."""


@dataclass(frozen=True, slots=True)
class EnvelopeCause:
    """A message as a cause, known by its envelope alone."""

    envelope: Envelope

    @property
    def cause_id(self) -> str:
        """`ce_source` and `ce_id`, which together identify a message for ever."""
        return f"{self.envelope.source} {self.envelope.id}"

    @property
    def message_id(self) -> str:
        """`ce_id`."""
        return self.envelope.id

    @property
    def cause_time(self) -> datetime:
        """The message's own time."""
        return self.envelope.time

    @property
    def correlation_id(self) -> str:
        """Taken from the envelope."""
        return self.envelope.correlation_id

    @property
    def traceparent(self) -> str | None:
        """Taken from the envelope."""
        return self.envelope.traceparent

    def continuing(self, traceparent: str | None) -> Self:
        """The same cause, whose consequences follow from this span, or are in no trace."""
        return replace(self, envelope=self.envelope._replace(traceparent=traceparent))


@dataclass(frozen=True, slots=True)
class Received(EnvelopeCause, Generic[M_co]):
    """One message with its envelope and where it stood in the log."""

    message: M_co
    key: str
    topic: str
    partition: int
    offset: int

    @property
    def order_key(self) -> Hashable:
        """Messages of one key keep their order."""
        return self.key

    @property
    def kind(self) -> type:
        """The class of the message."""
        return type(self.message)


def newest(messages: Sequence[Received[S]]) -> list[Received[S]]:
    """The highest version of each key, in the order of keys.

    One statement can't write a row twice, and two processes that write the same rows write them in the same order.
    """
    by_key: dict[str, Received[S]] = {}
    for received in messages:
        known = by_key.get(received.key)
        if known is None or known.message.version <= received.message.version:
            by_key[received.key] = received
    return [by_key[key] for key in sorted(by_key)]
