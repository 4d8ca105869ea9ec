"""A person takes back a change of identities: who held what before holds it again, unless newer changes differ."""

from collections.abc import Iterable, Sequence

from customer import metrics
from customer.domain.identity import Change, ChangeKind
from customer.domain.ties import followers
from customer.handlers.corrections import split_off
from customer.handlers.identification import ERASED
from customer.handlers.profiles import refresh
from customer.handlers.together import TOO_MANY_REFS, TOO_MANY_REFS_DETAIL, put_together, too_many_refs
from customer.locks import CUSTOMERS, identity_rows, locked_identities, require_customers
from customer.store import changes
from customer.store.changes import SQL as CHANGES_SQL
from customer.store.identities import SQL as IDENTITY_SQL
from customer.store.identities import Identities
from tsunagu.chassis import Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import IdentifierTiesAgain, UndoIdentityChange

UNKNOWN_CHANGE = "unknown_change"
CHANGED_SINCE = "changed_since"
ERASED_SINCE = "one of the two was erased since; who held what is known no more"

SPLIT_UNDONE = "split_undone"
"""Why two customers are one again."""

Problem = tuple[str, str]
"""Why a change can't be undone: a code, and a sentence."""


async def undo_keys(
    connection: Connection, messages: Sequence[Received[UndoIdentityChange]]
) -> Iterable[RowKey]:
    """All that either side held then, with who holds it now; and both customers, also one who was merged away."""
    rows: set[RowKey] = set()
    for received in messages:
        recorded = await changes.load(
            connection, received.message.customer_id, received.message.change_version
        )
        if recorded is not None:
            change = recorded.change
            rows |= await identity_rows(connection, change.moved | change.stayed)
            rows |= {CUSTOMERS.row(customer_id) for customer_id in _customers_of(change)}
    return rows


async def undo(tx: Transaction, messages: Sequence[Received[UndoIdentityChange]]) -> None:
    """Take back one change after the other; each sees what the one before has left."""
    for received in messages:
        await _undo(tx, received)


async def _undo(tx: Transaction, received: Received[UndoIdentityChange]) -> None:
    command = received.message
    recorded = await changes.load(tx.connection, command.customer_id, command.change_version)
    if recorded is None:
        tx.refuse(received, UNKNOWN_CHANGE, "no merge, split or shared identifier was told by such an event")
        return
    change = recorded.change
    await require_customers(tx, _customers_of(change))
    if recorded.undone_at is not None:
        tx.accept(received)
        return
    if not change.moved or (change.kind is not ChangeKind.SHARED and not change.stayed):
        tx.refuse(received, ERASED, ERASED_SINCE)
        return
    identities = await locked_identities(tx, change.moved | change.stayed)
    problem = await _BY_KIND[change.kind](tx, identities, received, change)
    if problem is not None:
        tx.refuse(received, *problem)
        return
    await tx.connection.execute(CHANGES_SQL.end_change, change.customer_id, change.version, tx.now)
    await identities.save(tx.connection, tx.now)
    await refresh(tx, dict.fromkeys(identities.versions, received))
    tx.count(metrics.IDENTITY_CHANGES_UNDONE, kind=change.kind.value)


def _customers_of(change: Change) -> list[str]:
    return [one for one in (change.customer_id, change.other_id) if one is not None]


async def _part(
    tx: Transaction, identities: Identities, received: Received[UndoIdentityChange], change: Change
) -> Problem | None:
    """Who was merged away is a customer again, under their own id, with what came under their refs since."""
    assert change.other_id is not None
    holder = _together(identities, change)
    if holder is None:
        return CHANGED_SINCE, "nothing that either side held then is together any more"
    members = identities.members(holder)
    leaving, staying = change.moved & members, change.stayed & members
    newcomers = members - leaving - staying
    leaving |= followers(newcomers, leaving, staying, identities.held_together(members))
    identities.versions[change.other_id] = await changes.revive(tx.connection, change.other_id)
    split_off(tx, identities, received, holder, change.other_id, leaving)
    return None


def _together(identities: Identities, change: Change) -> str | None:
    """Who holds something of either side now, whoever that was then; the oldest of several."""
    moved, stayed = (
        {identities.holders[digest] for digest in side if digest in identities.holders}
        for side in (change.moved, change.stayed)
    )
    return min(moved & stayed, default=None)


async def _join(
    tx: Transaction, identities: Identities, received: Received[UndoIdentityChange], change: Change
) -> Problem | None:
    """Who was split off is the same customer again; keys join the two, and merges have tied them, as before."""
    assert change.other_id is not None
    sides = [await changes.newest_self(tx.connection, one) for one in (change.customer_id, change.other_id)]
    one, other = sides
    if one is None or other is None:
        return ERASED, ERASED_SINCE
    if one == other:
        return CHANGED_SINCE, "the two are one customer again already"
    if not {one, other} <= identities.versions.keys():
        return CHANGED_SINCE, "all that one of the two held then belongs to others now"
    if too_many_refs(identities, (one, other)):
        return TOO_MANY_REFS, TOO_MANY_REFS_DETAIL
    put_together(tx, identities, received, (one, other), SPLIT_UNDONE)
    await tx.connection.execute(CHANGES_SQL.mend_ties, change.customer_id, change.version)
    return None


async def _lift(
    tx: Transaction, identities: Identities, received: Received[UndoIdentityChange], change: Change
) -> Problem | None:
    """The identifier is one person's: whoever names it from now on is tied by it, however many they are."""
    (digest,) = change.moved
    customer_id = identities.holders.get(digest)
    if customer_id is None:
        # Whoever held it was erased: it is told of the customer of whom the mark was told, and nobody's from now on.
        customer_id = change.customer_id
        await tx.connection.execute(CHANGES_SQL.forget_changed_keys, customer_id, change.version)
        identities.versions[customer_id] = await changes.version_of(tx.connection, customer_id)
    await tx.connection.execute(IDENTITY_SQL.lift_limit, digest)
    tx.publish(
        IdentifierTiesAgain(
            customer_id=customer_id,
            version=identities.next_version(customer_id),
            occurred_at=tx.now,
            kind=identities.shared[digest],
        ),
        cause=received,
    )
    return None


_BY_KIND = {ChangeKind.MERGED: _part, ChangeKind.SPLIT: _join, ChangeKind.SHARED: _lift}
