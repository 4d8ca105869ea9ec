"""Goods come back: at once if they were handed out, else they wait a while for their handover."""

from dataclasses import replace

from order.domain.consequences import conclude
from order.domain.goods_back import book
from order.domain.order import GoodsBack, Order
from order.domain.outcomes import Decision


def receive(order: Order, goods: GoodsBack) -> Decision:
    """Take goods back; they are in `returns_waiting` afterwards if their handover may still come."""
    return conclude(replace(order, returns_waiting=(*order.returns_waiting, goods)))


def give_up(order: Order, return_id: str) -> Decision:
    """The handover has not come in time: what fits is returned, the rest is a plain return."""
    for goods in order.returns_waiting:
        if goods.return_id == return_id:
            booked = book(order, goods, final=True)
            assert booked is not None, "a final booking never waits"
            return conclude(booked.order, booked.outcomes)
    return Decision(order)
