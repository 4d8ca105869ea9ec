"""Of what in an order's life somebody is to be told, and what is said of having told them."""

from collections.abc import Callable
from typing import Any

from audit.log import Seen
from audit.tables import News, Told
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics as t
from tsunagu.contracts.message import Message


def note_news(told: Told, seen: Seen) -> None:
    """Enter an event of an order; all others are no news to its shopper or its site."""
    message = seen.message
    order_id = getattr(message, "order_id", None)
    if order_id is None or not (seen.topic is t.ORDER_EVENTS or isinstance(message, m.CancelRefused)):
        return
    persons = (getattr(message, name, None) for name in ("customer_ref", "recipient_ref"))
    refs = frozenset(ref for ref in persons if ref is not None)
    channel = getattr(message, "channel", None)
    told.news[order_id].append(News(seen.envelope.id, type(message), seen.envelope.time, channel, refs))


def _asked(told: Told, seen: Seen, event: m.ChoiceRequested) -> None:
    told.questions[event.order_id] = event.answer_by


def _sent(told: Told, seen: Seen, event: m.NoticeSent) -> None:
    told.notices[event.notice_id].append("sent")


def _failed(told: Told, seen: Seen, event: m.NoticeFailed) -> None:
    told.notices[event.notice_id].append("failed")


def _recorded(told: Told, seen: Seen, command: m.RecordRecipient) -> None:
    if command.customer_ref is not None:
        told.recorded_by[command.recipient_ref].add(command.customer_ref)


def _erased(told: Told, seen: Seen, event: m.CustomerErased) -> None:
    told.erased.update(event.refs)


NEWS: dict[type[Message], Callable[[Told, Seen, Any], None]] = {
    m.ChoiceRequested: _asked,
    m.NoticeSent: _sent,
    m.NoticeFailed: _failed,
    m.RecordRecipient: _recorded,
    m.CustomerErased: _erased,
}
