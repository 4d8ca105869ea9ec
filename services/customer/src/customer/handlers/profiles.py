"""A customer's segment, stage and profile follow from what is stored; they are looked at after every change."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b

from customer.domain import consent, segments
from customer.domain.segments import Rules, Standing
from customer.handlers import histories
from customer.locks import CUSTOMERS, require_customers
from customer.rules import rules
from customer.settings import settings
from customer.store import profiles
from customer.store.profiles import Known
from customer.store.quintiles import rules_in_force
from tsunagu.chassis import Cause, Connection, Due, DueHandler, RowKey, Transaction
from tsunagu.contracts.messages import ConsentChanged, CustomerProfile, JourneyStageChanged, SegmentChanged
from tsunagu.contracts.values import ChannelCount

REVIEW = "review"


async def refresh(tx: Transaction, causes: Mapping[str, Cause]) -> None:
    """Publish what changed for these customers, and come back when time alone will change it; histories follow.

    The caller holds their rows. `causes`: customer_id → what made them worth a look.
    """
    if not causes:
        return
    customers = await profiles.load(tx.connection, list(causes), settings().purchases_considered_max)
    in_force = await rules_in_force(tx.connection, rules())
    for customer in customers:
        _tell_consents(tx, customer, causes[customer.customer_id])
        _publish(tx, customer, in_force, causes[customer.customer_id])
        _come_back(tx, customer, in_force, causes[customer.customer_id])
    await profiles.save(tx.connection, customers)
    await histories.follow(tx, causes)


def _tell_consents(tx: Transaction, customer: Known, cause: Cause) -> None:
    """Say which consents are in force now that were not: a customer has become one with another, or two."""
    now = consent.in_force(customer.consents)
    for (purpose, channel), granted in consent.changes(customer.consents_told, now).items():
        customer.version += 1
        tx.publish(
            ConsentChanged(
                customer_id=customer.customer_id,
                version=customer.version,
                occurred_at=tx.now,
                purpose=purpose,
                channel=channel,
                granted=granted,
            ),
            cause=cause,
        )
    customer.consents_told = now


def _publish(tx: Transaction, customer: Known, in_force: Rules, cause: Cause) -> None:
    standing = segments.standing(customer.purchases, in_force, tx.now)
    stage = segments.stage(customer.purchases, customer.signs, in_force)
    if standing.segment != customer.segment:
        customer.version += 1
        tx.publish(
            SegmentChanged(
                customer_id=customer.customer_id,
                version=customer.version,
                occurred_at=tx.now,
                previous=customer.segment,
                segment=standing.segment,
            ),
            cause=cause,
        )
    if stage is not None and stage != customer.stage:
        customer.version += 1
        tx.publish(
            JourneyStageChanged(
                customer_id=customer.customer_id,
                version=customer.version,
                occurred_at=tx.now,
                previous=customer.stage,
                stage=stage,
            ),
            cause=cause,
        )
    customer.segment, customer.stage = standing.segment, stage
    profile = _profile(tx, customer, standing, customer.version + 1)
    digest = blake2b(
        profile.model_dump_json(exclude={"version", "updated_at"}).encode(), digest_size=16
    ).digest()
    if digest != customer.digest:
        customer.digest = digest
        customer.version = profile.version
        tx.publish(profile, cause=cause)


async def publish_again(tx: Transaction, customer_ids: Sequence[str], cause: Cause) -> None:
    """Publish the profiles of these customers as they stand; the caller holds their rows.

    What time alone changes has its own due work, which publishes it under the next version.
    """
    in_force = await rules_in_force(tx.connection, rules())
    for customer in await profiles.load(tx.connection, customer_ids, settings().purchases_considered_max):
        standing = segments.standing(customer.purchases, in_force, tx.now)
        tx.publish(_profile(tx, customer, standing, customer.version), cause=cause)


def _profile(tx: Transaction, customer: Known, standing: Standing, version: int) -> CustomerProfile:
    return CustomerProfile(
        customer_id=customer.customer_id,
        version=version,
        refs=tuple(sorted(customer.refs)),
        segment=standing.segment,
        stage=customer.stage,
        recency_score=standing.recency,
        frequency_score=standing.frequency,
        monetary_score=standing.monetary,
        purchases_by_channel=tuple(
            ChannelCount(channel=channel, count=count) for channel, count in sorted(customer.counts.items())
        ),
        consents=consent.allowed_purposes(customer.consents),
        first_channel=customer.first_channel,
        first_purchase_at=customer.first_purchase_at,
        last_purchase_at=customer.last_purchase_at,
        updated_at=tx.now,
    )


def _come_back(tx: Transaction, customer: Known, in_force: Rules, cause: Cause) -> None:
    due_at = segments.next_change_at(customer.purchases, in_force, tx.now)
    if due_at is None:
        tx.cancel(REVIEW, customer.customer_id)
    else:
        tx.schedule(REVIEW, customer.customer_id, due_at, cause=cause)


async def _review_keys(_: Connection, dues: Sequence[Due]) -> Iterable[RowKey]:
    return [CUSTOMERS.row(due.key) for due in dues]


async def _review(tx: Transaction, dues: Sequence[Due]) -> None:
    causes = {due.key: due for due in dues}
    await require_customers(tx, causes)
    await refresh(tx, causes)


REVIEWS = DueHandler(REVIEW, _review, _review_keys)
