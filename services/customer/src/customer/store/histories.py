"""Links to purchase histories in the database, and the purchases that one shows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from customer import vault
from customer.domain.histories import Link, shown
from customer.keyring import keyring
from customer.store.bought import SQL as BOUGHT_SQL
from customer.store.purchases import load as load_purchases
from tsunagu.chassis import Connection, beside
from tsunagu.contracts.values import HistoryPurchase

SQL = beside(__file__, "histories.sql")


async def load(connection: Connection, link_ids: Iterable[str]) -> dict[str, Link]:
    """Links by id, as they stand. Raises cryptography's InvalidTag where the keys are of another database."""
    master = keyring().master
    found = {}
    for row in await connection.fetch(SQL.load_history_links, sorted(set(link_ids))):
        values = dict(row)
        code = values.pop("code")
        if code is not None:
            code = vault.take_history_code_out(master, code, row["link_id"])
        found[row["link_id"]] = Link(**values, code=code)
    return found


async def insert(connection: Connection, links: Sequence[Link], now: datetime) -> None:
    """Keep new links, once each."""
    master = keyring().master
    codes = [
        None if link.code is None else vault.lock_history_code_away(master, link.code, link.link_id)
        for link in links
    ]
    await connection.execute(
        SQL.insert_history_links,
        [link.link_id for link in links],
        [link.digest for link in links],
        codes,
        [link.guesses_left for link in links],
        now,
        [link.valid_until for link in links],
    )


async def save(connection: Connection, links: Sequence[Link]) -> None:
    """Write what has become of links."""
    if links:
        await connection.execute(
            SQL.save_history_links,
            [link.link_id for link in links],
            [link.version for link in links],
            [link.guesses_left for link in links],
            [link.valid_until for link in links],
            [link.proven_at for link in links],
            [link.ended_at for link in links],
            [link.shown_digest for link in links],
        )


async def count_codes(
    connection: Connection, customer_ids: Iterable[str], since: datetime
) -> Mapping[str, int]:
    """How many codes customers were sent since then."""
    rows = await connection.fetch(SQL.count_codes, sorted(set(customer_ids)), since)
    return {row["customer_id"]: row["codes"] for row in rows}


async def purchases_of(
    connection: Connection, customer_id: str, purchases_max: int, lines_max: int
) -> tuple[list[HistoryPurchase], bool]:
    """A customer's newest purchases as they are shown, and whether there are more."""
    digests = [row["digest"] for row in await connection.fetch(SQL.refs_shown, customer_id)]
    rows = await connection.fetch(BOUGHT_SQL.newest_purchases, digests, None, None, purchases_max + 1)
    wanted = [row["purchase_id"] for row in rows[:purchases_max]]
    stored = {one.purchase_id: one for one in await load_purchases(connection, wanted)}
    found = [
        shown(head, stored[purchase_id].kept, lines_max)
        for purchase_id in wanted
        if (head := stored[purchase_id].head) is not None
    ]
    return found, len(rows) > purchases_max
