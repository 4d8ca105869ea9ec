"""The second step of an order that falls short: look without locks, lock what was chosen, decide again.

Up to `sourcing_rounds_max` times, when others were faster; then what can't be had is rejected.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from inventory.domain.reservation import Request, Short, reserve
from inventory.domain.sourcing import Need
from inventory.domain.stock import StockKey
from inventory.domain.unpaid import UnpaidRoom
from inventory.handlers.alternatives import Elsewhere, Shortage, look_elsewhere
from inventory.handlers.answers import say_rejected, say_reserved
from inventory.handlers.goods import held_parts
from inventory.handlers.holds import end_hold
from inventory.handlers.picker_time import PickerTime
from inventory.handlers.placing import SOURCING, promise
from inventory.handlers.sources import OrderPlan, View, look, plan_order, ready_by
from inventory.handlers.unpaid import allowed, keep, rows_for_unpaid
from inventory.metrics import RESERVATIONS, SOURCING_ROUNDS
from inventory.settings import settings
from inventory.store.book import Book
from inventory.store.holds import CONSUMED, Hold, load_holds, save_holds
from inventory.store.locks import HOLDS, ORDERS, STOCK
from inventory.store.orders import OPEN, OrderStock, load_orders, locked_orders, save_orders
from inventory.store.unpaid import unpaid_room
from tsunagu.chassis import Connection, Due, Looked, Transaction, clock
from tsunagu.contracts.values import Alternative, ReservationCause, ShortLine

# A shopper is told before anything is promised; afterwards the promise stands, wherever the store is by then.
_FIRST_PROMISES = frozenset({ReservationCause.PLACED, ReservationCause.CHANGED})


@dataclass(frozen=True, slots=True)
class Outlook:
    """What was seen without locks, and what was planned for each order after those before it.

    `elsewhere`: where shoppers could collect what orders come up short of, of those who are asked about that.
    `room`: what orders that are not paid may have.
    """

    view: View
    plans: Mapping[str, OrderPlan]
    elsewhere: Mapping[str, Elsewhere]
    room: UnpaidRoom


async def keys(connection: Connection, dues: Sequence[Due]) -> Looked:
    """The orders, and the rows of stock that a look without locks would choose for them."""
    orders = await load_orders(connection, (due.key for due in dues))
    holds = await load_holds(connection, _hold_ids(orders.values()))
    now = clock.now()
    view = await look(connection, orders.values(), holds, now)
    rows = {ORDERS.row(due.key) for due in dues} | {HOLDS.row(hold_id) for hold_id in holds}
    for hold in holds.values():
        rows.update(STOCK.row(*key) for key in hold.pieces())
    room = await unpaid_room(connection, rows_for_unpaid(orders.values(), view.keys()))
    taken: dict[StockKey, int] = {}
    plans: dict[str, OrderPlan] = {}
    shortages: list[Shortage] = []
    for due in dues:
        order = orders.get(due.key)
        if order is None:
            continue
        credit = _credit(order, holds, now)

        def left(key: StockKey, credit: Mapping[StockKey, int] = credit) -> int:
            return view.available.get(key, 0) - taken.get(key, 0) + credit.get(key, 0)

        why = ReservationCause(due.payload["cause"])
        planned = plan_order(order, view, allowed(order, why in _FIRST_PROMISES, room, credit, left))
        plans[order.order_id] = planned
        for take in planned.takes:
            taken[take.key] = taken.get(take.key, 0) + take.quantity
            rows.add(STOCK.row(*take.key))
        keep(order, planned.takes, room)
        # Of what was never promised nobody is asked: the order is rejected, or goes without it.
        if why is not ReservationCause.PLACED:
            shortages.append(Shortage(order, _short(order, why, planned, view)))
    elsewhere = await look_elsewhere(connection, [one for one in shortages if one.short], view, taken, now)
    return Looked(rows, Outlook(view, plans, elsewhere, room))


async def source(tx: Transaction, dues: Sequence[Due]) -> None:
    """Decide on orders that lack something, in the order in which they fell short.

    What was planned without locks stands where the locked rows have it; else it is planned again, with what they have.
    """
    outlook = tx.seen
    assert isinstance(outlook, Outlook)
    view = outlook.view
    orders = await locked_orders(tx, (due.key for due in dues))
    ids = [hold_id for hold_id in _hold_ids(orders.values()) if tx.is_locked(HOLDS.row(hold_id))]
    holds = await load_holds(tx.connection, ids)
    stock = view.keys() | {key for hold in holds.values() for key in hold.pieces()}
    book = await Book.open_locked(tx, stock)
    locked_rows = [key for key in rows_for_unpaid(orders.values(), stock) if key in book]
    room = outlook.room.seen_again(await unpaid_room(tx.connection, locked_rows))
    time = PickerTime(tx.now)
    tx.count(SOURCING_ROUNDS, len(dues))
    for due in dues:
        order = orders.get(due.key)
        if order is None or order.state != OPEN or not order.missing():
            continue
        if not view.fits(order):
            tx.schedule(SOURCING, order.order_id, tx.now, cause=due, payload=due.payload)
            continue
        why = ReservationCause(due.payload["cause"])
        first = why in _FIRST_PROMISES
        refusal = _refusal(order, view) if first else None
        if refusal is not None:
            _reject(tx, order, why, refusal, due, elsewhere=outlook.elsewhere)
            continue
        credit = _credit(order, holds, tx.now)
        there = allowed(order, first, room, credit, partial(_locked, book, credit))
        ideal = outlook.plans[order.order_id]
        if not _is_there(ideal, there):
            seen = partial(_seen, book, view, credit)
            ideal = plan_order(order, view, allowed(order, first, room, credit, seen))
        best = ideal
        if any(take.key not in book for take in ideal.takes):
            best = plan_order(order, view, there)
            round_number = due.payload.get("round", 1)
            if best.short and round_number < settings().sourcing_rounds_max:
                payload = {"cause": why, "round": round_number + 1}
                tx.schedule(SOURCING, order.order_id, tx.now, cause=due, payload=payload)
                continue
        if _decide(tx, book, order, holds, best, why, outlook, time, due):
            keep(order, best.takes, room)
    await save_orders(tx.connection, list(orders.values()))
    await save_holds(tx.connection, [hold for hold in holds.values() if hold.state == CONSUMED])
    await book.save()
    await time.save(tx.connection)


def _decide(
    tx: Transaction,
    book: Book,
    order: OrderStock,
    holds: Mapping[str, Hold],
    best: OrderPlan,
    why: ReservationCause,
    outlook: Outlook,
    time: PickerTime,
    due: Due,
) -> bool:
    whole = why is ReservationCause.PLACED and not order.allow_partial
    if not best.takes or (whole and best.short):
        _reject(
            tx,
            order,
            why,
            ("out_of_stock", "There is not enough of it anywhere near."),
            due,
            best,
            elsewhere=outlook.elsewhere,
        )
        return False
    hold = holds.get(order.hold_id) if order.hold_id is not None else None
    credit = hold.credit() if hold is not None else None
    request = Request(order.order_id, best.takes, whole=True, credit=credit)
    available = book.available({take.key for take in best.takes} | set(credit.pieces if credit else ()))
    outcome = reserve(available, [request], tx.now)[0]
    assert not isinstance(outcome, Short), f"order {order.order_id}: locked rows do not have what was planned"
    if hold is not None and outcome.used_hold:
        end_hold(tx, book, hold, CONSUMED, due)
    still_held = bool(held_parts(order))
    promise(book, order, best.takes, cause=due)
    ready = ready_by(order, best.takes, outlook.view, tx.now, time)
    if still_held and order.ready_by is not None:
        ready = max(ready, order.ready_by)
    short = _give_up(order, best.short)
    tx.count(RESERVATIONS, outcome="partly" if short else "sourced")
    say_reserved(
        tx,
        order,
        why,
        ready,
        best.explanation,
        cause=due,
        short=short,
        decisions=best.decisions,
        alternatives=_alternatives(order, best.short, outlook.elsewhere),
    )
    return True


def _reject(
    tx: Transaction,
    order: OrderStock,
    why: ReservationCause,
    refusal: tuple[str, str],
    due: Due,
    plan: OrderPlan | None = None,
    *,
    elsewhere: Mapping[str, Elsewhere],
) -> None:
    lacking = _lacking(order)
    alternatives = _alternatives(order, lacking, elsewhere)
    short = _give_up(order, lacking)
    tx.count(RESERVATIONS, outcome="rejected")
    explanation, decisions = (plan.explanation, plan.decisions) if plan is not None else ("", ())
    say_rejected(
        tx,
        order,
        why,
        *refusal,
        cause=due,
        short=short,
        explanation=explanation,
        decisions=decisions,
        alternatives=alternatives,
    )


def _short(order: OrderStock, why: ReservationCause, planned: OrderPlan, view: View) -> Sequence[Need]:
    """What the order will come up short of, as it looks without locks."""
    refused = why in _FIRST_PROMISES and _refusal(order, view) is not None
    return _lacking(order) if refused else planned.short


def _lacking(order: OrderStock) -> list[Need]:
    lines = {line.line_id: line for line in order.wanted}
    return [Need(line_id, lines[line_id].sku, quantity) for line_id, quantity in order.missing().items()]


def _alternatives(
    order: OrderStock, short: Sequence[Need], elsewhere: Mapping[str, Elsewhere]
) -> tuple[Alternative, ...]:
    return elsewhere.get(order.order_id, Elsewhere()).having(short) if short else ()


def _give_up(order: OrderStock, short: Sequence[Need]) -> list[ShortLine]:
    """What can't be had is not looked for again, unless order asks for it anew."""
    lacking = {need.line_id: need for need in short}
    order.wanted = tuple(
        line._replace(given_up=line.given_up + lacking[line.line_id].quantity)
        if line.line_id in lacking
        else line
        for line in order.wanted
    )
    return [ShortLine(line_id=need.line_id, sku=need.sku, quantity=need.quantity) for need in short]


