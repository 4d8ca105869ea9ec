"""Two customers are one: whoever or whatever shows it, they are put together here."""

from collections.abc import Collection, Iterable

from customer import metrics
from customer.domain.identity import Change, ChangeKind
from customer.domain.ties import Tie
from customer.handlers.profiles import REVIEW
from customer.handlers.purchases import follow_identity
from customer.handlers.records import look_again
from customer.store.identities import Identities
from tsunagu.chassis import Cause, Transaction
from tsunagu.contracts.messages import CustomerProfile, CustomersMerged
from tsunagu.contracts.messages.customer import REFS_MAX
from tsunagu.contracts.values import Evidence

TOO_MANY_REFS = "too_many_refs"
TOO_MANY_REFS_DETAIL = f"one customer has at most {REFS_MAX} refs; is a card or a device shared?"


def too_many_refs(identities: Identities, customer_ids: Iterable[str], refs: Iterable[str] = ()) -> bool:
    """Whether these customers, and refs that join them, are more than one person has."""
    return len(set(refs).union(*map(identities.refs_of, customer_ids))) > REFS_MAX


def put_together(
    tx: Transaction,
    identities: Identities,
    cause: Cause,
    pair: Collection[str],
    reason: str,
    *,
    rests_on: Collection[str] = (),
    evidence: Evidence | None = None,
    merge_id: str | None = None,
) -> str:
    """Let two customers be one, even where they were kept apart; the older stays and is returned.

    Everybody hears it, their purchases follow, and it can be undone. `rests_on`: an identifier of each by which they
    are found to be one, tied from then on; none where keys that were named together tie them already. The caller has
    made sure that they have not `too_many_refs`.
    """
    survivor, merged_id = sorted(pair)
    moved, stayed = identities.members(merged_id), identities.members(survivor)
    identities.merge(survivor, merged_id)
    version = identities.next_version(survivor)
    identities.record(
        Change(survivor, version, ChangeKind.MERGED, merged_id, frozenset(moved), frozenset(stayed))
    )
    if rests_on:
        one, other = (_end(identities, side, rests_on) for side in (moved, stayed))
        identities.tie(Tie(survivor, version, (min(one, other), max(one, other))))
    tx.publish(
        CustomersMerged(
            customer_id=survivor,
            version=version,
            occurred_at=tx.now,
            sequence=identities.next_sequence(),
            merged_customer_id=merged_id,
            refs=identities.refs_of(survivor),
            reason=reason,
            evidence=evidence,
            merge_id=merge_id,
        ),
        cause=cause,
    )
    look_again(tx, survivor, cause)
    look_again(tx, merged_id, cause)
    follow_identity(tx, survivor, cause)
    tx.delete(CustomerProfile, merged_id, cause=cause)
    tx.cancel(REVIEW, merged_id)
    tx.count(metrics.MERGES, reason=reason)
    return survivor


def _end(identities: Identities, held: Collection[str], rests_on: Collection[str]) -> str:
    """What was named of one side; where that is shared, and so ties nobody, a ref of theirs that is not."""

    def rank(digest: str) -> tuple[bool, bool, bool, str]:
        return digest not in identities.refs, digest in identities.shared, digest not in rests_on, digest

    return min(held, key=rank)
