"""A service as its `app.py` declares it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from tsunagu.chassis.locks import LockTable
from tsunagu.chassis.retelling import Retelling
from tsunagu.chassis.said import OpenKeys
from tsunagu.chassis.subscription import DueHandler, Subscription
from tsunagu.chassis.transaction import Transaction
from tsunagu.contracts.topics import Topic

if TYPE_CHECKING:
    from tsunagu.chassis.runtime import Runtime


@dataclass(frozen=True)
class Periodic:
    """Something done every `interval_seconds` beside the messages: a gauge, a refresh of a copy in memory.

    A failure is logged and the next turn comes all the same.
    """

    name: str
    interval_seconds: float
    run: Callable[["Runtime"], Awaitable[None]]


@dataclass(frozen=True)
class Service:
    """What comes in, which function does it, and what the service keeps; the machinery does the rest.

    `events`: the topic on which commands are refused and accepted. `locks`: the tables whose rows handlers lock, in
    the order in which they are locked. `http`: builds routes for operators and other systems inside, beside health and
    metrics. `public_http`: builds what the world may reach, on a port of its own that has nothing else.

    For the day on which Kafka is gone: `open_keys` says which keys of `events` are open, so that their latest event is
    kept; `retellings` tell the state topics that the service owns; `send_again` sends commands that wait for an answer.
    Raises ValueError where two subscriptions or two due handlers have the same name.
    """

    name: str
    subscriptions: tuple[Subscription, ...] = ()
    due: tuple[DueHandler, ...] = ()
    events: Topic | None = None
    locks: tuple[LockTable, ...] = ()
    migrations: Path | None = None
    http: Callable[["Runtime"], ASGIApp] | None = None
    public_http: Callable[["Runtime"], ASGIApp] | None = None
    open_keys: OpenKeys | None = None
    retellings: tuple[Retelling, ...] = ()
    send_again: Callable[[Transaction], Awaitable[None]] | None = None
    periodic: Sequence[Periodic] = field(default=())

    def subscription_to(self, topic: str) -> Subscription | None:
        """The subscription to a topic by its name; None where it is not read."""
        return next((one for one in self.subscriptions if one.topic.name == topic), None)

    def __post_init__(self) -> None:
        for what, names in (
            ("subscriptions to", [subscription.topic.name for subscription in self.subscriptions]),
            ("due handlers for", [handler.kind for handler in self.due]),
        ):
            twice = {name for name in names if names.count(name) > 1}
            if twice:
                raise ValueError(f"{self.name} has two {what} {', '.join(sorted(twice))}")
