"""Forgetting somebody: keys destroyed, links cut, identifiers suppressed; amounts and dates stay."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from customer import metrics
from customer.domain.tasks import TaskKind
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


async def erase(tx: Transaction, messages: Sequence[Received[EraseCustomer]]) -> None:
    """Forget each customer, also one whom nobody has identified: every reader drops what it keeps under the refs.

    Purchases and recipients, of which there may be many, are parted from the customer in a second step.
    """
    identities = await locked_identities(tx, _digests(messages))
    erased: dict[str, set[str]] = {}
    causes: dict[str, Cause] = {}
    skew = timedelta(seconds=chassis_settings().clock_skew_seconds_max)
    for received in messages:
        digest = digest_of_ref(received.message.customer_ref)
        if digest in identities.suppressed or any(digest in held for held in erased.values()):
            tx.accept(received)
            continue
        customer_id = identities.holders.get(digest)
        held = {digest} if customer_id is None else identities.members(customer_id)
        erased[customer_id or new_customer_id(received)] = held
        causes[customer_id or new_customer_id(received)] = received
        _say(tx, identities, received, customer_id, held)
        tx.schedule(
            CUT_LINKS,
            customer_id or new_customer_id(received),
            tx.now,
            cause=received,
            # A purchase may stand at a time a little ahead: it was known before the erasure all the same.
            payload={"digests": sorted(held), "until": (tx.now + skew).isoformat()},
        )
    if erased:
        await identities.save(tx.connection, tx.now)
        await _forget(tx, sorted(set().union(*erased.values())))
        await tx.connection.execute(IDENTITY_SQL.erase_kept_apart, list(erased))
        await tx.connection.execute(IDENTITY_SQL.end_erased, list(erased), tx.now)
        tx.count(metrics.ERASURES, len(erased))
        await _stop_asking(tx, erased, causes)


def _say(
    tx: Transaction,
    identities: Identities,
    received: Received[EraseCustomer],
    customer_id: str | None,
    held: set[str],
) -> None:
    if customer_id is not None:
        tx.delete(CustomerProfile, customer_id, cause=received)
        tx.cancel(REVIEW, customer_id)
    refs = {received.message.customer_ref, *identities.refs_among(held)}
    tx.publish(
        CustomerErased(
            customer_id=customer_id or new_customer_id(received),
            version=identities.next_version(customer_id) if customer_id is not None else 1,
            occurred_at=tx.now,
            refs=tuple(sorted(refs)),
        ),
        cause=received,
    )


async def _stop_asking(tx: Transaction, erased: Mapping[str, set[str]], causes: Mapping[str, Cause]) -> None:
    """End what a person was asked about them; the answer would be about nobody."""
    reviews = Reviews(tx)
    for customer_id, held in erased.items():
        asked = [lasting_task_id(TaskKind.CONTRADICTION, digest) for digest in held]
        rows = await tx.connection.fetch(MATCHING_SQL.reviews_of_customers, [customer_id])
        for task_id in [*asked, *(row["task_id"] for row in rows)]:
            reviews.end(task_id, causes[customer_id], is_answered=False)
    await reviews.save()


async def _forget(tx: Transaction, digests: Sequence[str]) -> None:
    for query in _OF_A_PERSON:
        await tx.connection.execute(query, digests)
    await tx.connection.execute(IDENTITY_SQL.suppress_identifiers, digests, tx.now)


async def _cut_keys(connection: Connection, dues: Sequence[Due]) -> Iterable[RowKey]:
    digests = _digests_of_dues(dues)
    digests |= set(await people.recipients_of(connection, digests))
    purchases = await connection.fetch(PURCHASES_SQL.purchases_of, sorted(digests))
    return {PURCHASES.row(row["purchase_id"]) for row in purchases} | await owner_rows(connection, digests)


async def _cut_links(tx: Transaction, dues: Sequence[Due]) -> None:
    """Part recipients and purchases from erased customers.

    Whoever has come back under a ref meanwhile begins anew: only what they bought before the erasure is cut off.
    """
    for due in dues:
        erased = due.payload["digests"]
        recipients = sorted(await people.recipients_of(tx.connection, erased))
        require_locked(tx, IDENTIFIERS, [*erased, *recipients])
        # Who is a customer as well stays one: only what was said of them as somebody's recipient goes.
        customers = await tx.connection.fetch(IDENTITY_SQL.held_by, recipients)
        free = sorted(set(recipients) - {row["digest"] for row in customers})
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
