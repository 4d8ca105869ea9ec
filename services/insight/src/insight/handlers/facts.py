"""Messages as facts about a subject. None: the message says nothing that is counted."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from insight.domain import facts as f
from insight.domain.days import business_day
from insight.settings import settings
from tsunagu.contracts.messages import (
    CustomerProfile,
    OrderCancelled,
    OrderConfirmed,
    OrderPlaced,
    OrderReady,
    OrderRejected,
    OrderShipped,
    PickCompleted,
    PickShorted,
    ProductScanned,
    PromiseBroken,
    StockCounted,
)
from tsunagu.contracts.values import CancelledBy, OrderLine, TouchpointKind

NOWHERE = frozenset({"out_of_stock", "pickup_paused", "no_capacity", "choice_unanswered"})
"""Why goods can't be had although they exist and were asked for in time."""


@dataclass(frozen=True, slots=True)
class Told:
    """A fact about a subject, and what tells it apart from others about it."""

    subject_id: str
    fact_id: str
    fact: f.Fact


def of_order(order_id: str) -> str:
    """The subject that an order is."""
    return f"order:{order_id}"


def of_customer(customer_id: str) -> str:
    """The subject that a customer is."""
    return f"customer:{customer_id}"


def of_placed(event: OrderPlaced, day: date) -> Told:
    """What an order asks for."""
    locations = {group.group_id: group.location_id for group in event.groups}
    begins = settings().business_day_begins_hour
    asked = f.Asked(
        channel=event.channel,
        at=event.placed_at,
        day=day,
        lines=tuple(
            f.AskedLine(line.line_id, locations[line.group_id], line.quantity, line.unit_price_jpy)
            for line in event.lines
        ),
        scans=tuple(
            # A shelf is scanned before the order, whatever a device's clock says.
            f.Seen(touch.location_id, touch.at, min(business_day(touch.at, begins), day))
            for touch in event.touchpoints
            if touch.kind is TouchpointKind.STORE_SCAN and touch.location_id is not None
        ),
    )
    return Told(of_order(event.order_id), "asked", asked)


def of_confirmed(event: OrderConfirmed) -> list[Told]:
    """What is promised, and what can't be had from the start."""
    promised = f.Promised(
        version=event.version,
        ready_by=event.ready_by,
        pieces=_pieces(event.lines),
        groups=tuple(
            (group.group_id, group.location_id)
            for group in event.groups
            if any(line.group_id == group.group_id for line in event.lines)
        ),
    )
    told = [Told(of_order(event.order_id), f"promised:{event.version}", promised)]
    if event.short_lines:
        short = tuple((line.line_id, line.quantity) for line in event.short_lines)
        told.append(_lost(event.order_id, f.Lost(event.version, False, short, ())))
    return told


def of_rejected(event: OrderRejected) -> Told | None:
    """All of it can't be had; of an order that came too late or names what is not there, nobody lost a sale."""
    if event.reason not in NOWHERE:
        return None
    return _lost(event.order_id, f.Lost(event.version, True, _pieces(event.lines), _groups(event.lines)))


def of_cancelled(event: OrderCancelled) -> Told | None:
    """Some of it can't be had any more; what somebody wants cancelled is none of that."""
    if event.cancelled_by is not CancelledBy.SYSTEM or event.reason not in NOWHERE:
        return None
    return _lost(event.order_id, f.Lost(event.version, False, _pieces(event.lines), _groups(event.lines)))


def of_ready(event: OrderReady | OrderShipped) -> Told:
    """A group waits for the customer, or is on its way."""
    is_shipped = isinstance(event, OrderShipped)
    ready = f.Ready(event.group_id, event.location_id, event.occurred_at, is_shipped)
    return Told(of_order(event.order_id), f"ready:{event.version}", ready)


def of_broken(event: PromiseBroken) -> Told:
    """Something took goods that were promised to an order."""
    return Told(of_order(event.order_id), f"broken:{event.version}", f.Broken(event.cause))


def of_pick(event: PickCompleted | PickShorted, day: date) -> Told:
    """Pieces were picked, or were not there. The same work told under another version is the same."""
    if isinstance(event, PickShorted):
        short = f.Picked(event.location_id, day, event.quantity, is_short=True)
        return Told(f"short_pick:{event.short_pick_id}", "picked", short)
    picked = f.Picked(event.location_id, day, event.quantity, is_short=False)
    return Told(f"pick:{event.pick_id}", "picked", picked)


def of_counted(event: StockCounted, day: date) -> Told:
    """What a count found, and what somebody decided on it."""
    right = sum(line.variance == 0 for line in event.lines)
    counted = f.Counted(event.version, event.outcome, event.location_id, day, len(event.lines), right)
    return Told(f"count:{event.document_id}", f"counted:{event.version}", counted)


def of_scanned(event: ProductScanned, day: date) -> Told:
    """Somebody scanned a product on a shelf."""
    scanned = f.Scanned(event.channel, event.location_id, day)
    return Told(f"scan:{event.activity_id}", "scanned", scanned)


def of_profile(profile: CustomerProfile, at: datetime) -> f.Bought:
    """What a customer has bought by now; `at`: when, where nothing says so."""
    channels = [one.channel for one in profile.purchases_by_channel]
    first = profile.first_channel or (channels[0] if len(channels) == 1 else None)
    day = business_day(profile.first_purchase_at or at, settings().business_day_begins_hour)
    purchases = sum(one.count for one in profile.purchases_by_channel)
    return f.Bought(profile.version, first, day, purchases)


def _lost(order_id: str, lost: f.Lost) -> Told:
    return Told(of_order(order_id), f"lost:{lost.version}", lost)


def _pieces(lines: Iterable[OrderLine]) -> tuple[tuple[str, int], ...]:
    pieces = Counter[str]()
    for line in lines:
        pieces[line.line_id] += line.quantity
    return tuple(sorted(pieces.items()))


def _groups(lines: Iterable[OrderLine]) -> tuple[str, ...]:
    return tuple(sorted({line.group_id for line in lines}))
