"""What a customer's profile is made of, read for many customers at once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from customer.domain.consent import Statement
from customer.domain.segments import Bought, Signs
from tsunagu.chassis import Connection, beside
from tsunagu.contracts.values import JourneyStage, Segment

SQL = beside(__file__, "profiles.sql")


@dataclass(slots=True)
class Known:
    """A customer as last published, and all that the next profile follows from."""

    customer_id: str
    version: int
    segment: Segment | None
    stage: JourneyStage | None
    digest: bytes | None
    consents_told: dict[tuple[str, str], bool]
    refs: list[str] = field(default_factory=list)
    purchases: list[Bought] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    first_channel: str | None = None
    first_purchase_at: datetime | None = None
    last_purchase_at: datetime | None = None
    consents: list[Statement] = field(default_factory=list)
    signs: Signs = field(default_factory=Signs)


async def load(connection: Connection, customer_ids: Sequence[str], purchases_max: int) -> list[Known]:
    """Customers that have not ended, in the order of their ids."""
    ids = sorted(customer_ids)
    known = {
        row["customer_id"]: Known(
            row["customer_id"],
            row["version"],
            Segment(row["segment"]) if row["segment"] else None,
            JourneyStage(row["stage"]) if row["stage"] else None,
            row["profile_digest"],
            {
                (purpose, channel): granted
                for purpose, channels in row["consents_told"].items()
                for channel, granted in channels.items()
            },
        )
        for row in await connection.fetch(SQL.load_profiles, ids)
    }
    ids = list(known)
    for row in await connection.fetch(SQL.load_customer_refs, ids):
        known[row["customer_id"]].refs.append(row["ref"])
    for row in await connection.fetch(SQL.load_newest_purchases, ids, purchases_max):
        known[row["customer_id"]].purchases.append(
            Bought(row["bought_at"], row["kept_jpy"], row["channel"], row["is_picked_up"])
        )
    for row in await connection.fetch(SQL.count_purchases, ids):
        customer = known[row["customer_id"]]
        customer.counts[row["channel"]] = row["purchases"]
        if customer.first_purchase_at is None or row["first_at"] < customer.first_purchase_at:
            customer.first_channel = row["channel"]
        firsts = [at for at in (customer.first_purchase_at, row["first_at"]) if at is not None]
        lasts = [at for at in (customer.last_purchase_at, row["last_at"]) if at is not None]
        customer.first_purchase_at, customer.last_purchase_at = min(firsts), max(lasts)
    for row in await connection.fetch(SQL.load_customer_consents, ids):
        known[row["customer_id"]].consents.append(
            Statement(row["consent_id"], row["purpose"], row["channel"], row["granted"], row["said_at"])
        )
    signs: dict[str, dict[str, datetime]] = defaultdict(dict)
    for row in await connection.fetch(SQL.load_signs, ids):
        signs[row["customer_id"]][f"{row['kind']}_at"] = row["at"]
    for customer_id, instants in signs.items():
        known[customer_id].signs = Signs(**instants)
    return sorted(known.values(), key=lambda customer: customer.customer_id)


async def save(connection: Connection, published: Sequence[Known]) -> None:
    """Write customers as they are published now."""
    if published:
        await connection.execute(
            SQL.save_profiles,
            [customer.customer_id for customer in published],
            [customer.version for customer in published],
            [customer.segment for customer in published],
            [customer.stage for customer in published],
            [customer.digest for customer in published],
            [told_row(customer.consents_told) for customer in published],
        )


def told_row(told: Mapping[tuple[str, str], bool]) -> dict[str, dict[str, bool]]:
    """What was told of consents as the customer's row has it."""
    row: dict[str, dict[str, bool]] = defaultdict(dict)
    for (purpose, channel), granted in told.items():
        row[purpose][channel] = granted
    return row
