"""The commands that a guest's wishes become."""

from datetime import datetime
from typing import Any

from edge.command_routes import build
from edge.problems import FieldError, Problem
from edge.shopper.buying.bodies import GROUP, CancelBody, OrderBody, StoreBody
from edge.shopper.buying.payments import must_be_paid, order_id_of, recipient_ref_of
from edge.shopper.buying.quotes import Quote
from edge.shopper.guest import Guest
from edge.shopper.settings import Settings
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import CancelOrder, ChangeFulfilment, PlaceOrder
from tsunagu.contracts.values import FulfilmentMethod


def placing(guest: Guest, body: OrderBody, quote: Quote, settings: Settings, now: datetime) -> PlaceOrder:
    """The order for what the quote of this moment says.

    Raises Problem 409 where that is not what the guest saw, 422 where it has to be paid and was not.
    """
    if quote.total_jpy != body.total_jpy:
        raise Problem(
            409,
            "price-changed",
            f"It costs ¥{quote.total_jpy:,} now. Nothing was ordered: ask for a new quote and confirm that.",
            errors=[FieldError(pointer="/total_jpy", detail=f"{quote.total_jpy} now")],
        )
    if body.paid is not None:
        must_be_paid(body.paid, quote.total_jpy, settings)
    destination = {"location_id": body.location_id, "prefecture": body.prefecture}
    command = build(
        PlaceOrder,
        {
            "order_id": uuid7() if body.paid is None else order_id_of(body.paid),
            "channel": settings.channel,
            "customer_ref": guest.customer_ref,
            "recipient_ref": None if body.paid is None else recipient_ref_of(body.paid),
            "groups": [{"group_id": GROUP, "method": quote.method, **destination}],
            "lines": [
                {
                    "line_id": line.line_id,
                    "group_id": GROUP,
                    "sku": line.sku,
                    "quantity": line.quantity,
                    "unit_price_jpy": line.unit_price_jpy,
                    "tax_percent": line.tax_percent,
                }
                for line in quote.lines
            ],
            "payment": quote.payment,
            "valid_until": quote.terms.valid_until,
            "occurred_at": now,
        },
    )
    assert isinstance(command, PlaceOrder)
    return command


def cancelling(body: CancelBody, order_id: str, settings: Settings, now: datetime) -> Message:
    """The cancellation."""
    values = {"cancel_id": uuid7(), **_of_order(order_id, settings, now)}
    return build(CancelOrder, {**values, **body.model_dump()})


def changing_store(body: StoreBody, order_id: str, settings: Settings, now: datetime) -> Message:
    """Pickup in another store."""
    values = {"change_id": uuid7(), **_of_order(order_id, settings, now)}
    return build(ChangeFulfilment, {**values, **body.model_dump(), "method": FulfilmentMethod.PICKUP})


def _of_order(order_id: str, settings: Settings, now: datetime) -> dict[str, Any]:
    return {"order_id": order_id, "channel": settings.channel, "occurred_at": now}
