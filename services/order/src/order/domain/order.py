"""An order as order keeps it: lines counted in pieces, groups, and what is still expected of others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from tsunagu.contracts.values import (
    Allocation,
    Alternative,
    CancelledBy,
    Disposition,
    FulfilmentGroup,
    FulfilmentMethod,
    LinkPurpose,
    OrderLine,
    OrderStatus,
    Payment,
    Touchpoint,
)


class Stage(StrEnum):
    """What inventory's first answer made of the order; everything after it is counted on the lines."""

    PLACED = "placed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Line:
    """One SKU of an order. Each of its pieces is open, completed or cancelled; the other counts lie within these."""

    line_id: str
    group_id: str
    sku: str
    quantity: int
    unit_price_jpy: int
    tax_percent: int
    in_question: int = 0
    """Open pieces that can't be had as ordered; the shopper chooses."""
    ready: int = 0
    """Open pieces that wait for the shopper."""
    shipped: int = 0
    """Open pieces in a parcel under way."""
    completed: int = 0
    cancelled: int = 0
    returned: int = 0
    """Completed pieces that came back."""
    settled: int = 0
    """Cancelled pieces that left the house all the same."""
    completed_jpy: int = 0
    returned_jpy: int = 0
    refunded_jpy: int = 0

    @property
    def open(self) -> int:
        """Pieces that the shopper may still get."""
        return self.quantity - self.completed - self.cancelled

    @property
    def movable(self) -> int:
        """Open pieces that have not left in a parcel."""
        return self.open - self.shipped

    @property
    def promised(self) -> int:
        """Open pieces in the house that are not in question."""
        return self.movable - self.in_question

    def of(self, quantity: int) -> OrderLine:
        """That many pieces of this line, as messages say it."""
        return OrderLine(
            line_id=self.line_id,
            group_id=self.group_id,
            sku=self.sku,
            quantity=quantity,
            unit_price_jpy=self.unit_price_jpy,
            tax_percent=self.tax_percent,
        )

    def within(self) -> "Line":
        """The same line with what is expected of its open pieces cut down to those that are open."""
        if self.in_question + self.ready + self.shipped <= self.open:
            return self
        shipped = min(self.shipped, self.open)
        in_question = min(self.in_question, self.open - shipped)
        ready = min(self.ready, self.open - shipped - in_question)
        return replace(self, shipped=shipped, in_question=in_question, ready=ready)


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that reach the shopper together, one way and at one place."""

    group_id: str
    method: FulfilmentMethod
    location_id: str | None = None
    prefecture: str | None = None
    pickup_by: datetime | None = None
    announced: bool = False
    """Whether OrderReady has been said of what is promised of it."""

    def as_value(self) -> FulfilmentGroup:
        """The group as messages say it."""
        return FulfilmentGroup(
            group_id=self.group_id,
            method=self.method,
            location_id=self.location_id,
            prefecture=self.prefecture,
        )


@dataclass(frozen=True, slots=True)
class CancelClaim:
    """A cancellation that pickup has not answered yet: pieces by line_id."""

    cancel_id: str
    reason: str
    by: CancelledBy
    pieces: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel of the order: pieces by line_id that were open when it left."""

    parcel_id: str
    pieces: Mapping[str, int]
    delivered: bool = False
    settled: Mapping[str, int] = field(default_factory=dict)
    """Pieces in it that were cancelled already when it left."""
    ended: bool = False
    """Whether it was lost or came back."""


@dataclass(frozen=True, slots=True)
class Link:
    """What is kept of a link that was issued; its token goes out once. `version` counts the links of the order."""

    version: int
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class BackLine:
    """Goods that came back. Without line_id any line of that SKU fits; `amount_jpy` is what a till has paid back."""

    line_id: str | None
    sku: str
    quantity: int
    disposition: Disposition
    amount_jpy: int | None = None
    tax_percent: int | None = None


