"""What a service declares: which messages it reads, which function handles each, which rows each locks."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, Self, TypeVar

from tsunagu.chassis.database import Connection
from tsunagu.chassis.locks import RowKey
from tsunagu.chassis.received import Deleted, Received
from tsunagu.chassis.transaction import Transaction
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import Topic

M = TypeVar("M", bound=Message | Deleted)
Work = tuple[Callable[..., Awaitable[None]], Callable[..., Awaitable[Iterable[RowKey]]] | None]
"""A function that handles messages, and the one that says which rows it needs."""


@dataclass(frozen=True)
class Handler(Generic[M]):
    """One message type → the function that handles all messages of that type in a batch, in order.

    `keys` says which rows to lock before any handler of the batch runs; it may read, without locks. Types with the
    same function and the same `keys` are handled together, in one call.
    """

    message: type[M]
    handle: Callable[[Transaction, Sequence[Received[M]]], Awaitable[None]]
    keys: Callable[[Connection, Sequence[Received[M]]], Awaitable[Iterable[RowKey]]] | None = None


@dataclass(frozen=True)
class Subscription:
    """A topic and its handlers. List handlers that free something before those that take it.

    Types of the topic that no handler names are passed over. `goes_behind`: nobody waits for what becomes of its
    messages; while the process has others in hand, they are taken in small parts between them. `answers`: where
    its commands are answered, if not among the service's events. Raises ValueError for
    a handler of a type that the topic does not carry, or for two handlers of one type.
    """

    topic: Topic
    handlers: tuple[Handler[Any], ...]
    goes_behind: bool = False
    answers: Topic | None = None

    def __post_init__(self) -> None:
        kinds = [handler.message for handler in self.handlers]
        if len(set(kinds)) != len(kinds):
            raise ValueError(f"{self.topic.name}: two handlers for one message type")
        strangers = [
            kind.__name__ for kind in kinds if kind is not Deleted and kind not in self.topic.messages
        ]
        if strangers:
            raise ValueError(f"{self.topic.name} does not carry {', '.join(strangers)}")

    @cached_property
    def handler_of(self) -> Mapping[type, Handler[Any]]:
        """The handler of each message type."""
        return {handler.message: handler for handler in self.handlers}

    @cached_property
    def work_of(self) -> Mapping[type, Work]:
        """What is done with each message type: those that are handled together have the same."""
        return {handler.message: (handler.handle, handler.keys) for handler in self.handlers}

    @cached_property
    def priority(self) -> tuple[Work, ...]:
        """What is done, in the order in which it goes where the keys leave a choice."""
        return tuple(dict.fromkeys(self.work_of.values()))

    @cached_property
    def passed_over(self) -> frozenset[bytes]:
        """The wire types of the topic that no handler names. Of a topic with deletes there are none: a delete has the
        type of what it deletes."""
        if Deleted in self.handler_of:
            return frozenset()
        return frozenset(
            message.WIRE_TYPE.encode() for message in self.topic.messages if message not in self.handler_of
        )


@dataclass(frozen=True, slots=True)
class Due:
    """One piece of work that has come due; it is done and gone when its handler's transaction commits."""

    kind: str
    key: str
    due_at: datetime
    payload: dict[str, Any]
    origin_id: str
    message_id: str
    correlation_id: str
    traceparent: str | None
    attempts: int
    claimed_until: datetime

    @property
    def cause_id(self) -> str:
        """The same for every try of the same work; another time for the same kind and key is another cause."""
        return f"{self.origin_id} {self.kind} {self.key} {self.due_at.isoformat()}"

    @property
    def cause_time(self) -> datetime:
        """When the work was due."""
        return self.due_at

    def continuing(self, traceparent: str | None) -> Self:
        """The same work, whose consequences follow from this span, or are in no trace."""
        return replace(self, traceparent=traceparent)


@dataclass(frozen=True, slots=True)
class Looked:
    """The rows to lock, and what was seen in finding them: the handler has it as `Transaction.seen`.

    It is as old as the wait for the locks was long.
    """

    rows: Iterable[RowKey]
    seen: object


@dataclass(frozen=True)
class DueHandler:
    """A kind of due work (a timer, or a second step) → the function that does it, a batch at a time.

    `handle` gets what is still wanted, with the rows of `keys` locked. Work that it schedules anew under the same
    kind and key replaces what it was given. A deadline (`is_deadline`) is what news can forestall, an answer or a
    hand-over: it is done only when all that was written before it came due has been read (`read_until`).
    """

    kind: str
    handle: Callable[[Transaction, Sequence[Due]], Awaitable[None]]
    keys: Callable[[Connection, Sequence[Due]], Awaitable[Iterable[RowKey] | Looked]] | None = None
    is_deadline: bool = False
