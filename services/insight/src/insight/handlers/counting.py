"""Counting how far orders came, once per order and step, whichever topic tells of it first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from insight.domain.kpis import Kpi, KpiChanges
from insight.domain.orders import COMPLETED_STEPS, Step, count_step
from insight.store import progress
from tsunagu.chassis import Transaction


@dataclass(frozen=True, slots=True)
class News:
    """A step of an order, with the order's channel and locations where the message says them."""

    step: Step
    channel: str | None = None
    order_location_ids: tuple[str, ...] | None = None


async def take(tx: Transaction, news: Sequence[News], changes: KpiChanges) -> None:
    """Count steps, in order, of orders that are locked. A step waits while the order's channel is unknown."""
    if not news:
        return
    order_ids = sorted({one.step.order_id for one in news})
    known = await progress.read_orders(tx.connection, order_ids)
    orders = dict(known)
    taken = await progress.read_steps(tx.connection, order_ids)
    new: list[tuple[Step, bool]] = []
    for one in news:
        step = one.step
        order = orders[step.order_id]
        if order.channel is None:
            order = replace(order, channel=one.channel)
        if one.order_location_ids is not None:
            order = replace(order, location_ids=one.order_location_ids)
        orders[step.order_id] = order
        steps = taken[step.order_id]
        if step.kpi in steps or (step.kpi is Kpi.ORDERS_CANCELLED and steps & COMPLETED_STEPS):
            continue
        if step.kpi in COMPLETED_STEPS and not steps & COMPLETED_STEPS:
            changes.add(Kpi.MINUTES_PER_ORDER, step.location_ids, step.day, 0.0, 1)
        steps.add(step.kpi)
        new.append((step, order.channel is not None))
        if order.channel is not None:
            count_step(step, order, changes)
    await progress.add_steps(tx.connection, new)
    learned = {order_id: order for order_id, order in orders.items() if order != known[order_id]}
    if learned:
        await progress.save_orders(tx.connection, learned)
    # Steps have waited only for orders whose channel was not known until now.
    placed = [order_id for order_id in learned if known[order_id].channel is None]
    if placed:
        for waited in await progress.take_waiting_steps(tx.connection, placed):
            count_step(waited, orders[waited.order_id], changes)