def _refusal(order: OrderStock, view: View) -> tuple[str, str] | None:
    """Why nothing of the order can be promised at all: a code and a sentence."""
    missing = order.missing()
    lines = [line for line in order.wanted if line.line_id in missing]
    for line in lines:
        if line.location_id is None:
            continue
        store = view.stores.get(line.location_id)
        if store is None:
            return "unknown_location", f"There is no location {line.location_id}."
        if not store.pickup_enabled:
            return "pickup_disabled", f"Nobody can pick up at {line.location_id}."
        if not store.takes_pickups:
            return "pickup_paused", f"{line.location_id} takes no pickups at the moment."
    unknown = sorted({line.sku for line in lines} - view.skus)
    if unknown and (not order.allow_partial or len(unknown) == len({line.sku for line in lines})):
        return "unknown_sku", f"There is no product {', '.join(unknown[:10])}."
    return None


def _is_there(plan: OrderPlan, there: Callable[[StockKey], int]) -> bool:
    """Whether the locked rows have all that was planned."""
    wanted: Counter[StockKey] = Counter()
    for take in plan.takes:
        wanted[take.key] += take.quantity
    return all(there(key) >= pieces for key, pieces in wanted.items())


def _seen(book: Book, view: View, credit: Mapping[StockKey, int], key: StockKey) -> int:
    """What a row can promise: as it is where it is locked, as it looked where it is not."""
    if key in book:
        return _locked(book, credit, key)
    return view.available.get(key, 0)


def _locked(book: Book, credit: Mapping[StockKey, int], key: StockKey) -> int:
    return book.available([key]).get(key, 0) + credit.get(key, 0)


def _credit(order: OrderStock, holds: Mapping[str, Hold], now: datetime) -> Mapping[StockKey, int]:
    hold = holds.get(order.hold_id) if order.hold_id is not None else None
    credit = hold.credit() if hold is not None else None
    return credit.pieces if credit is not None and credit.until > now else {}


def _hold_ids(orders: Iterable[OrderStock]) -> set[str]:
    return {order.hold_id for order in orders if order.hold_id is not None}