@dataclass(frozen=True, slots=True)
class GoodsBack:
    """One return: at a till (`receipt_id`), or reported by a channel."""

    return_id: str
    location_id: str
    lines: tuple[BackLine, ...]
    receipt_id: str | None = None
    customer_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """The whole order. `version` counts what has been said about it."""

    order_id: str
    channel: str
    payment: Payment
    placed_at: datetime
    groups: Mapping[str, Group]
    lines: Mapping[str, Line]
    customer_ref: str | None = None
    recipient_ref: str | None = None
    allow_partial: bool = False
    touchpoints: tuple[Touchpoint, ...] = ()
    stage: Stage = Stage.PLACED
    reason: str | None = None
    version: int = 0
    allocation_version: int = 0
    allocations: tuple[Allocation, ...] = ()
    earlier_allocations: tuple[Allocation, ...] = ()
    """Promises that were replaced or kept: they tell where goods were picked."""
    ready_by: datetime | None = None
    choice_answer_by: datetime | None = None
    alternatives: tuple[Alternative, ...] = ()
    """Where all that is in question could be collected, as inventory saw it when the question was asked."""
    cancel_claims: tuple[CancelClaim, ...] = ()
    parcels: tuple[Parcel, ...] = ()
    receipt_ids: tuple[str, ...] = ()
    returns_waiting: tuple[GoodsBack, ...] = field(default=())
    """Returns that came before their handover."""
    links: Mapping[LinkPurpose, Link] = field(default_factory=dict)
    """The links that are out."""
    links_issued: int = 0

    @property
    def status(self) -> OrderStatus:
        """Where the order stands."""
        return status_of(self.stage, self.lines.values())

    @property
    def finished(self) -> bool:
        """Whether no piece is open any more."""
        return not any(line.open for line in self.lines.values())

    def lines_by_group(self) -> dict[str, list[Line]]:
        """The lines of each group, in order."""
        by_group: dict[str, list[Line]] = {group_id: [] for group_id in self.groups}
        for line in self.lines.values():
            by_group[line.group_id].append(line)
        return by_group

    def claimed(self, line_id: str) -> int:
        """Pieces of a line whose cancellation pickup has not answered yet."""
        return sum(claim.pieces.get(line_id, 0) for claim in self.cancel_claims)

    def allocated(self, line_id: str) -> int:
        """Pieces of a line that inventory holds, as far as it is known here."""
        return sum(a.quantity for a in self.allocations if a.line_id == line_id)

    def with_lines(self, changed: Iterable[Line]) -> "Order":
        """The order with these lines in place of the ones with their ids, or added."""
        return replace(self, lines={**self.lines, **{line.line_id: line for line in changed}})


def status_of(stage: Stage, lines: Iterable[Line]) -> OrderStatus:
    """Where these lines of an order stand together: a line by itself, a group, or the order."""
    lines = tuple(lines)
    still_open = [line for line in lines if line.open]
    if stage is Stage.REJECTED:
        return OrderStatus.REJECTED
    if not still_open:
        return _status_at_the_end(lines)
    if stage is Stage.PLACED:
        return OrderStatus.PLACED
    return _status_under_way(still_open)


def _status_at_the_end(lines: Iterable[Line]) -> OrderStatus:
    handed_out = [line for line in lines if line.completed]
    if not handed_out:
        return OrderStatus.CANCELLED
    if all(line.returned == line.completed for line in handed_out):
        return OrderStatus.RETURNED
    return OrderStatus.COMPLETED


def _status_under_way(still_open: Iterable[Line]) -> OrderStatus:
    still_open = tuple(still_open)
    if any(line.in_question for line in still_open):
        return OrderStatus.CHOICE
    if all(line.shipped == line.open for line in still_open):
        return OrderStatus.SHIPPED
    if all(line.ready + line.shipped == line.open for line in still_open):
        return OrderStatus.READY
    return OrderStatus.CONFIRMED
