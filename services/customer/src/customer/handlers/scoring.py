"""The quintiles that scores go by follow the customers, and the profiles follow the quintiles, a page at a time."""

from collections.abc import Iterable, Sequence

from customer.handlers.profiles import refresh
from customer.locks import CUSTOMERS
from customer.rules import rules
from customer.settings import settings
from customer.store import quintiles
from tsunagu.chassis import (
    Connection,
    Due,
    DueHandler,
    FirstCause,
    Periodic,
    RowKey,
    Runtime,
    Transaction,
    transaction,
)

SCORE = "score"
_ALL = "all"


async def measure(runtime: Runtime) -> None:
    """Measure the quintiles; where one has moved, every profile is looked at anew, one page after the other."""
    async with transaction(runtime) as tx:
        measured = await quintiles.measure(tx.connection, rules(), tx.now)
        if await quintiles.save(tx.connection, measured):
            cause = FirstCause(f"customer quintiles {tx.now.isoformat()}", tx.now)
            tx.schedule(SCORE, _ALL, tx.now, cause=cause, payload={"after": ""})


async def _page(connection: Connection, due: Due) -> list[str]:
    return await quintiles.customers_after(connection, due.payload["after"], settings().scored_customers_max)


async def _score_keys(connection: Connection, dues: Sequence[Due]) -> Iterable[RowKey]:
    [due] = dues
    return [CUSTOMERS.row(customer_id) for customer_id in await _page(connection, due)]


async def _score(tx: Transaction, dues: Sequence[Due]) -> None:
    """Look at a page of customers. Whoever has come to it since has been looked at already."""
    [due] = dues  # its key is always the same
    page = await _page(tx.connection, due)
    locked = [customer_id for customer_id in page if tx.is_locked(CUSTOMERS.row(customer_id))]
    await refresh(tx, dict.fromkeys(locked, due))
    if page:
        tx.schedule(SCORE, _ALL, tx.now, cause=due, payload={"after": page[-1]})


SCORING = DueHandler(SCORE, _score, _score_keys)
MEASURING = Periodic("quintiles", settings().quintiles_interval_seconds, measure)
