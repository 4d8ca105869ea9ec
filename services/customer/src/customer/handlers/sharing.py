"""Identifiers that tie more than one person has: found when they are named, left out of it from then on, and told."""

from collections.abc import Sequence

from customer import metrics
from customer.domain.identity import Change, ChangeKind, Key
from customer.domain.sharing import Limits, Overused, overused
from customer.domain.ties import components
from customer.identifiers import EMAIL, KINDS, PHONE
from customer.settings import settings
from customer.store.identities import Identities
from tsunagu.chassis import Cause, Transaction
from tsunagu.contracts.messages import IdentifierShared
from tsunagu.contracts.values import IdentifierKind

# There from the start: a rise from nothing to one is no increase to Prometheus.
for _kind in KINDS:
    metrics.IDENTIFIERS_SHARED.labels(_kind)


def limits() -> Limits:
    """How much an identifier of each kind ties before it counts as shared."""
    chosen = settings()
    return Limits(
        refs={
            IdentifierKind.APP_DEVICE: chosen.refs_per_device_max,
            IdentifierKind.MEMBER_CARD: chosen.refs_per_card_max,
            IdentifierKind.EC_ACCOUNT: chosen.refs_per_account_max,
            IdentifierKind.CHANNEL: chosen.refs_per_channel_id_max,
            EMAIL: chosen.refs_per_email_max,
            PHONE: chosen.refs_per_phone_max,
        },
        named=chosen.identifiers_per_ref_max,
    )


def tying(identities: Identities, keys: Sequence[Key]) -> tuple[list[Key], list[Overused]]:
    """The keys of a statement that still tie, and those that it shows to be shared.

    Where all are shared, the statement is about whoever holds the first.
    """
    counted = [key for key in keys if key.digest not in identities.shared]
    if not counted:
        return [keys[0]], []
    found = [
        one
        for one in overused(counted, identities.claims, identities.named, limits())
        if one.key.digest in identities.holders and one.key.digest not in identities.unlimited
    ]
    left_out = {one.key.digest for one in found}
    return [key for key in counted if key.digest not in left_out] or [keys[0]], found


def subject(identities: Identities, keys: Sequence[Key]) -> Key:
    """The key under which a statement's personal data is kept: the first that is one person's."""
    return next((key for key in keys if key.digest not in identities.shared), keys[0])


def mark_shared(tx: Transaction, identities: Identities, cause: Cause, found: Overused) -> None:
    """From now on an identifier merges nobody. Who holds it keeps it; whom it alone had tied is only told."""
    digest, kind = found.key.digest, found.key.kind
    identities.share(digest, kind)
    customer_id = identities.holders[digest]
    version = identities.next_version(customer_id)
    identities.record(Change(customer_id, version, ChangeKind.SHARED, None, frozenset({digest})))
    others = identities.members(customer_id) - {digest}
    groups = components(others, identities.held_together(others))
    parts = tuple(refs for group in groups if (refs := identities.refs_among(group)))
    tx.publish(
        IdentifierShared(
            customer_id=customer_id,
            version=version,
            occurred_at=tx.now,
            kind=kind,
            tied=found.tied,
            parts=parts,
        ),
        cause=cause,
    )
    tx.count(metrics.IDENTIFIERS_SHARED, kind=kind)
