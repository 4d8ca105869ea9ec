"""Which message answers which command."""

from collections.abc import Mapping
from dataclasses import dataclass

from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message

DONE, REFUSED = "done", "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a message says about one command.

    `message_id` is the command's own `ce_id` where the answer names it: several senders may have used the same
    natural id, and only one of them is meant. `channel` is set where the command must have come from that channel.
    """

    command_type: str
    command_id: str
    outcome: str
    answered_by: str
    message_id: str | None = None
    channel: str | None = None
    reason: str | None = None
    detail: str | None = None

    def is_for(self, message_id: str, channel: str | None) -> bool:
        """Whether the command that was sent as `message_id`, with this channel if it has one, is answered."""
        if self.message_id is not None:
            return self.message_id == message_id
        return self.channel is None or self.channel == channel


# Event → the command it answers, and the field that holds the command's natural id.
_ANSWERS: Mapping[type[Message], tuple[type[Message], str]] = {
    m.OrderPlaced: (m.PlaceOrder, "order_id"),
    m.OrderChanged: (m.ChangeFulfilment, "change_id"),
    m.RecipientChanged: (m.ChangeRecipient, "change_id"),
    m.OrderCancelled: (m.CancelOrder, "cancel_id"),
    m.ItemsReturned: (m.ReturnItems, "return_id"),
    m.ReturnUnmatched: (m.ReturnItems, "return_id"),
    m.PickCompleted: (m.ConfirmPick, "pick_id"),
    m.PickShorted: (m.ReportShortPick, "short_pick_id"),
    m.PutAwayCompleted: (m.ConfirmPutAway, "put_away_id"),
    m.StockCounted: (m.CountStock, "document_id"),
    m.StockAdjusted: (m.SettleDiscrepancy, "document_id"),
    m.TransferShipped: (m.ShipTransfer, "shipping_id"),
    m.TransferReceived: (m.ReceiveTransfer, "receiving_id"),
    m.PickupCollected: (m.HandOver, "handover_id"),
    m.HandoverUnmatched: (m.HandOver, "handover_id"),
    m.ParcelShipped: (m.ShipParcel, "parcel_id"),
    m.CustomersMerged: (m.MergeCustomers, "merge_id"),
    m.CustomerSplit: (m.SplitCustomer, "split_id"),
    m.ParcelTracked: (m.ReportTracking, "tracking_id"),
    m.TargetSet: (m.SetTarget, "target_id"),
    m.MeasureRecorded: (m.RecordMeasure, "measure_id"),
    m.BaselineSet: (m.SetBaseline, "baseline_id"),
    m.PolicyAdopted: (m.AdoptPolicy, "adoption_id"),
    m.PolicyTried: (m.TryPolicy, "trial_id"),
    m.KpiExplained: (m.ExplainKpi, "question_id"),
}
# Event → the command that it answers in place of the one above, where it names that one.
_DECIDED: Mapping[type[Message], tuple[type[Message], str]] = {
    m.StockCounted: (m.ApproveCount, "approval_id"),
}
# Events that say no, with the field that says why.
_REFUSALS: Mapping[type[Message], tuple[type[Message], str]] = {
    m.OrderRejected: (m.PlaceOrder, "order_id"),
    m.CancelRefused: (m.CancelOrder, "cancel_id"),
}


def answer_in(message: Message, causation_id: str | None) -> Answer | None:
    """The answer that a message holds, if it holds one. `causation_id` is its envelope's."""
    kind = type(message)
    answered_by = kind.__name__
    if isinstance(message, m.CommandRefused):
        return Answer(
            message.command_type,
            message.command_id,
            REFUSED,
            answered_by,
            message_id=causation_id or "",
            reason=message.reason,
            detail=message.detail,
        )
    if isinstance(message, m.CommandAccepted):
        return Answer(
            message.command_type, message.command_id, DONE, answered_by, message_id=causation_id or ""
        )
    if isinstance(message, m.WorkUnmatched):
        return Answer(message.fact_type, message.fact_id, DONE, answered_by)
    refuses = kind in _REFUSALS
    found = _REFUSALS.get(kind) or _ANSWERS.get(kind)
    decides = _DECIDED.get(kind)
    if decides is not None and getattr(message, decides[1]) is not None:
        found = decides
    if found is None:
        return None
    command, field = found
    command_id = getattr(message, field)
    if command_id is None:
        return None
    return Answer(
        command.WIRE_TYPE,
        command_id,
        REFUSED if refuses else DONE,
        answered_by,
        # Only an order's id is made by the channel; another channel may have taken the same one.
        channel=getattr(message, "channel", None) if command is m.PlaceOrder else None,
        reason=getattr(message, "reason", None) if refuses else None,
        detail=getattr(message, "detail", None) if refuses else None,
    )
