"""Parts of messages about stock: sale lines, deliveries, adjustments, counts."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator

from tsunagu.contracts.values.model import Value
from tsunagu.contracts.values.order import Disposition
from tsunagu.contracts.values.scalars import (
    Count,
    Day,
    Id,
    LocationId,
    Quantity,
    QuantityChange,
    StockLevel,
    TaxPercent,
    Version,
    Yen,
)


class AdjustReason(StrEnum):
    """Why stock is corrected by hand."""

    OPENING = "opening"
    DAMAGE = "damage"
    LOSS = "loss"
    FOUND = "found"
    SAMPLE = "sample"
    EXPIRED = "expired"
    CORRECTION = "correction"
    OTHER = "other"


class CountScope(StrEnum):
    """What was counted: the sales floor's shelf, or everything in the building with what is staged."""

    SHELF = "shelf"
    ALL = "all"


class CountOutcome(StrEnum):
    """What became of a count."""

    APPLIED = "applied"
    AWAITING_APPROVAL = "awaiting_approval"
    REFUSED = "refused"


class ReservationCause(StrEnum):
    """Why inventory decided on an order's stock, first or anew."""

    PLACED = "placed"
    CHANGED = "changed"
    SHORT_PICK = "short_pick"
    PROMISE_BROKEN = "promise_broken"
    LATE_PICK = "late_pick"
    TRANSFER_SHORT = "transfer_short"


class BreakCause(StrEnum):
    """Which fact took stock that was promised."""

    SALE = "sale"
    SHORT_PICK = "short_pick"
    ADJUSTMENT = "adjustment"
    COUNT = "count"
    TRANSFER_SHORT = "transfer_short"


class ReceiptKind(StrEnum):
    """Where received goods came from."""

    DELIVERY = "delivery"
    TRANSFER = "transfer"
    RETURN = "return"


class Resolution(StrEnum):
    """How somebody settles a discrepancy."""

    ACCEPT = "accept"
    WRITE_OFF = "write_off"
    SEND_BACK = "send_back"
    CLAIM = "claim"


class TaxAmount(Value):
    """Tax of a document for one rate, rounded once."""

    tax_percent: TaxPercent
    taxable_jpy: Yen
    tax_jpy: Yen


class SaleLine(Value):
    """One line of a till receipt. With order_id it is the handover of that order line."""

    line_id: Id
    sku: Id
    quantity: Quantity
    amount_jpy: Yen
    tax_percent: TaxPercent
    order_id: Id | None = None
    order_line_id: Id | None = None


class SaleReturnLine(SaleLine):
    """One line of a till's return receipt; amount_jpy is paid back."""

    disposition: Disposition
    original_line_id: Id | None = None


class ReceiptSeen(Value):
    """The last receipt of a register that a count already contains."""

    register_id: Id
    business_date: Day
    receipt_number: Version


class SkuQuantity(Value):
    """Pieces of a SKU, at least one."""

    sku: Id
    quantity: Quantity


class SkuCount(Value):
    """Pieces of a SKU, possibly none."""

    sku: Id
    quantity: Count


def _not_zero(change: int) -> int:
    if change == 0:
        raise ValueError("an adjustment of 0 pieces changes nothing")
    return change


class AdjustLine(Value):
    """Pieces of a SKU more or fewer."""

    sku: Id
    change: Annotated[QuantityChange, AfterValidator(_not_zero)]


class ReceivedLine(Value):
    """Pieces of a SKU that arrived; `damaged` of them can't be sold."""

    sku: Id
    quantity: Quantity
    damaged: Count = 0


class StockLine(Value):
    """Pieces at a location, for an order's allocation where there is one."""

    sku: Id
    quantity: Quantity
    location_id: LocationId
    line_id: Id | None = None
    allocation_id: Id | None = None


class AdjustedLine(Value):
    """A correction as booked, and what is on hand after it."""

    sku: Id
    change: QuantityChange
    on_hand: StockLevel


class CountedLine(Value):
    """A count as compared: what was found, what was expected at that moment."""

    sku: Id
    counted: Count
    expected: StockLevel

    @property
    def variance(self) -> int:
        """Pieces found more (positive) or fewer than expected."""
        return self.counted - self.expected
