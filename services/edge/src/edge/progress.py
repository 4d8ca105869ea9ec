"""An order's events as its channel sees them: a name, a few fields, and whether the order ends with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edge.pending_commands import Settled
from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message

_NAMES: Mapping[type[Message], str] = {
    m.OrderPlaced: "order.placed",
    m.OrderConfirmed: "order.confirmed",
    m.OrderReallocated: "order.reallocated",
    m.OrderRejected: "order.rejected",
    m.ChoiceRequested: "order.choice_requested",
    m.OrderChanged: "order.changed",
    m.RecipientChanged: "order.recipient_changed",
    m.CancelRequested: "order.cancel_requested",
    m.OrderReady: "order.ready",
    m.OrderShipped: "order.shipped",
    m.OrderCompleted: "order.completed",
    m.OrderCancelled: "order.cancelled",
    m.ItemsReturned: "order.items_returned",
    m.RefundDue: "order.refund_due",
    m.SettlementDue: "order.settlement_due",
    m.CancelRefused: "order.cancel_refused",
}
PROGRESS = tuple(_NAMES)
"""The events that are told to the channel."""

# Where goods come from and how they were found is the retailer's own business.
_TOLD = frozenset(
    {
        "group_id",
        "location_id",
        "method",
        "ready_by",
        "pickup_by",
        "reason",
        "detail",
        "options",
        "answer_by",
        "cancel_id",
        "cancelled_by",
        "return_id",
        "refund_id",
        "refund_by",
        "parcel_id",
        "carrier",
        "tracking_number",
        "amount_jpy",
        "tax_by_rate",
        "order_finished",
        "short_lines",
    }
)
_OF_A_LINE = frozenset({"line_id", "sku", "quantity", "amount_jpy", "disposition"})


@dataclass(frozen=True, slots=True)
class Progress:
    """One thing that has happened to an order. `channel` is the one that the event names, if it does."""

    order_id: str
    channel: str | None
    name: str
    data: dict[str, Any]
    ends: bool


def progress_of(event: Message) -> Progress:
    """The progress that an event of PROGRESS is."""
    kind = type(event)
    order_id: str = getattr(event, "order_id")  # noqa: B009 - all events of PROGRESS have it, Message has not
    told = event.model_dump(mode="json", exclude_none=True)
    data = {name: told[name] for name in told if name in _TOLD}
    if "lines" in told:
        data["lines"] = [{name: line[name] for name in line if name in _OF_A_LINE} for line in told["lines"]]
    data = {"order_id": order_id, "occurred_at": told["occurred_at"], **data}
    # Goods that come back afterwards open nothing again: what is told of them follows an order that has ended.
    ends = kind is m.OrderRejected or (
        kind in (m.OrderCompleted, m.OrderCancelled) and bool(getattr(event, "order_finished", False))
    )
    return Progress(order_id, getattr(event, "channel", None), _NAMES[kind], data, ends)


def answered(settled: Settled) -> Progress:
    """The progress that an answer to a command is where no event of PROGRESS tells it."""
    answer = settled.answer
    data = {
        "order_id": settled.record_key,
        "occurred_at": settled.received.message.model_dump(mode="json")["occurred_at"],
        "command_type": answer.command_type,
        "command_id": answer.command_id,
        "reason": answer.reason,
        "detail": answer.detail,
    }
    return Progress(
        settled.record_key,
        settled.holder,
        f"command.{'accepted' if answer.reason is None else 'refused'}",
        {name: value for name, value in data.items() if value is not None},
        ends=answer.reason is not None and answer.command_type == m.PlaceOrder.WIRE_TYPE,
    )
