"""Who stands behind a ref: statements of channels join into customers."""

from collections.abc import Iterable, Sequence

from customer import metrics
from customer.domain.identity import Grouping, Key, Suppressed, group
from customer.handlers.profiles import refresh
from customer.handlers.purchases import follow_identity
from customer.handlers.records import follow_records
from customer.handlers.sharing import mark_shared, subject, tying
from customer.handlers.together import TOO_MANY_REFS, TOO_MANY_REFS_DETAIL, put_together, too_many_refs
from customer.identifiers import digest_of_ref, keys_of, open_keys
from customer.keyring import keyring
from customer.locks import identity_rows, locked_identities
from customer.sealing import NotSealed, unseal
from customer.store import people
from customer.store.identities import SQL, Identities
from customer.store.people import CUSTOMER, RECIPIENT, SaidOfPerson
from tsunagu.chassis import Cause, Connection, Received, RowKey, Transaction
from tsunagu.contracts.ids import derived_id
from tsunagu.contracts.message import Command
from tsunagu.contracts.messages import (
    CustomerIdentified,
    IdentifyCustomer,
    RecordRecipient,
)
from tsunagu.contracts.values import PersonalData

SHARED = "shared_ref"
SHARED_DETAIL = (
    "many people share what this names; name the person by an account or a card of their own as well"
)
ERASED = "erased"
ERASED_DETAIL = "one of these identifiers belongs to somebody who was erased after this was said"


async def identify_keys(
    connection: Connection, messages: Sequence[Received[IdentifyCustomer]]
) -> Iterable[RowKey]:
    """Every identifier that a command names, and all that their holders hold besides."""
    digests: set[str] = set()
    for received in messages:
        try:
            keys = keys_of(received.message, _unsealed(received.message))
        except NotSealed:
            keys = open_keys(received.message)
        digests.update(key.digest for key in keys)
    return await identity_rows(connection, digests)


async def identify(tx: Transaction, messages: Sequence[Received[IdentifyCustomer]]) -> None:
    """Put each statement's keys together; whoever shares one is one customer."""
    read: list[tuple[Received[IdentifyCustomer], list[Key], PersonalData | None]] = []
    for received in messages:
        try:
            personal = _unsealed(received.message)
        except NotSealed as error:
            tx.refuse(received, error.reason, str(error))
        else:
            read.append((received, keys_of(received.message, personal), personal))
    identities = await locked_identities(tx, {key.digest for _, keys, _ in read for key in keys})
    causes: dict[str, Cause] = {}
    said: list[SaidOfPerson] = []
    for received, keys, personal in read:
        customer_id = join(tx, identities, received, keys)
        if customer_id is None:
            continue
        causes[customer_id] = received
        if personal is not None:
            of = subject(identities, keys).digest
            said.append(SaidOfPerson(of, CUSTOMER, personal, received.message.occurred_at))
    await identities.save(tx.connection, tx.now)
    recorded = await people.record(tx.connection, said)
    await refresh(tx, causes)
    await follow_records(tx, identities, recorded, causes)


def join(
    tx: Transaction, identities: Identities, received: Received[Command], keys: Sequence[Key]
) -> str | None:
    """Let the keys of one statement (the customer_ref first) belong to one customer, and say so.

    Shared ones stay where they are. Returns the customer's id; None where the command was refused.
    """
    tied, shared = tying(identities, keys)
    if all(key.ref is None for key in tied):
        # Whoever has no ref of their own could never be named again: not to be erased, merged or split either.
        for found in shared:
            mark_shared(tx, identities, received, found)
        tx.refuse(received, SHARED, SHARED_DETAIL)
        return None
    grouping = group(
        tied,
        identities.holders,
        identities.suppressed,
        identities.apart,
        candidate_id=new_customer_id(received),
        said_at=received.message.occurred_at,
    )
    if isinstance(grouping, Suppressed):
        tx.refuse(received, ERASED, ERASED_DETAIL)
        return None
    customers = (grouping.customer_id, *(merge.merged_id for merge in grouping.merges))
    if too_many_refs(identities, customers, [key.ref for key in tied if key.ref is not None]):
        tx.refuse(received, TOO_MANY_REFS, TOO_MANY_REFS_DETAIL)
        return None
    _take(tx, identities, received, tied, grouping)
    tx.publish(
        CustomerIdentified(
            customer_id=grouping.customer_id,
            version=identities.next_version(grouping.customer_id),
            occurred_at=tx.now,
            sequence=identities.next_sequence(),
            customer_ref=keys[0].ref or "",
            refs=identities.refs_of(grouping.customer_id),
            is_new=grouping.is_new,
        ),
        cause=received,
    )
    for found in shared:
        mark_shared(tx, identities, received, found)
    follow_identity(tx, grouping.customer_id, received)
    return grouping.customer_id


def _take(
    tx: Transaction,
    identities: Identities,
    received: Received[Command],
    keys: Sequence[Key],
    grouping: Grouping,
) -> None:
    customer_id = grouping.customer_id
    if grouping.is_new:
        identities.begin(customer_id)
    free = [key.digest for key in keys if key.digest not in identities.holders]
    identities.note(keys)
    for merge in grouping.merges:
        put_together(tx, identities, received, (customer_id, merge.merged_id), merge.reason)
    identities.hold(customer_id, free)
    if grouping.withheld:
        tx.count(metrics.MERGES_WITHHELD, grouping.withheld)


def new_customer_id(cause: Cause) -> str:
    """The id of a customer who begins with this message; the same message always gives the same one."""
    return derived_id(cause.cause_time, cause.cause_id, "customer")


async def recipient_keys(
    connection: Connection, messages: Sequence[Received[RecordRecipient]]
) -> Iterable[RowKey]:
    """The recipients' refs, and their customers'."""
    return await identity_rows(connection, _recipient_digests(messages))


async def record_recipients(tx: Transaction, messages: Sequence[Received[RecordRecipient]]) -> None:
    """Keep who receives goods. A recipient may be anybody: nothing is merged, they are erased with their customer.

    What is said after an erasure begins anew, the customer's own ref as well: else it could not be erased once more.
    """
    identities = await locked_identities(tx, _recipient_digests(messages))
    said: list[SaidOfPerson] = []
    for received in messages:
        command = received.message
        digests = [
            digest_of_ref(ref) for ref in (command.recipient_ref, command.customer_ref) if ref is not None
        ]
        if any(
            command.occurred_at <= identities.suppressed[one]
            for one in digests
            if one in identities.suppressed
        ):
            tx.refuse(received, ERASED, ERASED_DETAIL)
            continue
        try:
            personal = unseal(command.sealed, keyring().sealing)
        except NotSealed as error:
            tx.refuse(received, error.reason, str(error))
            continue
        customer_digest = digests[1] if len(digests) > 1 else None
        said.append(SaidOfPerson(digests[0], RECIPIENT, personal, command.occurred_at, customer_digest))
        tx.accept(received)
    await tx.connection.execute(
        SQL.lift_suppression,
        [
            digest
            for statement in said
            for digest in (statement.digest, statement.customer_digest)
            if digest is not None
        ],
    )
    await people.record(tx.connection, said)


def _recipient_digests(messages: Sequence[Received[RecordRecipient]]) -> set[str]:
    refs = {received.message.recipient_ref for received in messages}
    refs.update(received.message.customer_ref for received in messages if received.message.customer_ref)
    return {digest_of_ref(ref) for ref in refs}


def _unsealed(command: IdentifyCustomer) -> PersonalData | None:
    return None if command.sealed is None else unseal(command.sealed, keyring().sealing)
