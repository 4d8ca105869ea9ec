"""Orders of the script as messages."""

from datetime import datetime, timedelta

from tsunagu.contracts.messages import PlaceOrder
from tsunagu.contracts.values import FulfilmentGroup, FulfilmentMethod, OrderLine, Touchpoint
from tsunagu.retailer.intentions import OrderAct

PICKUP_GROUP = "pickup"
SHIP_GROUP = "ship"


def place_order(act: OrderAct, order_id: str, now: datetime) -> PlaceOrder:
    """The command with which the channel places the order now."""
    lines = tuple(
        OrderLine(
            line_id=str(place + 1),
            group_id=PICKUP_GROUP if place < act.shipped_from else SHIP_GROUP,
            sku=item.sku,
            quantity=item.quantity,
            unit_price_jpy=item.unit_price_jpy,
            tax_percent=item.tax_percent,
        )
        for place, item in enumerate(act.items)
    )
    groups = []
    if act.shipped_from > 0:
        groups.append(
            FulfilmentGroup(group_id=PICKUP_GROUP, method=FulfilmentMethod.PICKUP, location_id=act.pickup_at)
        )
    if act.shipped_from < len(act.items):
        groups.append(
            FulfilmentGroup(group_id=SHIP_GROUP, method=FulfilmentMethod.SHIP, prefecture=act.prefecture)
        )
    return PlaceOrder(
        order_id=order_id,
        channel=act.channel,
        customer_ref=act.customer_ref,
        groups=tuple(groups),
        lines=lines,
        payment=act.payment,
        allow_partial=act.allow_partial,
        touchpoints=tuple(
            Touchpoint(kind=seen.kind, location_id=seen.location_id, at=now - timedelta(seconds=seen.before))
            for seen in act.seen
        ),
        occurred_at=now,
    )
