"""Bugs to be put into the code, each of a kind that a backbone can have: the simulator has to find them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

from customer.handlers import corrections, identification
from customer.store.purchases import SQL as PURCHASES_SQL
from insight.domain.figures import sale_figures
from inventory.domain import reservation
from inventory.handlers import placing, sourcing
from tsunagu.chassis import Cause, inbox, offsets, outbox, relay
from tsunagu.chassis.database import Connection, KeptPlans
from tsunagu.chassis.lease import Lease
from tsunagu.chassis.offsets import LogId
from tsunagu.chassis.sending import Item, Lot, Outcome, Sender
from tsunagu.chassis.transaction import Transaction

from .broker import SimulatedSender
from .process import TurnByTurnRelay

Plant = Callable[[pytest.MonkeyPatch], None]

UNLINKS_NOTHING = """
SELECT purchase_id FROM purchase WHERE digest = ANY($1::text[]) AND bought_at <= $2 AND false
"""


def nobody_is_fenced(patch: pytest.MonkeyPatch) -> None:
    """The offset row is not looked at: who lost a partition takes its old batch over all the same."""

    async def lock(
        connection: Connection, topic: str, partitions: Iterable[int], log: LogId
    ) -> dict[int, int]:
        return dict.fromkeys(partitions, 0)

    patch.setattr(offsets, "lock", lock)


def inbox_lets_duplicates_through(patch: pytest.MonkeyPatch) -> None:
    """What was taken over before is taken over again."""

    async def take(connection: Connection, topic: str, entries: Sequence[Any], now: Any) -> inbox.Taken:
        return inbox.Taken(new=list(entries))

    patch.setattr(inbox, "take", take)


def relay_deletes_before_it_sends(patch: pytest.MonkeyPatch) -> None:
    """Rows of the outbox are gone before the broker has them."""

    class Hasty(SimulatedSender):
        def __init__(self, of: TurnByTurnRelay) -> None:
            super().__init__(of._settings, of._partitions, of._broker, of._wire)
            self._relay = of

        async def send(self, pieces: Iterable[Lot | Item], lease: Lease) -> Outcome:
            pieces = list(pieces)
            assert self._relay._connection is not None
            ids = [piece.id for piece in pieces if isinstance(piece, Lot)]
            await self._relay._connection.execute(relay.SQL.end_sent, [], ids)
            return await super().send(pieces, lease)

    def new_sender(of: TurnByTurnRelay) -> Sender:
        return Hasty(of)

    patch.setattr(TurnByTurnRelay, "_new_sender", new_sender)


def reserving_ignores_what_is_left(patch: pytest.MonkeyPatch) -> None:
    """Every order gets what it asks for."""
    honest = reservation.reserve

    def reserve(available: Any, requests: Any, now: Any) -> Any:
        return honest(dict.fromkeys(available, 1000), requests, now)

    patch.setattr(placing, "reserve", reserve)
    patch.setattr(sourcing, "reserve", reserve)


def outbox_is_written_after_the_commit(patch: pytest.MonkeyPatch) -> None:
    """A crash between the two loses the news."""
    flush, committed, count_batch = Transaction.flush, Transaction.committed, KeptPlans.count_batch
    late: list[Transaction] = []

    async def all_but_messages(self: Transaction) -> None:
        messages, self._outbox = self._outbox, defaultdict(list)
        await flush(self)
        self._outbox = messages

    def remember(self: Transaction) -> None:
        committed(self)
        late.append(self)

    async def then_messages(self: KeptPlans) -> None:
        while late:
            transaction = late.pop(0)
            await outbox.insert(transaction.connection, transaction._outbox, transaction._packing)
        await count_batch(self)

    patch.setattr(Transaction, "flush", all_but_messages)
    patch.setattr(Transaction, "committed", remember)
    patch.setattr(KeptPlans, "count_batch", then_messages)


def purchases_do_not_follow_identity(patch: pytest.MonkeyPatch) -> None:
    """Who is identified, merged or split later does not get what was bought before."""

    def follow_identity(tx: Transaction, customer_id: str, cause: Cause) -> None:
        pass

    patch.setattr(identification, "follow_identity", follow_identity)
    patch.setattr(corrections, "follow_identity", follow_identity)


def erasure_leaves_purchases(patch: pytest.MonkeyPatch) -> None:
    """What an erased customer has bought is still under their card."""
    patch.setattr(PURCHASES_SQL, "unlink_purchases", UNLINKS_NOTHING)


def figures_forget_returns(patch: pytest.MonkeyPatch) -> None:
    """What came back is credited anew and not counted."""

    def only_sold(before: Any, after: Any, entries: Any, changes: Any) -> None:
        if not any(one.returned_jpy for one in after.sold):
            sale_figures(before, after, entries, changes)

    patch.setattr("insight.handlers.crediting.sale_figures", only_sold)


PLANTS: Sequence[Plant] = (
    nobody_is_fenced,
    inbox_lets_duplicates_through,
    relay_deletes_before_it_sends,
    reserving_ignores_what_is_left,
    outbox_is_written_after_the_commit,
    purchases_do_not_follow_identity,
    erasure_leaves_purchases,
    figures_forget_returns,
)
