"""What a read model asks of its database: SQLite's and PostgreSQL's modules are the two answers."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar

from tsunagu.channel.handlers import Handler, News

Db = TypeVar("Db")


class Place(NamedTuple):
    """A partition of a topic."""

    topic: str
    partition: int


class Position(NamedTuple):
    """How far a partition has been taken over, and by whom."""

    next_offset: int
    fence: int
    """Grows each time somebody begins to read the partition: who read it before is recognised and does nothing."""


class Sign(NamedTuple):
    """What a message is known by when it comes again."""

    place: Place
    source: str
    id: str
    at_ms: int
    """When its record was written, in Unix milliseconds."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that can't be taken over. It is kept in the table `channel_refused`, and all others go on."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    reason: str
    """A word for programs; `failed`: the handler raised."""
    detail: str
    """A sentence for people, without the record's contents."""
    value: bytes | None


class Opened(NamedTuple):
    """A database that is ready."""

    model_id: str
    """Made with the database: whoever shares it shares the work, whoever has another reads everything."""
    since: datetime | None
    """From when on it was asked to read; None: from the beginning."""


class Transaction(Protocol[Db]):
    """One transaction of a read model: its change and its positions, or nothing."""

    async def lock(self, places: Iterable[Place]) -> dict[Place, Position]:
        """The positions of these partitions, locked until the end; of one that was never claimed, none."""
        ...

    async def unseen(self, signs: Sequence[Sign]) -> set[tuple[str, str]]:
        """Note what has come, and return source and id of what came for the first time."""
        ...

    async def attempt(self, handler: Handler[Db], run: Sequence[News]) -> Exception | None:
        """Let the handler take over a run, all of it or, where it raises, nothing; returns what it raised.

        An outage of the database is raised.
        """
        ...

    async def refuse(self, refused: Sequence[Refused], kept_max: int) -> None:
        """Keep refused records, the newest `kept_max` of all."""
        ...

    async def advance(self, next_offsets: Mapping[Place, int], seen_since_ms: Mapping[Place, int]) -> None:
        """Note how far each partition has been taken over, and forget what was seen before these times."""
        ...


class Store(Protocol[Db]):
    """The database of one read model."""

    def is_outage(self, error: BaseException) -> bool:
        """Whether this may pass by itself: the database is away, full, or busy."""
        ...

    async def open(self, schema: str, since: datetime | None) -> Opened:
        """Make what is not there yet. Raises SchemaChanged if it was made with another schema."""
        ...

    async def empty(self, schema: str, since: datetime | None) -> None:
        """Throw the model away and make it anew; everybody who reads for it begins again."""
        ...

    async def claim(self, place: Place, first: int, since: datetime | None) -> tuple[Position, bool] | None:
        """Begin to read a partition, from `first` where nobody has yet; whether nobody had.

        `first` is where `since` is in the partition. None, and nothing is begun, where the model is asked by now to
        begin at another time.
        """
        ...

    async def next_offsets(self) -> dict[Place, int]:
        """How far each partition has been taken over."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[Transaction[Db]]:
        """A transaction that commits at the end of its block, and rolls back where the block raises."""
        ...

    async def close(self) -> None:
        """Close the connection; it is made again when it is needed."""
        ...
