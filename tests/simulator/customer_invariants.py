"""What has to hold of customers after a schedule, beyond the audit: whose purchases are, and what erasure leaves."""

from collections import Counter
from collections.abc import Mapping

from tsunagu.contracts import topics as t
from tsunagu.contracts.messages import CustomerProfile, Purchase

from .broker import Broker
from .process import Connected

LEFT_OF_ERASED = """
SELECT held.what, count(*) AS rows FROM identifier AS i JOIN (
    SELECT 'purchase' AS what, digest FROM purchase
    UNION ALL SELECT 'kept SKU', digest FROM kept_sku
    UNION ALL SELECT 'ref', digest FROM known_ref
    UNION ALL SELECT 'claim', digest FROM claim
    UNION ALL SELECT 'key of a change', digest FROM changed_key JOIN identity_change AS c USING (customer_id, version)
        WHERE c.kind <> 'shared'
    UNION ALL SELECT 'tie', digest FROM tie
    UNION ALL SELECT 'tie', other_digest FROM tie
    UNION ALL SELECT 'consent', digest FROM consent
    UNION ALL SELECT 'interest', digest FROM interest
    UNION ALL SELECT 'open order', digest FROM open_order
    UNION ALL SELECT 'notice', customer_digest FROM notice
    UNION ALL SELECT 'notice', recipient_digest FROM notice
    UNION ALL SELECT 'key of personal data', digest FROM person_key
) AS held USING (digest) WHERE i.suppressed_at IS NOT NULL GROUP BY held.what ORDER BY held.what
"""
FORGOTTEN_BY_NOBODY = """
SELECT p.digest, p.role FROM personal_data AS p JOIN identifier AS i ON i.digest = p.customer_digest
WHERE i.suppressed_at IS NOT NULL
"""
# Every order has ended by then, so nothing is to be said any more of what was open.
MOOT_AND_NOT_VOID = """
SELECT order_id, kind FROM notice
WHERE state = 'waiting' AND kind IN ('confirmed', 'choice', 'ready', 'reminder') ORDER BY order_id, kind
"""


async def check_customers(connection: Connected, broker: Broker) -> list[str]:
    """What does not hold, in sentences."""
    profiles = {
        key: message
        for key, message in broker.latest(t.CUSTOMER_PROFILES.name).items()
        if isinstance(message, CustomerProfile)
    }
    purchases = {
        key: message
        for key, message in broker.latest(t.CUSTOMER_PURCHASES.name).items()
        if isinstance(message, Purchase)
    }
    found = [*_shared_refs(profiles), *_owners(profiles, purchases), *_counts(profiles, purchases)]
    for row in await connection.fetch(LEFT_OF_ERASED):
        found.append(f"not erased: {row['rows']} rows ({row['what']}) are kept under erased identifiers")
    for row in await connection.fetch(MOOT_AND_NOT_VOID):
        found.append(f"moot: the notice {row['kind']} of {row['order_id']}, which has ended, would be sent")
    for row in await connection.fetch(FORGOTTEN_BY_NOBODY):
        found.append(f"not erased: the {row['role']} {row['digest']} of an erased customer")
    return found


def _shared_refs(profiles: Mapping[str, CustomerProfile]) -> list[str]:
    refs = Counter(ref for profile in profiles.values() for ref in profile.refs)
    return [f"doubled: {count} customers have {ref}" for ref, count in refs.items() if count > 1]


def _owners(profiles: Mapping[str, CustomerProfile], purchases: Mapping[str, Purchase]) -> list[str]:
    """A purchase is its ref's customer's, whenever that ref was identified, merged, split or erased."""
    holders = {ref: customer_id for customer_id, profile in profiles.items() for ref in profile.refs}
    found: list[str] = []
    for purchase_id, purchase in purchases.items():
        named, ref = purchase.customer_id, purchase.customer_ref
        if named is not None and named not in profiles:
            found.append(f"unlinked: purchase {purchase_id} names customer {named}, who is no more")
        elif ref is not None and named != holders.get(ref):
            found.append(f"unlinked: purchase {purchase_id} of {ref} names {named}, not {holders.get(ref)}")
    return found


def _counts(profiles: Mapping[str, CustomerProfile], purchases: Mapping[str, Purchase]) -> list[str]:
    """A profile counts the purchases that name its customer and of which something was kept."""
    kept: Counter[tuple[str, str]] = Counter()
    for purchase in purchases.values():
        if purchase.customer_id is not None and any(
            line.quantity > line.returned_quantity for line in purchase.lines
        ):
            kept[purchase.customer_id, purchase.channel] += 1
    counted = Counter(
        {
            (customer_id, one.channel): one.count
            for customer_id, profile in profiles.items()
            for one in profile.purchases_by_channel
        }
    )
    return [
        f"stale: {customer_id} has {kept[customer_id, channel]} purchases of {channel},"
        f" and their profile says {counted[customer_id, channel]}"
        for customer_id, channel in sorted(kept.keys() | counted.keys())
        if kept[customer_id, channel] != counted[customer_id, channel]
    ]
