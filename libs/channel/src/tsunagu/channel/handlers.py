"""What a read model does with which message."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from tsunagu.contracts.envelope import Envelope
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import Topic, topic_of

M = TypeVar("M", bound=Message)
Db = TypeVar("Db")
Outcome: TypeAlias = Awaitable[None] | None
"""Functions for SQLite are plain ones, run in the database's thread; those for PostgreSQL are coroutines."""


@dataclass(frozen=True, slots=True)
class Received(Generic[M]):
    """A message and where it came from."""

    message: M
    key: str
    envelope: Envelope
    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Deleted:
    """The word of a state topic that there is nothing under a key any more."""

    key: str
    envelope: Envelope
    topic: str
    partition: int
    offset: int


News: TypeAlias = Received[Any] | Deleted


@dataclass(frozen=True, slots=True)
class Handler(Generic[Db]):
    """A kind of message on a topic, and the functions that take it over. Made by `on` and `on_batch`."""

    message_type: type[Message]
    topic: Topic
    handle: Callable[[Db, Any], Outcome]
    takes_batches: bool
    deleted: Callable[[Db, Deleted], Outcome] | None

    def calls(self, run: Sequence[News]) -> list[tuple[Callable[[Db, Any], Outcome], Any]]:
        """The calls that take over a run of one sort: all messages of this type, or all deletes."""
        if isinstance(run[0], Deleted):
            assert self.deleted is not None, "deletes are read only from topics that have them"
            return [(self.deleted, one) for one in run]
        return [(self.handle, run)] if self.takes_batches else [(self.handle, one) for one in run]


def on(
    message_type: type[M],
    handle: Callable[[Db, Received[M]], Outcome],
    *,
    deleted: Callable[[Db, Deleted], Outcome] | None = None,
    topic: Topic | None = None,
) -> Handler[Db]:
    """Have `handle(db, received)` take over each message of a type, one by one, in the read model's transaction.

    State needs `deleted(db, gone)` as well. `topic` only for a type that travels on several. Raises ValueError.
    """
    return _handler(message_type, handle, deleted, topic, takes_batches=False)


def on_batch(
    message_type: type[M],
    handle: Callable[[Db, Sequence[Received[M]]], Outcome],
    *,
    deleted: Callable[[Db, Deleted], Outcome] | None = None,
    topic: Topic | None = None,
) -> Handler[Db]:
    """As `on`, but `handle(db, all_of_them)` gets what came together; deletes still come one by one."""
    return _handler(message_type, handle, deleted, topic, takes_batches=True)


def _handler(
    message_type: type[Message],
    handle: Callable[[Db, Any], Outcome],
    deleted: Callable[[Db, Deleted], Outcome] | None,
    topic: Topic | None,
    *,
    takes_batches: bool,
) -> Handler[Db]:
    topic = topic or topic_of(message_type)
    name = message_type.__name__
    if message_type not in topic.messages:
        raise ValueError(f"{topic.name} does not carry {name}")
    if topic.deletable and deleted is None:
        raise ValueError(f"{name} is state, which can end: say what a delete does, as deleted=…")
    if not topic.deletable and deleted is not None:
        raise ValueError(f"{topic.name} has no deletes: leave deleted out")
    return Handler(message_type, topic, handle, takes_batches, deleted)
