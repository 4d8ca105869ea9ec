"""What the topics say, as small tables. Nothing here comes from a database."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from tsunagu.contracts.message import Message
from tsunagu.contracts.values import RefundBy


class StockId(NamedTuple):
    """A SKU at a location."""

    location_id: str
    sku: str

    def __str__(self) -> str:
        return f"{self.sku} at {self.location_id}"


@dataclass(slots=True)
class Movement:
    """What a message moves, by location and SKU. `quantity` is on hand; `picked` goes off the shelf and stays."""

    what: str
    """The document in words, such as "sale r-1"."""
    quantity: dict[StockId, int] = field(default_factory=lambda: defaultdict(int))
    picked: dict[StockId, int] = field(default_factory=lambda: defaultdict(int))


class Delivered(NamedTuple):
    """Pieces of a delivery from outside, by SKU; `delivery_id` is that of the announcement."""

    delivery_id: str
    location_id: str
    pieces: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Refund:
    """Yen owed to the shopper for pieces of an order line."""

    line_id: str
    pieces: int
    amount_jpy: int
    by: RefundBy = RefundBy.CHANNEL


Pieces = dict[str, int]
"""Line → pieces."""


def _pieces() -> Pieces:
    return defaultdict(int)


@dataclass(slots=True)
class OrderTold:
    """What events say of an order. Pieces are by line."""

    placed: bool = False
    ended: bool = False
    """Whether it was rejected or cancelled as a whole."""
    prepaid: bool = False
    prices: dict[str, int] = field(default_factory=dict)
    stock_answered: bool = False
    confirmed: bool = False
    picks_requested: bool = False
    completed: Pieces = field(default_factory=_pieces)
    cancelled: Pieces = field(default_factory=_pieces)
    returned: Pieces = field(default_factory=_pieces)
    returned_unpaid_jpy: Pieces = field(default_factory=_pieces)
    """Yen of those returned that no till took back: nobody has paid anything back for them yet."""
    handed_over: Pieces = field(default_factory=_pieces)
    """By PickupCollected and ParcelDelivered, before the order was closed."""
    late_parcels: Pieces = field(default_factory=_pieces)
    """By ParcelDelivered, where the parcel held more than was still open: the rest of it is to be settled."""
    settled: Pieces = field(default_factory=_pieces)
    """By SettlementDue: reached the shopper after they had been cancelled."""
    left: Pieces = field(default_factory=_pieces)
    """By PickupCollected and ParcelShipped, in time or not."""
    issued: Pieces = field(default_factory=_pieces)
    refunds: list[Refund] = field(default_factory=list)


@dataclass(slots=True)
class Sale:
    """A sale as documents tell of it: yen sold by document, yen that came back by document."""

    sold: dict[str, int] = field(default_factory=dict)
    returned: dict[str, int | None] = field(default_factory=dict)
    voided: bool = False


class Counted(NamedTuple):
    """What counts said of a SKU: by how much it differed from what was expected, where it was applied."""

    variances: list[int]


StepKind = Literal["listed", "broken", "lost", "released", "issued", "shipped", "held"]


class Step(NamedTuple):
    """A step in the life of an order's, or a cart's, promises, at the time of the transaction that decided it.

    `pieces`: (allocation_id, location, SKU) → pieces. `listed` and `held` replace what was there before, the others
    take from it: `shipped` at the location it names, `lost` what had left there, `issued` and `released` where the
    goods are by now.
    """

    at: datetime
    version: int
    kind: StepKind
    pieces: Mapping[tuple[str, StockId], int]
    is_decision: bool = False
    """Whether it was decided that these can be had; a pick that came late is a fact."""


@dataclass(slots=True)
class Travelling:
    """Pieces of a transfer's line, in the order in which they were told of."""

    shipped: int = 0
    received: int = 0
    given_up: int = 0

    @property
    def under_way(self) -> int:
        """Pieces on their way; below zero those that arrived before anybody said that they had left."""
        return self.shipped - self.received - self.given_up

    def leave(self, pieces: int) -> int:
        """Pieces are reported to have left; returns how many leave only now."""
        early = min(pieces, max(0, -self.under_way))
        self.shipped += pieces
        return pieces - early

    def arrive(self, pieces: int) -> int:
        """Pieces are reported to have arrived; returns how many of them nobody had reported to have left.

        Once some have been, more than were sent are not the transfer's: they were there, or nobody knows where from.
        """
        expected = min(pieces, max(0, self.under_way))
        early = 0 if self.shipped else pieces - expected
        self.received += expected + early
        return early


class ListLine(NamedTuple):
    """A line of a task, or of a wave's list; there it names the task that it is of."""

    task_id: str | None
    line_id: str | None
    allocation_id: str | None
    sku: str
    quantity: int


