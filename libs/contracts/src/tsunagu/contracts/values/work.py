"""Parts of messages about work in stores and between them: picks, transfers, parcels, tasks."""

from enum import StrEnum

from tsunagu.contracts.values.model import Value
from tsunagu.contracts.values.scalars import (
    ClockTime,
    Code,
    Count,
    Id,
    Instant,
    LocationId,
    Minutes,
    Name,
    Quantity,
    Ref,
    StockLevel,
    Yen,
)

TASK_STEPS_MAX = 20
"""The most steps that a task tells of its history; of older ones only the first is kept."""


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
    SOLD = "sold"
    """Sold over the counter although it was reserved: the till's receipt is on its way."""


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
    """What a carrier reports about a parcel, or about a shipment between locations."""

    ACCEPTED = "accepted"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPTED = "attempted"
    """Nobody was there to take it; it comes again, or is asked for."""
    HELD_AT_DEPOT = "held_at_depot"
    """Waits at the carrier's until it is asked for."""
    DELIVERED = "delivered"
    LEFT_AT_DOOR = "left_at_door"
    """Delivered without anybody having taken it, as the recipient had asked."""
    RETURNING = "returning"
    """On its way back to where it was sent from."""
    RETURNED = "returned"
    LOST = "lost"


class ParcelEnd(StrEnum):
    """How a parcel ended that the recipient does not have."""

    LOST = "lost"
    RETURNED = "returned"


class ShipmentState(StrEnum):
    """How far the transfers of a shipment are, taken together."""

    PLANNED = "planned"
    SHIPPED = "shipped"
    """Some of it has left, and some of it has not arrived."""
    RECEIVED = "received"
    CANCELLED = "cancelled"
    """None of its transfers is sent."""


class TaskState(StrEnum):
    """Where a task stands."""

    OPEN = "open"
    ASSIGNED = "assigned"
    STARTED = "started"
    DONE = "done"
    CANCELLED = "cancelled"


class TaskStep(Value):
    """Something that became of a task: opened, assigned, started, given_back, escalated, done, cancelled …"""

    at: Instant
    what: Code
    owner: Ref | None = None
    """Who had it from then on, or ended it."""


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


class ShipmentPart(Value):
    """A transfer as part of its shipment."""

    transfer_id: Id
    order_id: Id | None = None
    """The order that it serves, if any."""
    cost_jpy: Yen | None = None
    """Its share of the shipment's cost, once the shipment has left."""


class ShipmentTracking(Value):
    """What the carrier said last of a shipment."""

    status: TrackingStatus
    at: Instant
    place: Name | None = None
    """A depot or city."""


class TaskLine(Value):
    """What a task handles; quantity 0 where the task is to find out (a count)."""

    sku: Id
    quantity: Count
    line_id: Id | None = None
    allocation_id: Id | None = None
    order_id: Id | None = None
    """Whose goods, where the task is a wave over the tasks of several."""
    transfer_id: Id | None = None
    task_id: Id | None = None
    """The wave's task that the line is of."""
    expected: StockLevel | None = None
    """How many the books have, where a count of `quantity` pieces is to be approved."""


class WaveKind(StrEnum):
    """What a wave's tasks are."""

    PICK = "pick"
    PUT_AWAY = "put_away"


class CapacitySlot(Value):
    """Minutes that a location's pickers can still give, from the slot before until `until`."""

    until: Instant
    minutes_left: Minutes


class Hop(Value):
    """A heartbeat's passage through a service."""

    service: Id
    at: Instant
