"""What a person decides about identities: two customers are one, or one is two."""

from collections.abc import Iterable, Sequence

from customer.domain.identity import DECIDED, Change, ChangeKind, moved_keys
from customer.domain.tasks import TaskKind
from customer.handlers.identification import new_customer_id
from customer.handlers.profiles import refresh
from customer.handlers.purchases import follow_identity
from customer.handlers.records import look_again
from customer.handlers.together import TOO_MANY_REFS, TOO_MANY_REFS_DETAIL, put_together, too_many_refs
from customer.identifiers import digest_of_ref
from customer.locks import identity_rows, locked_identities
from customer.store import people
from customer.store.identities import Identities
from customer.store.reviews import Reviews
from customer.store.tasks import lasting_task_id
from tsunagu.chassis import Cause, Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import CustomerSplit, MergeCustomers, SplitCustomer

UNKNOWN = "unknown_customer"


async def merge_keys(
    connection: Connection, messages: Sequence[Received[MergeCustomers]]
) -> Iterable[RowKey]:
    """Both customers with all that they hold."""
    return await identity_rows(connection, _merge_digests(messages))


async def merge(tx: Transaction, messages: Sequence[Received[MergeCustomers]]) -> None:
    """Two customers are one because somebody says so, even where they were kept apart before."""
    identities = await locked_identities(tx, _merge_digests(messages))
    causes: dict[str, Cause] = {}
    for received in messages:
        command = received.message
        named = [digest_of_ref(ref) for ref in (command.customer_ref, command.other_ref)]
        sides = [identities.holders.get(digest) for digest in named]
        if None in sides:
            tx.refuse(received, UNKNOWN, "one of the refs belongs to no customer; identify it first")
            continue
        customer_ids = sorted({side for side in sides if side is not None})
        if len(customer_ids) == 1:
            tx.accept(received)
            continue
        if too_many_refs(identities, customer_ids):
            tx.refuse(received, TOO_MANY_REFS, TOO_MANY_REFS_DETAIL)
            continue
        survivor = put_together(
            tx, identities, received, customer_ids, DECIDED, rests_on=named, merge_id=command.merge_id
        )
        causes[survivor] = received
    await identities.save(tx.connection, tx.now)
    await refresh(tx, causes)


async def split_keys(connection: Connection, messages: Sequence[Received[SplitCustomer]]) -> Iterable[RowKey]:
    """The customer with all that they hold."""
    return await identity_rows(connection, _split_digests(messages))


async def split(tx: Transaction, messages: Sequence[Received[SplitCustomer]]) -> None:
    """Some refs become a customer of their own, with what was bought and said under them.

    From now on exact keys do not merge the two again; only a person does. Who parts a ref that was said to mean two
    people has answered whom it means.
    """
    identities = await locked_identities(tx, _split_digests(messages))
    contradicted = await people.contradicted_among(tx.connection, _split_digests(messages))
    reviews = Reviews(tx)
    settled: set[str] = set()
    causes: dict[str, Cause] = {}
    for received in messages:
        customer_id = identities.holders.get(digest_of_ref(received.message.customer_ref))
        if customer_id is None:
            tx.refuse(received, UNKNOWN, "the ref belongs to no customer")
            continue
        problem = _split_problem(identities, customer_id, received.message)
        if problem is not None:
            tx.refuse(received, "refs_not_of_customer", problem)
            continue
        new_id = new_customer_id(received)
        _split(tx, identities, received, customer_id, new_id)
        causes.update({customer_id: received, new_id: received})
        for digest in contradicted & {digest_of_ref(ref) for ref in received.message.split_refs}:
            settled.add(digest)
            task_id = lasting_task_id(TaskKind.CONTRADICTION, digest)
            reviews.end(task_id, received, is_answered=True, by=received.message.staff_ref)
    await people.settle_contradictions(tx.connection, settled)
    await identities.save(tx.connection, tx.now)
    await refresh(tx, causes)
    await reviews.save()


def _split_problem(identities: Identities, customer_id: str, command: SplitCustomer) -> str | None:
    digests = {digest_of_ref(ref) for ref in command.split_refs}
    if any(identities.holders.get(digest) != customer_id for digest in digests):
        return "some of split_refs belong to another customer, or to none"
    if digest_of_ref(command.customer_ref) in digests:
        return "customer_ref stays with the customer; name the refs that leave in split_refs"
    return None


def _split(
    tx: Transaction, identities: Identities, received: Received[SplitCustomer], customer_id: str, new_id: str
) -> None:
    refs = frozenset(digest_of_ref(ref) for ref in received.message.split_refs)
    members = identities.members(customer_id)
    moved = moved_keys(members, refs, identities.contact_claims(members))
    identities.begin(new_id)
    split_off(tx, identities, received, customer_id, new_id, moved, split_id=received.message.split_id)


def split_off(
    tx: Transaction,
    identities: Identities,
    cause: Cause,
    customer_id: str,
    new_id: str,
    moved: frozenset[str],
    *,
    split_id: str | None = None,
) -> None:
    """These keys belong to another customer from now on, everybody hears it, and it can be undone.

    Exact keys do not put the two together again, nor the new one and whom the old one is kept apart from.
    """
    stayed = frozenset(identities.members(customer_id)) - moved
    identities.hold(new_id, moved)
    for pair in [pair for pair in identities.apart if customer_id in pair]:
        identities.apart.update(frozenset((new_id, other)) for other in pair - {customer_id, new_id})
    identities.apart.add(frozenset((customer_id, new_id)))
    version = identities.next_version(customer_id)
    change = Change(customer_id, version, ChangeKind.SPLIT, new_id, moved, stayed)
    identities.record(change)
    identities.cut(change)
    tx.publish(
        CustomerSplit(
            customer_id=customer_id,
            version=version,
            occurred_at=tx.now,
            sequence=identities.next_sequence(),
            new_customer_id=new_id,
            refs=identities.refs_of(customer_id),
            moved_refs=identities.refs_among(moved),
            split_id=split_id,
        ),
        cause=cause,
    )
    follow_identity(tx, new_id, cause)
    look_again(tx, customer_id, cause)
    look_again(tx, new_id, cause)


def _merge_digests(messages: Sequence[Received[MergeCustomers]]) -> set[str]:
    return {
        digest_of_ref(ref)
        for received in messages
        for ref in (received.message.customer_ref, received.message.other_ref)
    }


def _split_digests(messages: Sequence[Received[SplitCustomer]]) -> set[str]:
    return {
        digest_of_ref(ref)
        for received in messages
        for ref in (received.message.customer_ref, *received.message.split_refs)
    }