class Listed(NamedTuple):
    """A wave, or a task that is in one, as it was said last. `lines` are those that are left."""

    is_wave: bool
    is_open: bool
    wave_id: str | None
    lines: tuple[ListLine, ...]


class News(NamedTuple):
    """An event of an order, of which its shopper or its site may be told."""

    message_id: str
    kind: type[Message]
    at: datetime
    channel: str | None
    refs: frozenset[str]
    """The persons that it names."""


class RefsTold(NamedTuple):
    """The refs of a customer as an event has told them; of several, that with the greatest `sequence` was the last."""

    sequence: int
    refs: frozenset[str]


class PlaceOfWork(NamedTuple):
    """Where something happened to goods of which order or transfer."""

    location_id: str
    order_id: str | None
    transfer_id: str | None


@dataclass(slots=True)
class Told:
    """Everything the topics say, as far as the rules need it."""

    states: dict[str, dict[str, tuple[object, ...]]] = field(default_factory=lambda: defaultdict(dict))
    """Topic → key → (version, what matters of the value), the highest version of each."""
    versions: dict[str, dict[str, dict[int, int]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(dict))
    )
    """Topic → aggregate → version → how many events have it."""
    movements: dict[str, Movement] = field(default_factory=dict)
    """ce_id → what that message moves."""
    settlements: dict[str, Movement] = field(default_factory=dict)
    """ce_id of a command → the correction that StockAdjusted says it led to."""
    counts: dict[tuple[str, StockId], Counted] = field(default_factory=dict)
    """Count and SKU → what was found."""
    orders: dict[str, OrderTold] = field(default_factory=lambda: defaultdict(OrderTold))
    sales: dict[str, Sale] = field(default_factory=lambda: defaultdict(Sale))
    """"receipt:…" or "order:…" → what was sold."""
    purchases: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    """Receipt or order → document ("sale:…", "completed:…", "unmatched:…") → yen."""
    purchase_returns: set[str] = field(default_factory=set)
    """Receipts and orders of which something came back."""
    promises: dict[str, list[Step]] = field(default_factory=lambda: defaultdict(list))
    """"order …" or "hold …" → its steps."""
    broken: set[StockId] = field(default_factory=set)
    """Where a PromiseBroken has named a promise."""
    transfers: dict[str, dict[tuple[str, str], Travelling]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Travelling))
    )
    """Transfer → line and SKU → its pieces."""
    plans: dict[str, dict[StockId, int]] = field(default_factory=dict)
    """Transfer → pieces by destination, as long as nothing of it has left or arrived and it is not cancelled."""
    announcements: dict[str, Delivered] = field(default_factory=dict)
    """ce_id → what that message says will come."""
    arrivals: dict[str, Delivered] = field(default_factory=dict)
    """ce_id → what that message says has come of an announced delivery."""
    picked: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    collected: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    parcelled: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    undelivered: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    put_away: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    """Order or transfer, and SKU → pieces."""
    parcels_ended: set[tuple[str, str]] = field(default_factory=set)
    """Order and parcel that was lost or came back."""
    money: dict[tuple[str, str], int] = field(default_factory=dict)
    """Document and kind of the journal → yen."""
    tax_faults: list[tuple[str, str]] = field(default_factory=list)
    """Receipts whose tax does not add up, and why."""
    refund_faults: list[tuple[str, str]] = field(default_factory=list)
    """Orders of which a refund does not add up, and why."""
    lists: dict[str, Listed] = field(default_factory=dict)
    """Wave, or task that is in one → what was said of it last."""
    costs: dict[str, int] = field(default_factory=dict)
    """Transfer → yen that its lane cost when it was planned."""
    unmatched: dict[str, PlaceOfWork] = field(default_factory=dict)
    """ce_id of each WorkUnmatched that moved goods → where."""
    discrepancies: dict[str, PlaceOfWork] = field(default_factory=dict)
    """Discrepancy → where."""
    questions: dict[str, datetime] = field(default_factory=dict)
    """Order → until when its shopper was asked to answer, at the last question."""
    news: dict[str, list[News]] = field(default_factory=lambda: defaultdict(list))
    """Order → its events, in order."""
    notices: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Notice → what customer said became of it: "sent", "failed"."""
    recorded_by: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Recipient → refs of the customers who have named them; they are erased with each of these."""
    refs: dict[str, RefsTold] = field(default_factory=dict)
    """Customer → what their own latest event about identity told."""
    moved_refs: dict[str, RefsTold] = field(default_factory=dict)
    """Customer → with which refs the latest split let them begin, or come back."""
    erased: set[str] = field(default_factory=set)
    """Refs of persons who were erased."""

    def is_doubled(self, order_id: str) -> bool:
        """Whether two events count the same version of an order: which of them was meant nobody knows."""
        versions = self.versions.get("order.events", {}).get(order_id, {})
        return any(number > 1 for number in versions.values())
