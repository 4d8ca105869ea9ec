"""What shoppers do before they buy, where the channel says who they are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from customer.handlers.profiles import refresh
from customer.handlers.purchases import not_ahead
from customer.identifiers import digest_of_ref
from customer.locks import owner_rows, require_customers
from customer.store.identities import SQL as IDENTITY_SQL
from customer.store.journey import SQL as JOURNEY_SQL
from tsunagu.chassis import Cause, Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import ProductScanned, ProductViewed, StockLookedUp

VIEWED, CONSIDERED = "viewed", "considered"

Activity = ProductViewed | ProductScanned | StockLookedUp


@dataclass(frozen=True, slots=True)
class Interest:
    """A sign of interest under an identifier."""

    digest: str
    kind: str
    at: datetime
    cause: Cause


async def activity_keys(connection: Connection, messages: Sequence[Received[Activity]]) -> Iterable[RowKey]:
    """Whose activity it is; visitors whom no channel names are nobody here."""
    refs = {received.message.customer_ref for received in messages}
    return await owner_rows(connection, (digest_of_ref(ref) for ref in refs if ref is not None))


async def note_views(tx: Transaction, messages: Sequence[Received[ProductViewed]]) -> None:
    """Somebody has noticed a product."""
    await note_interest(tx, _interests(tx, messages, VIEWED))


async def note_considered(
    tx: Transaction, messages: Sequence[Received[ProductScanned | StockLookedUp]]
) -> None:
    """Somebody stands before the product, or looks for a store that has it."""
    await note_interest(tx, _interests(tx, messages, CONSIDERED))


async def note_interest(tx: Transaction, interests: Sequence[Interest]) -> None:
    """Keep the latest sign per identifier and kind, and look at the customers anew."""
    if not interests:
        return
    digests = sorted({interest.digest for interest in interests})
    erased = {row["digest"] for row in await tx.connection.fetch(IDENTITY_SQL.owner_states, digests)}
    latest: dict[tuple[str, str], Interest] = {}
    for interest in interests:
        place = (interest.digest, interest.kind)
        if interest.digest not in erased and (place not in latest or interest.at > latest[place].at):
            latest[place] = interest
    signs = [latest[place] for place in sorted(latest)]
    await tx.connection.execute(
        JOURNEY_SQL.save_interests,
        [interest.digest for interest in signs],
        [interest.kind for interest in signs],
        [interest.at for interest in signs],
    )
    causes = {interest.digest: interest.cause for interest in signs}
    holders = await tx.connection.fetch(IDENTITY_SQL.held_by, sorted(causes))
    by_customer = {row["customer_id"]: causes[row["digest"]] for row in holders}
    await require_customers(tx, by_customer)
    await refresh(tx, by_customer)


def _interests(tx: Transaction, messages: Sequence[Received[Activity]], kind: str) -> list[Interest]:
    return [
        Interest(digest_of_ref(message.customer_ref), kind, not_ahead(tx, message.occurred_at), received)
        for received in messages
        if (message := received.message).customer_ref is not None
    ]
