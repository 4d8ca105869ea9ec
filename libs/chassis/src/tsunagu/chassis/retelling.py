"""State topics told anew from the service's tables, a page of keys per transaction."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tsunagu.chassis.first_cause import FirstCause
from tsunagu.chassis.received import Cause
from tsunagu.chassis.subscription import Due, DueHandler
from tsunagu.chassis.transaction import Transaction
from tsunagu.contracts.topics import Topic

Key: TypeAlias = tuple[str, ...]
"""The columns of the key by which a table is gone through."""

TellPage: TypeAlias = Callable[[Transaction, Cause, Key, int], Awaitable[Key | None]]
"""(transaction, cause, after, limit) → the last key that was told, None if there was none.

It locks the rows of the next `limit` keys after `after`, in their order, as whoever writes these keys' messages does,
and publishes each as it stands, with the version that it has.
"""


@dataclass(frozen=True)
class Retelling:
    """A state topic that the service owns. `count`: a query that says how many keys there are.

    `key_columns`: of how many columns the key is that `tell` goes through; they are text, none is empty.
    """

    topic: Topic
    tell: TellPage
    count: str
    key_columns: int = 1

    @property
    def kind(self) -> str:
        """The kind of the due work that does it."""
        return f"retell {self.topic.name}"

    def begin(self, transaction: Transaction, cause: FirstCause) -> None:
        """Have the topic told from its first key on; one that is under way begins again."""
        self._schedule(transaction, cause, ("",) * self.key_columns)

    def handler(self, rows_max: int) -> DueHandler:
        """Tells a page, of at most `rows_max` keys, and schedules the next: after a crash the same page is told."""

        async def tell_page(transaction: Transaction, dues: Sequence[Due]) -> None:
            [due] = dues  # its key is the topic
            last = await self.tell(transaction, due, tuple(due.payload["after"]), rows_max)
            if last is not None:
                self._schedule(transaction, due, last)

        return DueHandler(self.kind, tell_page)

    def _schedule(self, transaction: Transaction, cause: Cause, after: Key) -> None:
        payload = {"after": list(after)}
        transaction.schedule(self.kind, self.topic.name, transaction.now, cause=cause, payload=payload)
