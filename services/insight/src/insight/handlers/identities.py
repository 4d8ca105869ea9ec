"""customer.events: who is who. Who is merged or split has their sales credited anew; who is erased is forgotten."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

from insight.domain.ledger import CauseKind
from insight.handlers import recrediting
from insight.settings import settings
from insight.store import ledger, people
from insight.store.locks import SALES
from insight.store.people import Owner
from tsunagu.chassis import Cause, Connection, Due, Received, RowKey, Transaction
from tsunagu.contracts.messages import CustomerErased, CustomerIdentified, CustomersMerged, CustomerSplit

E = TypeVar("E", CustomerIdentified, CustomersMerged, CustomerSplit, CustomerErased)

CREDIT_CUSTOMER = "credit_customer"
"""Due work: credit anew the sales of a customer whose refs have changed."""

FORGET = "forget"
"""Due work: forget an erased person once more, for what was booked at the same moment."""


async def identified(tx: Transaction, messages: Sequence[Received[CustomerIdentified]]) -> None:
    """Keep which refs a customer has; one ref alone changes nothing."""
    owners = [(ref, Owner(e.customer_id, e.sequence)) for e in _of(messages) for ref in e.refs]
    await _own(tx, owners)
    for received in messages:
        if len(received.message.refs) > 1:
            _credit_anew(tx, received.message.customer_id, received)


async def merged(tx: Transaction, messages: Sequence[Received[CustomersMerged]]) -> None:
    """Two customers are one: all refs are the survivor's, and so are the sightings."""
    owners = [(ref, Owner(e.customer_id, e.sequence)) for e in _of(messages) for ref in e.refs]
    await _own(tx, owners)
    for received in messages:
        _credit_anew(tx, received.message.customer_id, received)


async def split(tx: Transaction, messages: Sequence[Received[CustomerSplit]]) -> None:
    """One customer is two: the sales of each have the sightings of its own refs."""
    owners = []
    for event in _of(messages):
        moved = set(event.moved_refs)
        owners += [(ref, Owner(event.customer_id, event.sequence)) for ref in event.refs if ref not in moved]
        owners += [(ref, Owner(event.new_customer_id, event.sequence)) for ref in event.moved_refs]
    await _own(tx, owners)
    for received in messages:
        _credit_anew(tx, received.message.customer_id, received)
        _credit_anew(tx, received.message.new_customer_id, received)


async def erased_keys(
    connection: Connection, messages: Sequence[Received[CustomerErased]]
) -> Iterable[RowKey]:
    """The sales whose buyer is forgotten."""
    hashes = await people.hashes_of(connection, {ref for event in _of(messages) for ref in event.refs})
    return [SALES.row(sale_id) for sale_id in await ledger.read_sales_bought_by(connection, hashes.values())]


async def erased(tx: Transaction, messages: Sequence[Received[CustomerErased]]) -> None:
    """Forget persons. What they bought stays credited as it is, and leads back to nobody."""
    hashes = await people.hashes_of(tx.connection, {ref for event in _of(messages) for ref in event.refs})
    await people.erase(tx.connection, hashes.values(), tx.now)
    for received in messages:
        later = tx.now + timedelta(seconds=settings().recheck_seconds)
        payload = {"hashes": [hashes[ref].hex() for ref in received.message.refs]}
        tx.schedule(FORGET, received.message.customer_id, later, cause=received, payload=payload)


async def keys_to_forget(connection: Connection, dues: Sequence[Due]) -> Iterable[RowKey]:
    """The sales whose buyer is still known."""
    return [SALES.row(sale_id) for sale_id in await ledger.read_sales_bought_by(connection, _hashes(dues))]


async def forget(tx: Transaction, dues: Sequence[Due]) -> None:
    """Forget persons once more."""
    await people.erase(tx.connection, _hashes(dues), tx.now)


async def keys_of_customers(connection: Connection, dues: Sequence[Due]) -> Iterable[RowKey]:
    """The sales to credit anew, as many as one transaction takes."""
    return [SALES.row(sale_id) for sale_id in await _sales(connection, dues)]


async def credit_customers(tx: Transaction, dues: Sequence[Due]) -> None:
    """Credit sales anew, now that it is known who their customers are."""
    found = await _sales(tx.connection, dues)
    await recrediting.see_anew(tx, dues, CauseKind.CUSTOMER, found)


async def _own(tx: Transaction, owners: Sequence[tuple[str, Owner]]) -> None:
    hashes = await people.hashes_of(tx.connection, {ref for ref, _ in owners})
    latest: dict[bytes, Owner] = {}
    for ref, owner in owners:
        known = latest.get(hashes[ref])
        if known is None or known.sequence <= owner.sequence:
            latest[hashes[ref]] = owner
    await people.own(tx.connection, latest)


def _credit_anew(tx: Transaction, customer_id: str, cause: Cause) -> None:
    # What is credited at this moment does not see the change, and is not seen either.
    soon = tx.now + timedelta(seconds=settings().recheck_seconds)
    tx.schedule(CREDIT_CUSTOMER, customer_id, soon, cause=cause)


async def _sales(connection: Connection, dues: Sequence[Due]) -> Mapping[str, str]:
    oldest = min(due.due_at for due in dues)
    return await people.read_sales_of_customers(
        connection,
        [due.key for due in dues],
        recrediting.restated_since(oldest),
        settings().recredited_sales_max,
    )


def _of(messages: Sequence[Received[E]]) -> list[E]:
    return [received.message for received in messages]


def _hashes(dues: Sequence[Due]) -> list[bytes]:
    return [bytes.fromhex(one) for due in dues for one in due.payload["hashes"]]
