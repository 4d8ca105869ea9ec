"""Links to purchase histories as they are asked for, proven by a code that was mailed, and ended."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta

from customer import metrics
from customer.domain.histories import CODE_DIGITS, End, Link, beyond
from customer.domain.notices import Notice, NoticeKind, NoticeState
from customer.handlers.histories import END, end, save, show
from customer.handlers.purchases import not_ahead
from customer.identifiers import digest_of_ref
from customer.keyring import keyring
from customer.locks import CUSTOMERS, HISTORY_LINKS, require_customers, require_locked
from customer.sealing import NotSealed, unseal_proof
from customer.settings import settings
from customer.store import histories
from customer.store import notices as notice_store
from customer.store.histories import SQL
from customer.store.identities import SQL as IDENTITY_SQL
from customer.store.notices import NewNotice
from tsunagu.chassis import Cause, Connection, Received, RowKey, Transaction
from tsunagu.contracts.ids import derived_id
from tsunagu.contracts.messages import AskHistoryLink, EndHistoryLink, ProveHistoryLink

TOO_LATE, NO_LINK = "too_late", "no_such_link"
CODE_SENT, NOBODY, OVER_LIMIT = "code_sent", "nobody", "over_limit"
RIGHT, WRONG = "right", "wrong"

# There from the start: a rise from nothing to many is no increase to Prometheus.
for _outcome in (CODE_SENT, NOBODY, OVER_LIMIT):
    metrics.HISTORY_LINKS_ASKED.labels(_outcome)
for _outcome in (RIGHT, WRONG):
    metrics.HISTORY_GUESSES.labels(_outcome)


async def ask_keys(connection: Connection, messages: Sequence[Received[AskHistoryLink]]) -> Iterable[RowKey]:
    """Whose purchases are asked for. A number that nobody has named gets no row among the identifiers by it."""
    digests = sorted({digest_of_ref(received.message.customer_ref) for received in messages})
    holders = await connection.fetch(IDENTITY_SQL.holders_among, digests)
    return [CUSTOMERS.row(row["customer_id"]) for row in holders]


async def ask(tx: Transaction, messages: Sequence[Received[AskHistoryLink]]) -> None:
    """Make a link of each, alike whether or not anybody holds the number; a code is mailed where somebody does."""
    limits = settings()
    digests = {one.message.link_id: digest_of_ref(one.message.customer_ref) for one in messages}
    rows = await tx.connection.fetch(SQL.askable, sorted(set(digests.values())))
    holders = {row["digest"]: row["customer_id"] for row in rows}
    await require_customers(tx, holders.values())
    codes = {**await histories.count_codes(tx.connection, holders.values(), tx.now - timedelta(days=1))}
    links: dict[str, Link] = {}
    causes: dict[str, Cause] = {}
    for received in messages:
        asked_at = not_ahead(tx, received.message.occurred_at)
        valid_until = asked_at + timedelta(minutes=limits.history_code_minutes)
        if valid_until <= tx.now:
            tx.refuse(received, TOO_LATE, "it was asked so long ago that its code would be over; ask again")
            continue
        link_id = received.message.link_id
        holder = holders.get(digests[link_id])
        sends = holder is not None and limits.smtp_host is not None
        is_over = sends and codes.get(holder or "", 0) >= limits.history_codes_per_day_max
        tx.count(
            metrics.HISTORY_LINKS_ASKED, outcome=OVER_LIMIT if is_over else CODE_SENT if sends else NOBODY
        )
        if sends and not is_over and holder is not None:
            codes[holder] = codes.get(holder, 0) + 1
        links[link_id] = Link(
            link_id,
            0,
            digests[link_id],
            limits.history_guesses_max,
            valid_until,
            code=_new_code() if sends and not is_over else None,
        )
        causes[link_id] = received
        tx.schedule(END, link_id, valid_until, cause=received)
        tx.accept(received)
    await histories.insert(tx.connection, list(links.values()), tx.now)
    await save(tx, [await show(tx, link, causes[link.link_id]) for link in links.values()])
    mailed = [
        _notice(NoticeKind.HISTORY_CODE, link, link.digest, tx, causes[link.link_id])
        for link in links.values()
        if link.code is not None
    ]
    await notice_store.insert(tx.connection, mailed, tx.now)


async def prove_keys(
    connection: Connection, messages: Sequence[Received[ProveHistoryLink]]
) -> Iterable[RowKey]:
    """The links, whose purchases they would show, and the links that these have already."""
    link_ids = {received.message.link_id for received in messages}
    links = await histories.load(connection, link_ids)
    customers = _customers(links.values())
    others = {row["link_id"] for row in await connection.fetch(SQL.proven_links_of, customers)}
    return [
        *(CUSTOMERS.row(customer_id) for customer_id in customers),
        *(HISTORY_LINKS.row(link_id) for link_id in link_ids | others),
    ]


async def prove(tx: Transaction, messages: Sequence[Received[ProveHistoryLink]]) -> None:
    """Count each guess; the right one shows the purchases and is told to the address. The answer says neither."""
    links = await histories.load(tx.connection, {received.message.link_id for received in messages})
    await require_customers(tx, _customers(links.values()))
    proven_until = tx.now + timedelta(days=settings().history_link_days)
    causes: dict[str, Cause] = {}
    proven: list[Link] = []
    for received in messages:
        link = links.get(received.message.link_id)
        if link is None or not link.is_open(tx.now):
            tx.refuse(received, NO_LINK, "there is no such link any more; ask for a new code")
            continue
        try:
            proof = unseal_proof(received.message.sealed, keyring().sealing)
        except NotSealed as error:
            tx.refuse(received, error.reason, str(error))
            continue
        tx.accept(received)
        if link.is_proven:
            continue
        digits = proof.digits if proof.link_id == link.link_id else ""
        link = links[link.link_id] = link.guessed(digits, tx.now, proven_until)
        causes[link.link_id] = received
        tx.count(metrics.HISTORY_GUESSES, outcome=RIGHT if link.is_proven else WRONG)
        if link.is_proven:
            proven.append(link)
    changed = [await _follow_guesses(tx, links[link_id], cause) for link_id, cause in causes.items()]
    await save(tx, changed)
    await _tell_proven(tx, proven, causes)


async def _follow_guesses(tx: Transaction, link: Link, cause: Cause) -> Link:
    if link.ended_at is not None:
        return end(tx, link, End.GUESSES, cause)
    if link.is_proven:
        tx.schedule(END, link.link_id, link.valid_until, cause=cause)
    return await show(tx, link, cause)


async def _tell_proven(tx: Transaction, proven: Sequence[Link], causes: dict[str, Cause]) -> None:
    """Tell the address of each new link, and end the oldest links of who has too many."""
    if not proven:
        return
    told = [
        _notice(NoticeKind.HISTORY_LINKED, link, link.mailed_digest, tx, causes[link.link_id])
        for link in proven
    ]
    await notice_store.insert(tx.connection, told, tx.now)
    for customer_id in _customers(proven):
        rows = await tx.connection.fetch(SQL.proven_links_of, [customer_id])
        require_locked(tx, HISTORY_LINKS, [row["link_id"] for row in rows])
        links = await histories.load(tx.connection, [row["link_id"] for row in rows])
        cause = causes[next(link.link_id for link in proven if link.customer_id == customer_id)]
        too_many = beyond(links.values(), settings().history_links_per_customer_max)
        await save(tx, [end(tx, link, End.NEWER, cause) for link in too_many])


async def end_keys(_: Connection, messages: Sequence[Received[EndHistoryLink]]) -> Iterable[RowKey]:
    """The links."""
    return [HISTORY_LINKS.row(received.message.link_id) for received in messages]


async def end_links(tx: Transaction, messages: Sequence[Received[EndHistoryLink]]) -> None:
    """Whoever asked wants to see nothing any more; of a link that has ended already nothing is to be done."""
    links = await histories.load(tx.connection, {received.message.link_id for received in messages})
    for received in messages:
        tx.accept(received)
        link = links.get(received.message.link_id)
        if link is not None and link.ended_at is None:
            links[link.link_id] = end(tx, link, End.SHOPPER, received)
    await save(tx, list(links.values()))


def _customers(links: Iterable[Link]) -> list[str]:
    return sorted({link.customer_id for link in links if link.customer_id is not None})


def _new_code() -> str:
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def _notice(kind: NoticeKind, link: Link, digest: str | None, tx: Transaction, cause: Cause) -> NewNotice:
    state = NoticeState.OFF if settings().smtp_host is None else NoticeState.WAITING
    return NewNotice(
        Notice(
            notice_id=derived_id(cause.cause_time, cause.cause_id, kind),
            order_id=None,
            link_id=link.link_id,
            kind=kind,
            lines={},
            wanted_at=tx.now,
            until=link.valid_until,
            customer_digest=digest,
            state=state,
        ),
        cause,
    )
