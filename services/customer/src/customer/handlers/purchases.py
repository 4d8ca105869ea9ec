"""Booking what was bought or came back, from whichever topic says so, and publishing it under its customer."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from customer.domain.purchases import BoughtPart, Head, ReturnedPart, merge_heads
from customer.handlers import profiles
from customer.identifiers import digest_of_ref
from customer.locks import IDENTIFIERS, PURCHASES, owner_rows, require_customers, require_locked
from customer.settings import settings
from customer.store import purchases
from customer.store.identities import SQL as IDENTITY_SQL
from customer.store.purchases import SQL as PURCHASES_SQL
from customer.store.purchases import Stored
from tsunagu.chassis import Cause, Connection, Due, DueHandler, RowKey, Transaction
from tsunagu.chassis.settings import chassis_settings
from tsunagu.contracts.messages import Purchase
from tsunagu.contracts.values import PurchaseLine

REPUBLISH = "republish_purchases"


@dataclass(frozen=True, slots=True)
class Booking:
    """What one message adds to a purchase. Without a head it only takes something back."""

    purchase_id: str
    cause: Cause
    message: str = ""
    head: Head | None = None
    bought: tuple[BoughtPart, ...] = ()
    returned: tuple[ReturnedPart, ...] = ()


def owner_digest(customer_ref: str | None, recipient_ref: str | None = None) -> str | None:
    """Under which identifier a purchase is kept: the customer's, else the recipient's, else none."""
    ref = customer_ref or recipient_ref
    return None if ref is None else digest_of_ref(ref)


def not_ahead(tx: Transaction, occurred_at: datetime) -> datetime:
    """When something counts as happened: a clock that is ahead does not carry it into the future."""
    skew = timedelta(seconds=chassis_settings().clock_skew_seconds_max)
    return occurred_at if occurred_at <= tx.now + skew else tx.now


async def booking_rows(
    connection: Connection, purchase_ids: Iterable[str], owners: Iterable[str | None]
) -> set[RowKey]:
    """The rows that bookings touch: the purchases, under whom they are, and who that is."""
    ids = sorted(set(purchase_ids))
    digests = {digest for digest in owners if digest is not None}
    digests.update(row["digest"] for row in await connection.fetch(PURCHASES_SQL.purchase_owners, ids))
    return {PURCHASES.row(one) for one in ids} | await owner_rows(connection, digests)


async def book(tx: Transaction, bookings: Sequence[Booking]) -> None:
    """Add bookings to their purchases, publish these, and look at their customers anew."""
    if not bookings:
        return
    causes = {booking.purchase_id: booking.cause for booking in bookings}
    heads = await purchases.load_heads(tx.connection, list(causes))
    named = {booking.head.digest for booking in bookings if booking.head and booking.head.digest}
    suppressed = {
        row["digest"] for row in await tx.connection.fetch(IDENTITY_SQL.owner_states, sorted(named))
    }
    changed: dict[str, Head] = {}
    for booking in bookings:
        if booking.head is not None:
            known = changed.get(booking.purchase_id) or heads.get(booking.purchase_id)
            head = merge_heads(known, _without_erased(booking.head, suppressed))
            changed[booking.purchase_id] = head
    await purchases.save_heads(tx.connection, changed)
    await purchases.insert_parts(
        tx.connection,
        [(one.purchase_id, f"{part.source}:{one.message}", part) for one in bookings for part in one.bought],
        [(one.purchase_id, part) for one in bookings for part in one.returned],
    )
    await _publish(tx, causes)


async def _publish(tx: Transaction, causes: dict[str, Cause]) -> None:
    stored = await purchases.load(tx.connection, list(causes))
    known = [replace(one, version=one.version + 1) for one in stored if one.head is not None]
    owners = {one.head.digest for one in known if one.head and one.head.digest}
    require_locked(tx, IDENTIFIERS, owners)
    await require_customers(tx, {one.customer_id for one in known if one.customer_id})
    for purchase in known:
        tx.publish(_state(purchase), cause=causes[purchase.purchase_id])
    await purchases.save_kept(tx.connection, known)
    await profiles.refresh(
        tx, {one.customer_id: causes[one.purchase_id] for one in known if one.customer_id is not None}
    )


def _without_erased(head: Head, suppressed: set[str]) -> Head:
    """Amount and date of what an erased customer's card still buys, without the link."""
    return replace(head, customer_ref=None, digest=None) if head.digest in suppressed else head


def _state(purchase: Stored) -> Purchase:
    head = purchase.head
    assert head is not None
    return Purchase(
        purchase_id=purchase.purchase_id,
        version=purchase.version,
        receipt_id=head.receipt_id,
        order_id=head.order_id,
        customer_id=purchase.customer_id,
        customer_ref=head.customer_ref,
        channel=head.channel,
        location_id=head.location_id,
        at=head.bought_at,
        lines=tuple(
            PurchaseLine(
                line_id=line.line_id,
                sku=line.sku,
                quantity=line.quantity,
                amount_jpy=line.amount_jpy,
                tax_percent=line.tax_percent,
                returned_quantity=line.returned_quantity,
            )
            for line in purchase.kept.lines
        ),
        amount_jpy=purchase.kept.amount_jpy,
    )


async def publish_anew(tx: Transaction, purchase_ids: Sequence[str], cause: Cause) -> None:
    """Publish purchases whose owner changed; the caller holds their rows and looks at the customers itself."""
    stored = await purchases.load(tx.connection, purchase_ids)
    known = [replace(one, version=one.version + 1) for one in stored if one.head is not None]
    for purchase in known:
        tx.publish(_state(purchase), cause=cause)
    await purchases.save_kept(tx.connection, known)


async def publish_again(tx: Transaction, purchase_ids: Sequence[str], cause: Cause) -> None:
    """Publish purchases as they stand; the caller holds their rows."""
    for purchase in await purchases.load(tx.connection, purchase_ids):
        tx.publish(_state(purchase), cause=cause)


def follow_identity(tx: Transaction, customer_id: str, cause: Cause) -> None:
    """Have the purchases of a customer published under them, in a second step: there may be many."""
    tx.schedule(REPUBLISH, customer_id, tx.now, cause=cause)


async def _republish_keys(connection: Connection, dues: Sequence[Due]) -> Iterable[RowKey]:
    rows = await _misattributed(connection, dues)
    return [PURCHASES.row(purchase_id) for found in rows.values() for purchase_id in found]


async def _republish(tx: Transaction, dues: Sequence[Due]) -> None:
    found = await _misattributed(tx.connection, dues)
    by_customer = {due.key: due for due in dues}
    for customer_id, purchase_ids in found.items():
        locked = [one for one in purchase_ids if tx.is_locked(PURCHASES.row(one))]
        await publish_anew(tx, locked, by_customer[customer_id])
    if sum(map(len, found.values())) >= settings().republished_purchases_max:
        for due in dues:
            tx.schedule(REPUBLISH, due.key, tx.now, cause=due)


async def _misattributed(connection: Connection, dues: Sequence[Due]) -> dict[str, list[str]]:
    rows = await connection.fetch(
        PURCHASES_SQL.misattributed_purchases,
        sorted(due.key for due in dues),
        settings().republished_purchases_max,
    )
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        found[row["customer_id"]].append(row["purchase_id"])
    return found


REPUBLISHING = DueHandler(REPUBLISH, _republish, _republish_keys)
