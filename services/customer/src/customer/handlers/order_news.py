"""News of orders that are under way: shoppers are told, and stores can ask whom an order is for."""

from collections.abc import Iterable, Sequence

from customer.handlers import notices, parties
from customer.handlers.notices import Told
from customer.handlers.parties import Named
from customer.locks import IDENTIFIERS
from customer.settings import settings
from tsunagu.chassis import Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import OrderReallocated


async def keys(_: Connection, messages: Sequence[Received[Named]]) -> Iterable[RowKey]:
    """Whom the orders name: an erasure goes before or after, never between."""
    if settings().smtp_host is None and not settings().desk_keys:
        return ()  # then nothing is kept under anybody's identifiers
    return [IDENTIFIERS.row(digest) for digest in notices.digests_named(messages)]


async def follow(tx: Transaction, messages: Sequence[Received[Told]]) -> None:
    """What shoppers are told, and whom the orders are for."""
    await notices.follow(tx, messages)
    await parties.follow(tx, messages)


async def reallocated(tx: Transaction, messages: Sequence[Received[OrderReallocated]]) -> None:
    """Other places give the goods: nobody is told, but other stores may ask."""
    await parties.follow(tx, messages)
