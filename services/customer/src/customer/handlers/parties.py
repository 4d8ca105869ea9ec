"""Whom orders are for, kept while a store may ask: where they are handed out, and from where they are sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from customer.handlers.notices import Told
from customer.identifiers import digest_of_ref
from customer.settings import settings
from customer.store.identities import SQL as IDENTITY_SQL
from customer.store.parties import SQL
from tsunagu.chassis import Received, Transaction
from tsunagu.contracts.messages import (
    OrderCancelled,
    OrderCompleted,
    OrderConfirmed,
    OrderReallocated,
    OrderRejected,
)
from tsunagu.contracts.values import FulfilmentMethod

Named = Told | OrderReallocated
"""Events that name whom an order is for."""


@dataclass(slots=True)
class _Party:
    newest: Named
    promise: OrderConfirmed | OrderReallocated | None = None


async def follow(tx: Transaction, messages: Sequence[Received[Named]]) -> None:
    """Keep whom these orders are for as their newest events have it; forget those at their end.

    The identifiers that they name are locked by then: an erasure goes before or after, never between.
    """
    if not settings().desk_keys:
        return
    parties: dict[str, _Party] = {}
    ended: set[str] = set()
    for received in messages:
        event = received.message
        if _ends(event):
            ended.add(event.order_id)
        if isinstance(event, OrderCompleted):
            continue  # what is fetched changes neither whom the rest is for, nor where it is
        party = parties.setdefault(event.order_id, _Party(event))
        party.newest = event
        if isinstance(event, OrderConfirmed | OrderReallocated):
            party.promise = event
    going_on = [party for order_id, party in parties.items() if order_id not in ended]
    if going_on:
        await _save(tx, going_on)
    if ended:
        await tx.connection.execute(SQL.delete_parties, sorted(ended))


async def _save(tx: Transaction, parties: Sequence[_Party]) -> None:
    refs = {ref for one in parties for ref in (one.newest.customer_ref, one.newest.recipient_ref)}
    digests = {ref: digest_of_ref(ref) for ref in refs if ref is not None}
    rows = await tx.connection.fetch(IDENTITY_SQL.owner_states, sorted(digests.values()))
    erased = {row["digest"] for row in rows}

    def digest(ref: str | None) -> str | None:
        return None if ref is None or digests[ref] in erased else digests[ref]

    await tx.connection.execute(
        SQL.save_parties,
        [
            {
                "order_id": one.newest.order_id,
                "version": one.newest.version,
                "customer_digest": digest(one.newest.customer_ref),
                "recipient_digest": digest(one.newest.recipient_ref),
                **_places(one.promise),
            }
            for one in parties
        ],
        sorted(one.newest.order_id for one in parties if one.promise is not None),
    )


def _places(promise: OrderConfirmed | OrderReallocated | None) -> dict[str, Any]:
    """Where a promise is handed out, and from where it is sent to the shopper."""
    if promise is None:
        return {"desks": None, "senders": None}
    sent = {group.group_id for group in promise.groups if group.method is FulfilmentMethod.SHIP}
    lines_sent = {line.line_id for line in promise.lines if line.group_id in sent}
    desks = {group.location_id for group in promise.groups if group.location_id is not None}
    senders = {one.location_id for one in promise.allocations if one.line_id in lines_sent}
    return {"desks": sorted(desks), "senders": sorted(senders)}


def _ends(event: Named) -> bool:
    return isinstance(event, OrderRejected) or (
        isinstance(event, OrderCancelled | OrderCompleted) and event.order_finished
    )
