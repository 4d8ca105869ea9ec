"""What links to purchase histories show, kept current; when they end, their state is deleted."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b

from customer import metrics
from customer.domain.histories import End, Link
from customer.locks import HISTORY_LINKS, require_locked
from customer.settings import settings
from customer.store import histories
from customer.store.histories import SQL
from customer.store.notices import SQL as NOTICES_SQL
from tsunagu.chassis import Cause, Connection, Due, DueHandler, RowKey, Transaction
from tsunagu.contracts.messages import CustomerHistory
from tsunagu.contracts.values import HistoryPurchase

SHOW, END = "show_history", "end_history_link"
_DIGEST_BYTES = 16

# There from the start: a rise from nothing to many is no increase to Prometheus.
for _why in End:
    metrics.HISTORY_LINKS_ENDED.labels(_why)


async def follow(tx: Transaction, causes: Mapping[str, Cause]) -> None:
    """Something has changed of these customers: what their links show follows in a second step.

    `causes`: customer_id → what has changed.
    """
    for row in await tx.connection.fetch(SQL.proven_links_of, sorted(causes)):
        tx.schedule(SHOW, row["link_id"], tx.now, cause=causes[row["customer_id"]])


async def show(tx: Transaction, link: Link, cause: Cause) -> Link:
    """Publish what an open link shows, if that has changed; one that is nobody's any more ends."""
    if link.is_proven and link.customer_id is None:
        return end(tx, link, End.PARTED, cause)
    state = await _state(tx.connection, link, link.version + 1)
    digest = blake2b(state.model_dump_json(exclude={"version"}).encode(), digest_size=_DIGEST_BYTES).digest()
    if digest == link.shown_digest:
        return link
    tx.publish(state, cause=cause)
    return link.told(state.version, digest)


def end(tx: Transaction, link: Link, why: End, cause: Cause) -> Link:
    """Nothing is shown by this link any more."""
    tx.delete(CustomerHistory, link.link_id, cause=cause)
    tx.cancel(END, link.link_id)
    tx.count(metrics.HISTORY_LINKS_ENDED, why=why)
    return link.ended(tx.now)


async def save(tx: Transaction, links: Sequence[Link]) -> None:
    """Write what has become of links; a code that is still to be mailed for one that has ended is not."""
    await histories.save(tx.connection, links)
    ended = [link.link_id for link in links if link.ended_at is not None]
    if ended:
        await tx.connection.execute(NOTICES_SQL.void_code_notices, ended, tx.now)


async def erase(tx: Transaction, digests: Iterable[str], cause: Cause) -> None:
    """Forget the links that rest on the refs of somebody who is erased."""
    rows = await tx.connection.fetch(SQL.lock_links_of_digests, sorted(digests))
    for row in rows:
        tx.delete(CustomerHistory, row["link_id"], cause=cause)
        tx.cancel(END, row["link_id"])
    await tx.connection.execute(SQL.delete_history_links, [row["link_id"] for row in rows])


async def publish_again(tx: Transaction, link_ids: Sequence[str], cause: Cause) -> None:
    """Publish what these links show as it stands; the caller holds their rows."""
    for link in (await histories.load(tx.connection, link_ids)).values():
        tx.publish(await _state(tx.connection, link, link.version), cause=cause)


async def _state(connection: Connection, link: Link, version: int) -> CustomerHistory:
    purchases: list[HistoryPurchase] = []
    has_more = False
    if link.is_proven and link.customer_id is not None:
        limits = settings()
        purchases, has_more = await histories.purchases_of(
            connection, link.customer_id, limits.history_purchases_max, limits.history_lines_max
        )
    return CustomerHistory(
        version=version,
        link_id=link.link_id,
        proven=link.is_proven,
        guesses_left=link.guesses_left,
        valid_until=link.valid_until,
        purchases=tuple(purchases),
        has_more=has_more,
    )


async def _due_keys(_: Connection, dues: Sequence[Due]) -> Iterable[RowKey]:
    return [HISTORY_LINKS.row(due.key) for due in dues]


async def _show_due(tx: Transaction, dues: Sequence[Due]) -> None:
    links = await _locked(tx, dues)
    changed = [
        await show(tx, link, due)
        for due in dues
        if (link := links.get(due.key)) is not None and link.is_open(tx.now)
    ]
    await save(tx, changed)


async def _end_due(tx: Transaction, dues: Sequence[Due]) -> None:
    links = await _locked(tx, dues)
    over = [
        end(tx, link, End.TIME, due)
        for due in dues
        if (link := links.get(due.key)) is not None and link.ended_at is None and not link.is_open(tx.now)
    ]
    await save(tx, over)


async def _locked(tx: Transaction, dues: Sequence[Due]) -> dict[str, Link]:
    require_locked(tx, HISTORY_LINKS, [due.key for due in dues])
    return await histories.load(tx.connection, [due.key for due in dues])


SHOWING = DueHandler(SHOW, _show_due, _due_keys)
ENDING = DueHandler(END, _end_due, _due_keys)
