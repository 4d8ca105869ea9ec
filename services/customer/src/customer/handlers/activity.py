"""What shoppers do before they buy, where the channel says who they are."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from customer.domain.segments import STORE
from customer.handlers.profiles import refresh
from customer.handlers.purchases import not_ahead
from customer.identifiers import digest_of_ref
from customer.locks import owner_rows, require_customers
from customer.store.identities import SQL as IDENTITY_SQL
from customer.store.journey import SQL as JOURNEY_SQL
from tsunagu.chassis import Cause, Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import ProductScanned, ProductViewed, StockLookedUp
from tsunagu.contracts.values import JAPAN

VIEWED, CONSIDERED, RESERVED = "viewed", "considered", "reserved"

Activity = ProductViewed | ProductScanned | StockLookedUp


@dataclass(frozen=True, slots=True)
class Interest:
    """A sign of interest under an identifier."""

    digest: str
    kind: str
    channel: str
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
    """Keep the first and the last sign of each day, and look at the customers anew."""
    if not interests:
        return
    digests = sorted({interest.digest for interest in interests})
    erased = {row["digest"] for row in await tx.connection.fetch(IDENTITY_SQL.owner_states, digests)}
    by_day: dict[tuple[str, str, str, date], list[Interest]] = defaultdict(list)
    for interest in interests:
        if interest.digest not in erased:
            day = interest.at.astimezone(JAPAN).date()
            by_day[interest.digest, interest.kind, interest.channel, day].append(interest)
    days = sorted(by_day)
    await tx.connection.execute(
        JOURNEY_SQL.save_interests,
        [digest for digest, _, _, _ in days],
        [kind for _, kind, _, _ in days],
        [channel for _, _, channel, _ in days],
        [day for _, _, _, day in days],
        [min(interest.at for interest in by_day[place]) for place in days],
        [max(interest.at for interest in by_day[place]) for place in days],
    )
    causes = {place[0]: max(by_day[place], key=lambda interest: interest.at).cause for place in days}
    holders = await tx.connection.fetch(IDENTITY_SQL.held_by, sorted(causes))
    by_customer = {row["customer_id"]: causes[row["digest"]] for row in holders}
    await require_customers(tx, by_customer)
    await refresh(tx, by_customer)


def _interests(tx: Transaction, messages: Sequence[Received[Activity]], kind: str) -> list[Interest]:
    return [
        Interest(
            digest_of_ref(message.customer_ref),
            kind,
            _seen_in(message),
            not_ahead(tx, message.occurred_at),
            received,
        )
        for received in messages
        if (message := received.message).customer_ref is not None
    ]


def _seen_in(message: Activity) -> str:
    """Who scans a barcode stands before the shelf, whosever app it is."""
    return STORE if isinstance(message, ProductScanned) else message.channel
