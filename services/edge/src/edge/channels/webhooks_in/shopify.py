"""An order as Shopify's webhooks have it → the command. Only what is named here is looked at."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from edge.channels.channels_file import WebhooksIn
from edge.channels.said import PassedOver, Said, our_order_id, whole_cancellation_id
from edge.command_routes import build
from edge.problems import FieldError, Problem, invalid_values
from tsunagu.contracts.messages import CancelOrder, PlaceOrder
from tsunagu.contracts.values import ORDER_LINES_MAX, FulfilmentMethod, Id, Instant, Payment, Quantity

CREATED, PAID, CANCELLED = "orders/create", "orders/paid", "orders/cancelled"
# Whoever of the channel has the money, has it: refunds are owed by the channel.
_HAS_THE_MONEY = frozenset({"paid", "authorized", "partially_refunded", "refunded"})
_REASONS = {"customer": "customer_request"}
_CODE = re.compile(r"[a-z][a-z0-9_.-]{0,63}")


def _text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _number(value: object) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError("is no number") from None
    if not number.is_finite():
        raise ValueError("is no number")
    return number


def _rate(value: object) -> Decimal:
    number = _number(value)
    if not 0 <= number <= 1:
        raise ValueError("is no rate between 0 and 1")
    return number


def _yen(value: object) -> int:
    number = _number(value)
    # Above what any contract takes, and below what makes arithmetic slow.
    if abs(number) > 10**15 or number != int(number):
        raise ValueError("is no amount of whole yen")
    return int(number)


_Number = Annotated[Id, BeforeValidator(_text)]
_Yen = Annotated[int, BeforeValidator(_yen)]
_Rate = Annotated[Decimal, BeforeValidator(_rate)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class _Discount(_Part):
    amount: _Yen


class _Tax(_Part):
    price: _Yen = 0
    rate: _Rate = Decimal(0)


class _Property(_Part):
    name: str = ""
    value: Any = None


class _LineItem(_Part):
    id: _Number
    sku: Id | None = None
    quantity: Quantity
    price: _Yen
    requires_shipping: bool = True
    discount_allocations: tuple[_Discount, ...] = ()
    tax_lines: tuple[_Tax, ...] = ()
    properties: tuple[_Property, ...] = ()


class _ShippingLine(_Part):
    code: str | None = None


class _Address(_Part):
    province_code: str | None = None


class _Customer(_Part):
    id: _Number | None = None


class _Order(_Part):
    id: _Number
    created_at: Instant
    cancelled_at: Instant | None = None
    cancel_reason: str | None = None
    financial_status: str | None = None
    currency: Annotated[str, StringConstraints(pattern="^JPY$")] = "JPY"
    taxes_included: bool = True
    customer: _Customer | None = None
    shipping_address: _Address | None = None
    shipping_lines: tuple[_ShippingLine, ...] = ()
    line_items: Annotated[tuple[_LineItem, ...], Field(max_length=ORDER_LINES_MAX)]


def read(body: Any, topic: str, channel: str, way: WebhooksIn) -> Said:
    """What a webhook asks for. Raises Problem 422 where that can't be told, with the places of what is wrong."""
    if topic not in (CREATED, PAID, CANCELLED):
        return PassedOver(None, "topic_not_taken")
    try:
        order = _Order.model_validate(body)
    except ValidationError as error:
        raise invalid_values(error) from None
    order_id = our_order_id(channel, order.id)
    if topic == CANCELLED:
        return _cancelled(order, order_id, channel)
    return _placed(order, order_id, topic, channel, way)


def _cancelled(order: _Order, order_id: str, channel: str) -> Said:
    # The topic is in a header, which no signature covers; what the body says of itself is signed.
    if order.cancelled_at is None:
        raise _wrong("/cancelled_at", "is empty: this order is not cancelled")
    given = (order.cancel_reason or "").lower()
    reason = _REASONS.get(given, given)
    return _command(
        CancelOrder,
        {
            "cancel_id": whole_cancellation_id(order_id),
            "order_id": order_id,
            "channel": channel,
            "occurred_at": order.cancelled_at,
            "reason": reason if _CODE.fullmatch(reason) else "channel_request",
        },
    )


