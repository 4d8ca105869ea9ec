"""A read model: what a channel keeps of what the backbone says, in a database of its own."""

from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

from tsunagu.channel.handlers import Handler
from tsunagu.channel.store import Refused, Store
from tsunagu.contracts.topics import Topic

Db = TypeVar("Db")


class ReadModel(Generic[Db]):
    """Tables of a channel's own, and the handlers that bring them up to date.

    `name` is the channel's word for it. `schema` are the statements that make the tables; names that begin with
    `channel_` are the library's. `since`: read from this time on; None: from the beginning of what topics keep.
    `refused` is told of each record that could not be taken over, after it was kept in `channel_refused`.
    Raises ValueError for handlers that do not go together.
    """

    def __init__(
        self,
        name: str,
        store: Store[Db],
        schema: str,
        *handlers: Handler[Db],
        since: datetime | None = None,
        refused: Callable[[Refused], None] | None = None,
    ) -> None:
        if not handlers:
            raise ValueError(f"the read model {name} has no handlers: it would stay empty")
        if since is not None and since.tzinfo is None:
            raise ValueError("since needs its offset from UTC")
        self.name = name
        self.store = store
        self.schema = schema
        self.since = since
        self.refused = refused
        self.topics: dict[str, Topic] = {handler.topic.name: handler.topic for handler in handlers}
        self.handlers: dict[tuple[str, str], Handler[Db]] = {
            (handler.topic.name, handler.message_type.WIRE_TYPE): handler for handler in handlers
        }
        if len(self.handlers) != len(handlers):
            raise ValueError(f"the read model {name} has two handlers for one message of one topic")
