"""Orders as the webhooks of an EC site have them that knows nothing of Tsunagu: in the way of Shopify."""

import json
from typing import Any

from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import CancelOrder, PlaceOrder
from tsunagu.contracts.values import FulfilmentGroup, FulfilmentMethod, OrderLine, Payment

CREATED, CANCELLED = "orders/create", "orders/cancelled"

PICKUP_PROPERTY = "_pickup_location"
"""The property of a line that names where it is picked up, as docs/channels.md has it."""


def webhook_of(command: Message) -> tuple[str, bytes]:
    """Topic and body of the webhook that says the same. Raises ValueError for what such a site can't say."""
    match command:
        case PlaceOrder():
            return CREATED, _written(_created(command))
        case CancelOrder():
            at = command.occurred_at.isoformat()
            cancelled = {"cancelled_at": at, "cancel_reason": "customer", "line_items": []}
            return CANCELLED, _written({"id": _own_id(command.order_id), "created_at": at, **cancelled})
        case _:
            raise ValueError(f"a site that stays as it is can't say {type(command).__name__}")


def _created(order: PlaceOrder) -> dict[str, Any]:
    groups = {group.group_id: group for group in order.groups}
    prefectures = [group.prefecture for group in order.groups if group.prefecture is not None]
    _, _, customer_id = (order.customer_ref or "").rpartition(":")
    return {
        "id": _own_id(order.order_id),
        "created_at": order.occurred_at.isoformat(),
        "currency": "JPY",
        "financial_status": "paid" if order.payment is Payment.PREPAID else "pending",
        "customer": {"id": customer_id} if customer_id else None,
        "shipping_address": {"province_code": prefectures[0]} if prefectures else None,
        "line_items": [_item(line, groups[line.group_id]) for line in order.lines],
    }


def _item(line: OrderLine, group: FulfilmentGroup) -> dict[str, Any]:
    is_picked_up = group.method is FulfilmentMethod.PICKUP
    return {
        "id": line.line_id,
        "sku": line.sku,
        "quantity": line.quantity,
        "price": str(line.unit_price_jpy),
        "tax_lines": [{"rate": line.tax_percent / 100}],
        "properties": [{"name": PICKUP_PROPERTY, "value": group.location_id}] if is_picked_up else [],
    }


def _own_id(order_id: str) -> str:
    """The order's id as the site knows it: on the topics its channel stands before it."""
    return order_id.partition(":")[2]


def _written(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
