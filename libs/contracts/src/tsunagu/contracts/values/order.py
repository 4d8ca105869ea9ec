"""Parts of an order: lines, groups, touchpoints, allocations, choices, returns."""

from collections.abc import Hashable, Sequence
from enum import StrEnum
from typing import Self

from pydantic import model_validator

from tsunagu.contracts.values.model import Value
from tsunagu.contracts.values.scalars import (
    Count,
    Id,
    Instant,
    LocationId,
    Prefecture,
    Quantity,
    Ref,
    TaxPercent,
    Yen,
)

ALTERNATIVES_MAX = 10
"""Most alternatives that are named for what is short: a shopper chooses among a few, and is told no list of stores."""


class FulfilmentMethod(StrEnum):
    """How the goods of a group reach the shopper."""

    PICKUP = "pickup"
    SHIP = "ship"


class Payment(StrEnum):
    """Who has the money: the channel already, or the till at pickup."""

    PREPAID = "prepaid"
    AT_PICKUP = "at_pickup"


class TouchpointKind(StrEnum):
    """What a store, a person or a channel did for a sale; the credit policy weighs it."""

    STORE_SCAN = "store_scan"
    STORE_VISIT = "store_visit"
    STAFF_ADVICE = "staff_advice"
    WEB_VIEW = "web_view"
    APP_VIEW = "app_view"
    CAMPAIGN = "campaign"
    ORDER_TAKEN = "order_taken"


class Disposition(StrEnum):
    """What becomes of a returned piece; only resellable ones become available."""

    RESELLABLE = "resellable"
    DAMAGED = "damaged"
    INSPECT = "inspect"


class OrderStatus(StrEnum):
    """Where an order, a group or a line stands."""

    PLACED = "placed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    CHOICE = "choice"
    READY = "ready"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    RETURNED = "returned"


class ChoiceKind(StrEnum):
    """What a shopper may choose for lines that can't be had as ordered."""

    PICKUP_ELSEWHERE = "pickup_elsewhere"
    SHIP = "ship"
    CANCEL = "cancel"


class LinkPurpose(StrEnum):
    """What the holder of an order link may do: ask for changes of the order, or answer one question about it."""

    ORDER = "order"
    CHOICE = "choice"


class CancelledBy(StrEnum):
    """Who wants pieces cancelled; the system where nobody does: a time is over, or goods are gone."""

    CUSTOMER = "customer"
    STORE = "store"
    SYSTEM = "system"


class Debtor(StrEnum):
    """Who owes the amount of a settlement."""

    SHOPPER = "shopper"
    RETAILER = "retailer"


class RefundBy(StrEnum):
    """Who pays a refund out: whoever has the shopper's money."""

    CHANNEL = "channel"
    TILL = "till"


class Touchpoint(Value):
    """One contribution to a sale: what, where, by whom, when."""

    kind: TouchpointKind
    location_id: LocationId | None = None
    staff_ref: Ref | None = None
    at: Instant


class Fulfilment(Value):
    """Pickup at a location, or shipping to a prefecture."""

    method: FulfilmentMethod
    location_id: LocationId | None = None
    prefecture: Prefecture | None = None

    @model_validator(mode="after")
    def _has_its_destination(self) -> Self:
        if self.method is FulfilmentMethod.PICKUP:
            if self.location_id is None or self.prefecture is not None:
                raise ValueError("a pickup names location_id and no prefecture")
        elif self.prefecture is None or self.location_id is not None:
            raise ValueError("shipping names a prefecture and no location_id")
        return self


class FulfilmentGroup(Fulfilment):
    """The lines of an order that reach the shopper together, by one way and at one place."""

    group_id: Id


class OrderLine(Value):
    """One SKU of an order; prices include tax."""

    line_id: Id
    group_id: Id
    sku: Id
    quantity: Quantity
    unit_price_jpy: Yen
    tax_percent: TaxPercent

    @property
    def amount_jpy(self) -> int:
        """Price of the whole line in yen, tax included."""
        return self.quantity * self.unit_price_jpy


class LineQuantity(Value):
    """Some pieces of an order line."""

    line_id: Id
    quantity: Quantity


class ShortLine(Value):
    """Pieces of an order line that can't be had."""

    line_id: Id
    sku: Id
    quantity: Quantity


class Alternative(Value):
    """A location whose own shelf has all that is short, for a shopper who would come there, and when it is ready."""

    location_id: LocationId
    ready_by: Instant


class Allocation(Value):
    """Pieces of an order line promised from one location."""

    allocation_id: Id
    line_id: Id
    sku: Id
    quantity: Quantity
    location_id: LocationId


class ChoiceOption(Value):
    """One way on for lines that can't be had as ordered."""

    kind: ChoiceKind
    location_id: LocationId | None = None
    ready_by: Instant | None = None


class CompletedLine(Value):
    """Pieces of an order line that the shopper now has, and what they cost."""

    line_id: Id
    group_id: Id
    sku: Id
    quantity: Quantity
    amount_jpy: Yen
    tax_percent: TaxPercent


class ReturnLine(Value):
    """Pieces of an order line that come back."""

    line_id: Id
    sku: Id
    quantity: Quantity
    disposition: Disposition


class UnmatchedReturnLine(ReturnLine):
    """Pieces that came back for an order nobody knows; with the amount that a till paid back, if it did."""

    amount_jpy: Yen | None = None
    tax_percent: TaxPercent | None = None


class ReturnedLine(ReturnLine):
    """Pieces that came back within what was completed, and what they had cost."""

    amount_jpy: Yen
    tax_percent: TaxPercent


class RefundLine(Value):
    """Pieces of an order line whose money goes back, and how much."""

    line_id: Id
    sku: Id
    quantity: Quantity
    amount_jpy: Yen


class MoneySettled(StrEnum):
    """How money that goods and books disagreed about was settled."""

    PAID = "paid"
    """The shopper has paid it."""
    REFUNDED = "refunded"
    """The shopper has it back."""
    WAIVED = "waived"
    """The retailer bears it."""
    NOTHING_OWED = "nothing_owed"
    """It had been paid, or paid back, already."""


class OrderGroupState(FulfilmentGroup):
    """A group of an order as it stands."""

    status: OrderStatus
    ready_by: Instant | None = None
    pickup_by: Instant | None = None
    parcel_ids: tuple[Id, ...] = ()


class OrderLineState(OrderLine):
    """A line of an order as it stands: of `quantity` pieces, how many are where."""

    status: OrderStatus
    in_question_quantity: Count = 0
    reserved_quantity: Count = 0
    ready_quantity: Count = 0
    shipped_quantity: Count = 0
    completed_quantity: Count = 0
    cancelled_quantity: Count = 0
    returned_quantity: Count = 0


def all_different(values: Sequence[Hashable]) -> bool:
    """Whether no value occurs twice."""
    return len(values) < 2 or len(set(values)) == len(values)
