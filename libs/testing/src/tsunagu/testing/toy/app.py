"""The toy's wiring. Its topics are arguments, so that every test has its own."""

import os
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from tsunagu.chassis import (
    Cause,
    Connection,
    Due,
    DueHandler,
    Handler,
    Key,
    LockTable,
    Received,
    Retelling,
    RowKey,
    Service,
    Subscription,
    Transaction,
    Unusable,
    beside,
)
from tsunagu.contracts.messages import ProductScanned, ProductViewed, StockLookedUp
from tsunagu.contracts.topics import Topic

SQL = beside(__file__)
VISITORS = LockTable("visitor", SQL.lock_visitors, SQL.insert_missing_visitors)
POISON = "poison"
NONSENSE = "nonsense"
FAREWELL = "farewell"
GONE = "gone"


def toy_topic(name: str) -> Topic:
    """A topic like shopper.activity under another name."""
    kinds = (ProductViewed, ProductScanned, StockLookedUp)
    return Topic(name, "visitor_id", "facts", kinds, (), (), None, compacted=False)


def toy_service(source: str, target: str, *, name: str = "insight") -> Service:
    """Counts scans and views of `source`, and says each count as a StockLookedUp on `target`.

    A visitor whose name begins with POISON fails in our code, until TOY_POISON says otherwise; the scan of one whose
    name begins with NONSENSE can't be used, until TOY_NONSENSE says otherwise. One whose name begins with FAREWELL
    sets off due work, which says a zero, and is no visitor any more; TOY_FAREWELL can make it fail. One whose name
    begins with GONE has a deadline, an hour after the first visit, which says a zero unless there was another visit
    before. How often each visitor was there can be told on the state topic.
    """
    target_topic = toy_topic(target)

    async def visitors(_: Connection, messages: Sequence[Received[ProductScanned]]) -> Iterable[RowKey]:
        return [VISITORS.row(received.message.visitor_id) for received in messages]

    async def count(
        transaction: Transaction, messages: Sequence[Received[ProductScanned | ProductViewed]]
    ) -> None:
        ids = sorted({received.message.visitor_id for received in messages})
        rows = await transaction.connection.fetch(SQL.read_visits, ids)
        visits: dict[str, int] = {row["visitor_id"]: row["visits"] for row in rows}
        numbered: list[tuple[str, int, str]] = []
        for received in messages:
            visitor_id = received.message.visitor_id
            if visitor_id.startswith(POISON) and os.environ.get("TOY_POISON", "yes") == "yes":
                raise ZeroDivisionError(f"{visitor_id} always fails here")
            if visitor_id.startswith(NONSENSE) and os.environ.get("TOY_NONSENSE", "yes") == "yes":
                raise Unusable("nonsense", "nobody visits like this")
            visits[visitor_id] += 1
            numbered.append((visitor_id, visits[visitor_id], received.message.activity_id))
            transaction.publish(
                told(received.message.activity_id, visitor_id, visits[visitor_id], transaction),
                cause=received,
                topic=target_topic,
            )
            if visitor_id.startswith(FAREWELL):
                transaction.schedule("farewell", visitor_id, transaction.now, cause=received)
            if visitor_id.startswith(GONE) and visits[visitor_id] == 1:
                transaction.schedule(GONE, visitor_id, transaction.now + timedelta(hours=1), cause=received)
            elif visitor_id.startswith(GONE):
                transaction.cancel(GONE, visitor_id)
        await transaction.connection.execute(SQL.insert_visits, *zip(*numbered, strict=True))
        await transaction.connection.execute(SQL.count_visits, list(visits), list(visits.values()))

    async def farewell_keys(_: Connection, dues: Sequence[Due]) -> Iterable[RowKey]:
        return [VISITORS.row(due.key) for due in dues]

    async def farewell(transaction: Transaction, dues: Sequence[Due]) -> None:
        for due in dues:
            if os.environ.get("TOY_FAREWELL", "works") != "works":
                raise ZeroDivisionError("the farewell fails")
            transaction.publish(told("farewell", due.key, 0, transaction), cause=due, topic=target_topic)

    async def open_visitors(_: Connection, visitor_ids: Sequence[str]) -> set[str]:
        return {visitor_id for visitor_id in visitor_ids if not visitor_id.startswith(FAREWELL)}

    async def tell_visitors(transaction: Transaction, cause: Cause, after: Key, limit: int) -> Key | None:
        rows = await transaction.connection.fetch(SQL.lock_visitors_after, *after, limit)
        for row in rows:
            state = told(row["visitor_id"], row["visitor_id"], row["visits"], transaction)
            transaction.publish(state, cause=cause, topic=toy_topic(state_of(target)))
        return (rows[-1]["visitor_id"],) if rows else None

    return Service(
        name=name,
        events=target_topic,
        subscriptions=(
            Subscription(
                toy_topic(source),
                (Handler(ProductScanned, count, visitors), Handler(ProductViewed, count, visitors)),
            ),
        ),
        due=(
            DueHandler("farewell", farewell, farewell_keys),
            DueHandler(GONE, farewell, farewell_keys, is_deadline=True),
        ),
        locks=(VISITORS,),
        migrations=Path(__file__).with_name("migrations"),
        open_keys=open_visitors,
        retellings=(Retelling(toy_topic(state_of(target)), tell_visitors, SQL.count_visitors),),
    )


def state_of(target: str) -> str:
    """The name of the state topic of the toy that says its counts on `target`."""
    return f"{target}.state"


def told(activity_id: str, visitor_id: str, number: int, transaction: Transaction) -> StockLookedUp:
    """What the toy says: the visitor's visit of this number."""
    return StockLookedUp(
        activity_id=f"{activity_id}-counted",
        visitor_id=visitor_id,
        channel="app",
        sku="TOY",
        locations_found=number,
        occurred_at=transaction.now,
    )
