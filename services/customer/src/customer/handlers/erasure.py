"""Forgetting somebody: keys destroyed, links cut, identifiers suppressed; amounts and dates stay."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from customer import metrics
from customer.domain.tasks import TaskKind
from customer.handlers import histories
from customer.handlers.identification import new_customer_id
from customer.handlers.profiles import REVIEW, refresh
from customer.handlers.purchases import publish_anew
from customer.identifiers import digest_of_ref
from customer.locks import (
    IDENTIFIERS,
    PURCHASES,
    identity_rows,
    locked_identities,
    owner_rows,
    require_customers,
    require_locked,
)
from customer.store import people
from customer.store.changes import SQL as CHANGES_SQL
from customer.store.consents import SQL as CONSENTS_SQL
from customer.store.identities import SQL as IDENTITY_SQL
from customer.store.identities import Identities
from customer.store.journey import SQL as JOURNEY_SQL
from customer.store.matching import SQL as MATCHING_SQL
from customer.store.notices import SQL as NOTICES_SQL
from customer.store.parties import SQL as PARTIES_SQL
from customer.store.people import SQL as PEOPLE_SQL
from customer.store.purchases import SQL as PURCHASES_SQL
from customer.store.reviews import Reviews
from customer.store.tasks import lasting_task_id
from tsunagu.chassis import Cause, Connection, Due, DueHandler, Received, RowKey, Transaction
from tsunagu.chassis.settings import chassis_settings
from tsunagu.contracts.messages import CustomerErased, CustomerProfile, EraseCustomer

CUT_LINKS = "cut_links"

_OF_A_PERSON = (
    PEOPLE_SQL.erase_person_keys,
    IDENTITY_SQL.erase_refs,
    IDENTITY_SQL.erase_claims,
    CHANGES_SQL.erase_changed_keys,
    CHANGES_SQL.erase_ties,
    CONSENTS_SQL.erase_consents,
    MATCHING_SQL.erase_match_keys,
    JOURNEY_SQL.erase_interests,
    JOURNEY_SQL.erase_open_orders,
    NOTICES_SQL.erase_notices,
    PARTIES_SQL.erase_parties,
)


async def erase_keys(connection: Connection, messages: Sequence[Received[EraseCustomer]]) -> Iterable[RowKey]:
    """The customers with all that they hold."""
    return await identity_rows(connection, _digests(messages))


@dataclass(frozen=True, slots=True)
class _Gone:
    """Somebody to forget, with what they hold. `is_known`: whether anybody has identified them."""

    customer_id: str
    held: set[str]
    is_known: bool
    received: Received[EraseCustomer]


async def erase(tx: Transaction, messages: Sequence[Received[EraseCustomer]]) -> None:
    """Forget each customer, also one whom nobody has identified: every reader drops what it keeps under the refs.

    Purchases and recipients, of which there may be many, are parted from the customer in a second step.
    """
    identities = await locked_identities(tx, _digests(messages))
    gone: list[_Gone] = []
    skew = timedelta(seconds=chassis_settings().clock_skew_seconds_max)
    for received in messages:
        digest = digest_of_ref(received.message.customer_ref)
        if digest in identities.suppressed or any(digest in one.held for one in gone):
            tx.accept(received)
            continue
        one = _who(identities, received, digest)
        gone.append(one)
        _say(tx, identities, one)
        tx.schedule(
            CUT_LINKS,
            one.customer_id,
            tx.now,
            cause=received,
            # A purchase may stand at a time a little ahead: it was known before the erasure all the same.
            payload={"digests": sorted(one.held), "until": (tx.now + skew).isoformat()},
        )
    if gone:
        customer_ids = [one.customer_id for one in gone]
        await identities.save(tx.connection, tx.now)
        await _forget(tx, sorted(set().union(*(one.held for one in gone))))
        for one in gone:
            await histories.erase(tx, one.held, one.received)
        await tx.connection.execute(IDENTITY_SQL.erase_kept_apart, customer_ids)
        await tx.connection.execute(IDENTITY_SQL.end_erased, customer_ids, tx.now)
        tx.count(metrics.ERASURES, len(gone))
        await _stop_asking(tx, gone)


def _who(identities: Identities, received: Received[EraseCustomer], digest: str) -> _Gone:
    customer_id = identities.holders.get(digest)
    if customer_id is None:
        return _Gone(new_customer_id(received), {digest}, is_known=False, received=received)
    return _Gone(customer_id, identities.members(customer_id), is_known=True, received=received)


def _say(tx: Transaction, identities: Identities, gone: _Gone) -> None:
    if gone.is_known:
        tx.delete(CustomerProfile, gone.customer_id, cause=gone.received)
        tx.cancel(REVIEW, gone.customer_id)
    refs = {gone.received.message.customer_ref, *identities.refs_among(gone.held)}
    tx.publish(
        CustomerErased(
            customer_id=gone.customer_id,
            version=identities.next_version(gone.customer_id) if gone.is_known else 1,
            occurred_at=tx.now,
            refs=tuple(sorted(refs)),
        ),
        cause=gone.received,
    )


async def _stop_asking(tx: Transaction, gone: Sequence[_Gone]) -> None:
    """End what a person was asked about them; the answer would be about nobody."""
    reviews = Reviews(tx)
    for one in gone:
        asked = [lasting_task_id(TaskKind.CONTRADICTION, digest) for digest in one.held]
        rows = await tx.connection.fetch(MATCHING_SQL.reviews_of_customers, [one.customer_id])
        for task_id in [*asked, *(row["task_id"] for row in rows)]:
            reviews.end(task_id, one.received, is_answered=False)
    await reviews.save()


async def _forget(tx: Transaction, digests: Sequence[str]) -> None:
    for query in _OF_A_PERSON:
        await tx.connection.execute(query, digests)
    await tx.connection.execute(IDENTITY_SQL.suppress_identifiers, digests, tx.now)


async def _cut_keys(connection: Connection, dues: Sequence[Due]) -> Iterable[RowKey]:
    erased = _digests_of_dues(dues)
    recipients = await people.recipients_of(connection, erased)
    ends = erased.union(await _free(connection, recipients))
    purchases = await connection.fetch(PURCHASES_SQL.purchases_of, sorted(ends))
    return {PURCHASES.row(row["purchase_id"]) for row in purchases} | await owner_rows(
        connection, erased.union(recipients)
    )


async def _free(connection: Connection, recipients: Sequence[str]) -> list[str]:
    """Recipients who are nothing besides. Who is a customer as well stays one, with what they bought."""
    customers = await connection.fetch(IDENTITY_SQL.held_by, recipients)
    return sorted(set(recipients) - {row["digest"] for row in customers})


async def _cut_links(tx: Transaction, dues: Sequence[Due]) -> None:
    """Part recipients and purchases from erased customers.

    Whoever has come back under a ref meanwhile begins anew: only what they bought before the erasure is cut off.
    """
    for due in dues:
        erased = due.payload["digests"]
        recipients = sorted(await people.recipients_of(tx.connection, erased))
        require_locked(tx, IDENTIFIERS, [*erased, *recipients])
        free = await _free(tx.connection, recipients)
        purchases = await tx.connection.fetch(PURCHASES_SQL.purchases_of, [*erased, *free])
        require_locked(tx, PURCHASES, [row["purchase_id"] for row in purchases])
        await tx.connection.execute(PEOPLE_SQL.erase_recipients, recipients)
        await _forget(tx, free)
        unlinked = await tx.connection.fetch(
            PURCHASES_SQL.unlink_purchases,
            [*erased, *free],
            datetime.fromisoformat(due.payload["until"]),
        )
        await publish_anew(tx, [row["purchase_id"] for row in unlinked], due)
    causes = await _returned_customers(tx, dues)
    await require_customers(tx, causes)
    await refresh(tx, causes)


async def _returned_customers(tx: Transaction, dues: Sequence[Due]) -> Mapping[str, Cause]:
    rows = await tx.connection.fetch(IDENTITY_SQL.held_by, sorted(_digests_of_dues(dues)))
    return {row["customer_id"]: dues[0] for row in rows}


def _digests(messages: Sequence[Received[EraseCustomer]]) -> set[str]:
    return {digest_of_ref(received.message.customer_ref) for received in messages}


def _digests_of_dues(dues: Sequence[Due]) -> set[str]:
    return {digest for due in dues for digest in due.payload["digests"]}


CUTTING = DueHandler(CUT_LINKS, _cut_links, _cut_keys)