def _placed(order: _Order, order_id: str, topic: str, channel: str, way: WebhooksIn) -> Said:
    items = [(place, item) for place, item in enumerate(order.line_items) if item.requires_shipping]
    if not items:
        return PassedOver(order_id, "nothing_to_hand_over")
    destinations = {place: _destination(order, item, place, way) for place, item in items}
    group_ids: dict[_Destination, str] = {}
    for destination in destinations.values():
        group_ids.setdefault(destination, f"g{len(group_ids) + 1}")
    all_picked_up = all(destination.method is FulfilmentMethod.PICKUP for destination in group_ids)
    payment = Payment.PREPAID
    if all_picked_up and way.unpaid == "at_pickup":
        # Whether it is paid by now must not depend on which of two webhooks comes first: the first topic decides.
        if topic == PAID:
            return PassedOver(order_id, "placed_when_created")
        payment = Payment.PREPAID if order.financial_status in _HAS_THE_MONEY else Payment.AT_PICKUP
    elif order.financial_status not in _HAS_THE_MONEY:
        return PassedOver(order_id, "not_paid")
    return _command(
        PlaceOrder,
        {
            "order_id": order_id,
            "channel": channel,
            "occurred_at": order.created_at,
            "customer_ref": _customer_ref(order, channel),
            "groups": [destination.group(group_id) for destination, group_id in group_ids.items()],
            "lines": [
                line
                for place, item in items
                for line in _lines(item, place, group_ids[destinations[place]], order.taxes_included)
            ],
            "payment": payment,
            "allow_partial": way.allow_partial,
        },
    )


def _customer_ref(order: _Order, channel: str) -> str | None:
    customer_id = order.customer.id if order.customer is not None else None
    return None if customer_id is None else f"{channel}:{customer_id}"


@dataclass(frozen=True, slots=True)
class _Destination:
    method: FulfilmentMethod
    place: str

    def group(self, group_id: str) -> Mapping[str, Any]:
        place = "location_id" if self.method is FulfilmentMethod.PICKUP else "prefecture"
        return {"group_id": group_id, "method": self.method, place: self.place}


def _destination(order: _Order, item: _LineItem, place: int, way: WebhooksIn) -> _Destination:
    """Where a line goes: its own property first, then the order's shipping line, then the address."""
    named = [given.value for given in item.properties if given.name == way.pickup_property]
    if named:
        if not isinstance(named[0], str):
            raise _wrong(f"/line_items/{place}/properties", "the location is no text")
        return _Destination(FulfilmentMethod.PICKUP, named[0])
    codes = [line.code for line in order.shipping_lines if line.code in way.pickup_locations]
    if codes and codes[0] is not None:
        return _Destination(FulfilmentMethod.PICKUP, way.pickup_locations[codes[0]])
    prefecture = order.shipping_address.province_code if order.shipping_address is not None else None
    if prefecture is None:
        raise _wrong("/shipping_address/province_code", "is needed where the goods are not picked up")
    return _Destination(FulfilmentMethod.SHIP, prefecture)


def _lines(item: _LineItem, place: int, group_id: str, taxes_included: bool) -> Iterator[Mapping[str, Any]]:
    """The line; two where what was paid for it does not divide into its pieces: to the yen, and no fractions."""
    if item.sku is None:
        raise _wrong(f"/line_items/{place}/sku", "is needed: goods are known by it")
    total = item.price * item.quantity - sum(discount.amount for discount in item.discount_allocations)
    if not taxes_included:
        total += sum(tax.price for tax in item.tax_lines)
    if total < 0:
        raise _wrong(f"/line_items/{place}/price", "is less than its discounts")
    unit, dearer = divmod(total, item.quantity)
    common = {"group_id": group_id, "sku": item.sku, "tax_percent": _percent(item.tax_lines, place)}
    yield {**common, "line_id": item.id, "quantity": item.quantity - dearer, "unit_price_jpy": unit}
    if dearer:
        yield {**common, "line_id": f"{item.id}.2", "quantity": dearer, "unit_price_jpy": unit + 1}


def _percent(taxes: Sequence[_Tax], place: int) -> int:
    # A rate may be told in parts, as national and local tax.
    percent = sum((tax.rate for tax in taxes), Decimal(0)) * 100
    if abs(percent) > 100 or percent != int(percent):
        raise _wrong(f"/line_items/{place}/tax_lines", "do not add up to a whole percentage")
    return int(percent)


def _command(
    kind: type[PlaceOrder] | type[CancelOrder], values: Mapping[str, Any]
) -> PlaceOrder | CancelOrder:
    made = build(kind, values)
    assert isinstance(made, PlaceOrder | CancelOrder)
    return made


def _wrong(pointer: str, detail: str) -> Problem:
    return Problem(
        422,
        "invalid",
        "What is asked for can't be told from this.",
        errors=[FieldError(pointer=pointer, detail=detail)],
    )
