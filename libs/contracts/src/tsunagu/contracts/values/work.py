"""Parts of messages about work in stores and between them: picks, transfers, parcels, tasks."""

from enum import StrEnum

from tsunagu.contracts.values.model import Value
from tsunagu.contracts.values.scalars import ClockTime, Count, Id, Instant, LocationId, Quantity, Yen


class Weekday(StrEnum):
    """Day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class LocationKind(StrEnum):
    """What a location is."""

    STORE = "store"
    WAREHOUSE = "warehouse"
    PICKUP_POINT = "pickup_point"


class TaxClass(StrEnum):
    """Which rate of consumption tax a product falls under; the percentages change by date."""

    STANDARD = "standard"
    REDUCED = "reduced"


class ShortPickKind(StrEnum):
    """Why a picker could not take what the list asks for."""

    MISSING = "missing"
    DAMAGED = "damaged"
    UNREACHABLE = "unreachable"


class PickedState(StrEnum):
    """Where the goods of a cancelled pick are."""

    NOT_PICKED = "not_picked"
    STAGED = "staged"
    IN_TRANSIT = "in_transit"


class HandoverProof(StrEnum):
    """What a handover rests on."""

    CODE = "code"
    RECEIPT = "receipt"
    DESK = "desk"


class DeskCheck(StrEnum):
    """What staff looked at before they handed goods over without a code."""

    ID_DOCUMENT = "id_document"
    ORDER_MAIL = "order_mail"
    APP_ACCOUNT = "app_account"
    PAYMENT_CARD = "payment_card"


class TrackingStatus(StrEnum):
    """What a carrier reports about a parcel."""

    ACCEPTED = "accepted"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPTED = "attempted"
    RETURNING = "returning"
    """On its way back to where it was sent from."""
    RETURNED = "returned"
    LOST = "lost"


class ParcelEnd(StrEnum):
    """How a parcel ended that the recipient does not have."""

    LOST = "lost"
    RETURNED = "returned"


class TaskState(StrEnum):
    """Where a task stands."""

    OPEN = "open"
    ASSIGNED = "assigned"
    STARTED = "started"
    DONE = "done"
    CANCELLED = "cancelled"


class OpeningHours(Value):
    """When a location is open on one day; a day that is not listed is closed."""

    day: Weekday
    opens: ClockTime
    closes: ClockTime


class PickedLine(Value):
    """Pieces of an order line in somebody's hands: picked, ready, handed over, in a parcel."""

    line_id: Id
    sku: Id
    quantity: Quantity
    allocation_id: Id | None = None


class CollectedLine(PickedLine):
    """Pieces of an order line handed over; with the till's amount where a receipt says it."""

    amount_jpy: Yen | None = None


class CancelledPick(PickedLine):
    """Pieces of an order line whose pick is cancelled, and where they are now."""

    location_id: LocationId
    state: PickedState


class PutAwayLine(Value):
    """Pieces brought back to the shelf."""

    sku: Id
    quantity: Quantity
    line_id: Id | None = None
    allocation_id: Id | None = None


class TransferLine(Value):
    """Pieces that go from one location to another; for an order's allocation where there is one."""

    line_id: Id
    sku: Id
    quantity: Quantity
    allocation_id: Id | None = None


class TransferReceiptLine(Value):
    """What arrived of a transfer's line. `damaged` counts within `received`."""

    line_id: Id
    sku: Id
    shipped: Count
    received: Count
    damaged: Count = 0
    allocation_id: Id | None = None


class TaskLine(Value):
    """What a task handles; quantity 0 where the task is to find out (a count)."""

    sku: Id
    quantity: Count
    line_id: Id | None = None
    allocation_id: Id | None = None


class Hop(Value):
    """A heartbeat's passage through a service."""

    service: Id
    at: Instant
