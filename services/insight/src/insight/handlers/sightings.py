"""shopper.activity: where customers met goods. What comes after its sale was credited has it credited anew."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from insight.domain.ledger import CauseKind
from insight.domain.sightings import Sighting
from insight.handlers import facts, figures, recrediting, subjects
from insight.settings import settings
from insight.store import people
from insight.store.locks import SALES
from insight.store.people import NewSighting
from tsunagu.chassis import (
    Connection,
    Due,
    Periodic,
    Received,
    RowKey,
    Runtime,
    Transaction,
    clock,
    pooled,
)
from tsunagu.contracts.messages import ProductScanned
from tsunagu.contracts.values import TouchpointKind

CREDIT_SIGHTING = "credit_sighting"
"""Due work: credit anew the sales for which a sighting counts, and did not yet."""


async def keys(_: Connection, messages: Sequence[Received[ProductScanned]]) -> Iterable[RowKey]:
    """The scans."""
    return subjects.rows(facts.of_scanned(received.message, date.min).subject_id for received in messages)


async def scanned(tx: Transaction, messages: Sequence[Received[ProductScanned]]) -> None:
    """Count scans; keep those of customers who are known by a ref, and look soon for sales credited without them."""
    await _count(tx, messages)
    config = settings()
    oldest = _oldest(tx.now)
    refs = {scan.customer_ref for scan in (one.message for one in messages) if scan.customer_ref is not None}
    hashes = await people.read_hashes(tx.connection, refs) if refs else {}
    new: list[NewSighting] = []
    for received in messages:
        scan = received.message
        ref_hash = hashes.get(scan.customer_ref or "")
        if ref_hash is None or scan.sku is None or scan.occurred_at < oldest:
            continue
        sighting = Sighting(scan.activity_id, TouchpointKind.STORE_SCAN, scan.location_id, scan.occurred_at)
        new.append(NewSighting(sighting, ref_hash, scan.sku))
        # A sale that is credited at this moment does not see it, and is not seen either.
        soon = tx.now + timedelta(seconds=config.recheck_seconds)
        tx.schedule(CREDIT_SIGHTING, scan.activity_id, soon, cause=received)
    if new:
        await people.add_sightings(tx.connection, new)


async def forget_old(runtime: Runtime) -> None:
    """Forget some sightings that count for nothing any more."""
    async with pooled(runtime).acquire() as connection:
        rows_max = settings().sightings_expired_rows_max
        await people.forget_old_sightings(connection, _oldest(clock.now()), rows_max)


FORGETTING = Periodic("old sightings", settings().sightings_expiry_seconds, forget_old)


def _oldest(now: datetime) -> datetime:
    """As long as a sale may still be credited anew, all that count for it are kept."""
    config = settings()
    return now - timedelta(days=config.sighting_window_days + config.restated_days)


async def _count(tx: Transaction, messages: Sequence[Received[ProductScanned]]) -> None:
    changes = figures.changes(tx)
    told = [
        facts.of_scanned(received.message, figures.day_of(tx, received.message.occurred_at))
        for received in messages
    ]
    await subjects.take(tx, told, changes)
    await figures.note(tx, changes, messages[-1])


async def keys_of_sightings(connection: Connection, dues: Sequence[Due]) -> Iterable[RowKey]:
    """The sales to credit anew, as many as one transaction takes."""
    return [SALES.row(sale_id) for sale_id in await _sales(connection, dues)]


async def credit_sightings(tx: Transaction, dues: Sequence[Due]) -> None:
    """Credit sales anew, now that it is known where their customers had been seen."""
    found = await _sales(tx.connection, dues)
    await recrediting.see_anew(tx, dues, CauseKind.TOUCHPOINT, found)


async def _sales(connection: Connection, dues: Sequence[Due]) -> dict[str, str]:
    oldest = min(due.due_at for due in dues)
    return await people.read_sales_of_sightings(
        connection,
        [due.key for due in dues],
        recrediting.restated_since(oldest),
        settings().recredited_sales_max,
    )
