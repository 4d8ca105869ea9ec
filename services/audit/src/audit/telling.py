"""Messages into tables: one function per message type; what is not listed says nothing that a rule needs."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from audit.log import Seen
from audit.tables import Told
from audit.telling_goods import GOODS
from audit.telling_journal import note_money
from audit.telling_news import NEWS, note_news
from audit.telling_orders import ORDERS
from audit.telling_people import PEOPLE
from audit.telling_tasks import forget_task, note_task
from audit.telling_tills import TILLS
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics as t
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import Topic

Tell = Callable[[Told, Seen, Any], None]
TELL: dict[type[Message], Tell] = {**TILLS, **ORDERS, **GOODS, **NEWS, **PEOPLE}


def tell(told: Told, seen: Seen) -> None:
    """Enter a message."""
    message = seen.message
    if seen.topic.kind == "state":
        _tell_state(told, seen)
        return
    aggregate = _aggregate(seen)
    if aggregate is not None:
        versions = told.versions[seen.topic.name][aggregate]
        version: int = message.version  # type: ignore[attr-defined]
        versions[version] = versions.get(version, 0) + 1
        if versions[version] > 1:
            return  # found as doubled; what it says counts once
    note_news(told, seen)
    note_money(told, seen)
    enter = TELL.get(type(message))
    if enter is not None:
        enter(told, seen, message)


def forget(told: Told, topic: Topic, key: str) -> None:
    """Enter the delete of a state."""
    told.states[topic.name].pop(key, None)
    forget_task(told, key)


def _tell_state(told: Told, seen: Seen) -> None:
    state = _state(seen.message)
    latest = told.states[seen.topic.name].get(seen.key)
    if latest is None or latest[0] <= state[0]:  # type: ignore[operator]
        told.states[seen.topic.name][seen.key] = state
        if isinstance(seen.message, m.Task):
            note_task(told, seen.message)
    if seen.topic is t.ORDER_STATE:
        told.versions["order.state"][seen.key][seen.message.version] = 1  # type: ignore[attr-defined]
    if seen.topic is t.CUSTOMER_PROFILES:
        told.versions["customer.profiles"][seen.key][seen.message.version] = 1  # type: ignore[attr-defined]


def _state(message: Message) -> tuple[object, ...]:
    """Version, and what of a state is held against a database."""
    matters: tuple[object, ...] = ()
    match message:
        case m.Order():
            lines = sorted(
                (line.line_id, line.completed_quantity, line.cancelled_quantity, line.returned_quantity)
                for line in message.lines
            )
            matters = (str(message.status), tuple(lines), message.refunded_jpy)
        case m.Availability():
            matters = (message.available,)
        case m.Task():
            matters = (str(message.state), message.parent_id)
        case m.Shipment():
            shares = [part.cost_jpy for part in message.transfers if part.cost_jpy is not None]
            has_left = message.left_at is not None
            matters = (
                str(message.state), len(message.transfers), has_left, message.cost_jpy, sum(shares),
                tuple(part.transfer_id for part in message.transfers),
            )  # fmt: skip
        case m.Purchase():
            matters = (message.amount_jpy,)
        case m.JournalDay():
            matters = (sum(part.documents for part in message.parts), _yen_by_kind(message))
        case _:
            pass
    return (message.version, *matters)  # type: ignore[attr-defined]


def _yen_by_kind(day: m.JournalDay) -> tuple[tuple[str, int], ...]:
    """The yen of a day of the journal by kind. They are of different sorts, so there is no sum of all."""
    yen: Counter[str] = Counter()
    for part in day.parts:
        yen[part.kind.value] += part.amount_jpy
    return tuple(sorted(yen.items()))


_NO_AGGREGATE = (m.CommandRefused, m.CommandAccepted, m.StockReceived, m.StockAdjusted, m.Heartbeat)
"""Answers have no version; a document is booked once, and its message id says so."""


def _aggregate(seen: Seen) -> str | None:
    """Whose version an event counts; None for messages without one."""
    message = seen.message
    if isinstance(message, _NO_AGGREGATE) or getattr(message, "version", None) is None:
        return None
    if isinstance(message, m.StockHeld) or (
        isinstance(message, m.StockReleased) and message.order_id is None
    ):
        return f"hold {message.hold_id}"
    if isinstance(message, m.StockCounted):
        return f"count {message.document_id}"
    if isinstance(message, m.ReturnUnmatched) and message.version == 1:
        return None  # of an order that nobody knows: there is nothing whose version it could count
    return seen.key
