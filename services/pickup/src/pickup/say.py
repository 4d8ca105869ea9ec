"""Outcomes as messages: what each tells the other systems."""

from datetime import datetime
from typing import Any, assert_never

from pickup.domain import outcomes as o
from pickup.domain.model import Transfer, Work, WorkKind
from tsunagu.contracts.message import Event, Message
from tsunagu.contracts.messages import (
    CancelRefused,
    HandoverUnmatched,
    ParcelDelivered,
    ParcelEnded,
    ParcelShipped,
    ParcelTracked,
    PickCancelled,
    PickCompleted,
    PickRequested,
    PickShorted,
    PickupCodeReplaced,
    PickupCollected,
    PickupExpired,
    PickupLocked,
    PickupReady,
    PutAwayCompleted,
    TransferAtRisk,
    TransferCancelled,
    TransferPlanned,
    TransferReceived,
    TransferShipped,
    WorkUnmatched,
)
from tsunagu.contracts.values import LocationId, Version

Silent = o.GroupIsClosed | o.CodeIsUseless | o.Accepted | o.Refused | o.MustWait
"""Outcomes that are no event: timers, codes and answers."""


def event_of(  # noqa: PLR0911 - one return for each kind of outcome is the clearest table
    outcome: o.Outcome,
    work: Work,
    about: Message | None,
    version: Version,
    at: datetime,
    code_hash: str | None,
) -> Event | None:
    """The event that says an outcome; None for those that are no event.

    `about` is the message behind it: where the work is not known yet, only it says what the work is. `code_hash` is
    the one of the code that was made for it.
    """
    head: dict[str, Any] = {"order_id": work.work_id, "version": version, "occurred_at": at}
    refs = {"customer_ref": work.customer_ref, "recipient_ref": work.recipient_ref}
    match outcome:
        case o.PickAsked(task, group, transfer_id, allocations):
            return PickRequested(
                **head, **refs,
                task_id=task.task_id,
                group_id=group.group_id,
                method=group.method,
                location_id=task.location_id,
                destination_id=group.location_id,
                transfer_id=transfer_id,
                allocations=allocations,
                allocation_version=work.allocation_version,
                due_at=task.due_at,
            )  # fmt: skip
        case o.Picked() | o.Shorted() | o.WasPutAway():
            return _work_event(outcome, work, about, version, at)
        case o.LetGo(cancel_id, lines):
            return PickCancelled(**head, **refs, cancel_id=cancel_id, lines=lines)
        case o.CancelDenied(cancel_id, denied, reason):
            return CancelRefused(**head, **refs, cancel_id=cancel_id, lines=denied, reason=reason)
        case (
            o.TransferWasPlanned()
            | o.TransferWasCancelled()
            | o.TransferIsAtRisk()
            | o.TransferWasShipped()
            | o.TransferHasArrived()
        ):
            return _transfer_event(outcome, work, version, at)
        case o.GroupIsReady() | o.CodeIsReplaced() | o.CodesAreLocked() | o.GroupHasExpired():
            return _waiting_event(outcome, {**head, **refs}, code_hash)
        case o.WasCollected():
            return PickupCollected(**head, **refs, **vars(outcome))
        case o.IsPlainSale():
            return HandoverUnmatched(**head, **vars(outcome))
        case o.WorkIsUnmatched():
            return WorkUnmatched(version=version, occurred_at=at, **vars(outcome))
        case o.ParcelHasLeft() | o.ParcelWasSeen() | o.ParcelHasArrived() | o.ParcelHasEnded():
            return _parcel_event(outcome, {**head, **refs})
        case o.GroupIsClosed() | o.CodeIsUseless() | o.Accepted() | o.Refused() | o.MustWait():
            return None
        case _:
            assert_never(outcome)


def _waiting_event(
    outcome: o.GroupIsReady | o.CodeIsReplaced | o.CodesAreLocked | o.GroupHasExpired,
    head: dict[str, Any],
    code_hash: str | None,
) -> Event:
    match outcome:
        case o.GroupIsReady(group, ready, pickup_by):
            return PickupReady(
                **head,
                group_id=group.group_id,
                location_id=_known(group.location_id),
                lines=ready,
                pickup_by=pickup_by,
                code_hash=code_hash,
            )
        case o.CodeIsReplaced():
            assert code_hash is not None, "a code that replaces others was just made"
            return PickupCodeReplaced(**head, code_hash=code_hash)
        case o.CodesAreLocked():
            return PickupLocked(**head, **vars(outcome))
        case o.GroupHasExpired(group, left, pickup_by):
            return PickupExpired(
                **head,
                group_id=group.group_id,
                location_id=_known(group.location_id),
                lines=left,
                pickup_by=pickup_by,
            )
        case _:
            assert_never(outcome)


def _known(location_id: LocationId | None) -> LocationId:
    assert location_id is not None, "a pickup group has a location"
    return location_id


def _work_event(
    outcome: o.Picked | o.Shorted | o.WasPutAway,
    work: Work,
    about: Message | None,
    version: int,
    at: datetime,
) -> Event:
    subject: dict[str, str | None] = {"order_id": None, "transfer_id": None}
    if work.kind is WorkKind.TRANSFER:
        subject["transfer_id"] = work.work_id
    elif work.known or getattr(about, "order_id", None) == work.work_id:
        subject = {"order_id": work.work_id, "transfer_id": getattr(about, "transfer_id", None)}
    else:
        subject["transfer_id"] = getattr(about, "transfer_id", None)
    head: dict[str, Any] = {**subject, "version": version, "occurred_at": at}
    match outcome:
        case o.Picked():
            known = {"allocation_version": work.allocation_version or None}
            return PickCompleted(**head, **known, **vars(outcome))
        case o.Shorted():
            known = {"allocation_version": work.allocation_version or None}
            return PickShorted(**head, **known, **vars(outcome))
        case o.WasPutAway():
            return PutAwayCompleted(**head, **vars(outcome))
        case _:
            assert_never(outcome)


def _transfer_event(
    outcome: (
        o.TransferWasPlanned
        | o.TransferWasCancelled
        | o.TransferIsAtRisk
        | o.TransferWasShipped
        | o.TransferHasArrived
    ),
    work: Work,
    version: int,
    at: datetime,
) -> Event:
    transfer = outcome.transfer
    head = {**_transfer_head(transfer, work), "version": version, "occurred_at": at}
    if isinstance(outcome, o.TransferIsAtRisk):
        return TransferAtRisk(
            **head,
            carrier=transfer.carrier,
            owner=transfer.owner,
            arrive_by=transfer.arrive_by,
            reason=outcome.reason,
        )
    head["lines"] = outcome.lines
    match outcome:
        case o.TransferWasPlanned():
            return TransferPlanned(
                **head,
                group_id=transfer.group_id if work.kind is WorkKind.ORDER else None,
                carrier=transfer.carrier,
                owner=transfer.owner,
                cost_jpy=transfer.cost_jpy,
                ship_by=transfer.ship_by,
                arrive_by=transfer.arrive_by,
                shipment_id=transfer.shipment_id,
            )
        case o.TransferWasCancelled():
            return TransferCancelled(**head, cancel_id=outcome.cancel_id, reason=outcome.reason)
        case o.TransferWasShipped():
            return TransferShipped(
                **head,
                shipping_id=outcome.shipping_id,
                shipment_id=outcome.shipment_id,
                carrier=transfer.carrier,
                tracking_number=outcome.tracking_number,
                arrive_by=transfer.arrive_by,
                staff_ref=outcome.staff_ref,
            )
        case o.TransferHasArrived():
            # Where it was counted in, also where that is another place than planned.
            head["to_location_id"] = outcome.location_id
            return TransferReceived(
                **head,
                receiving_id=outcome.receiving_id,
                complete=outcome.complete,
                staff_ref=outcome.staff_ref,
            )
        case _:
            assert_never(outcome)


def _transfer_head(transfer: Transfer, work: Work) -> dict[str, Any]:
    return {
        "transfer_id": transfer.transfer_id,
        "order_id": work.work_id if work.kind is WorkKind.ORDER else None,
        "from_location_id": transfer.from_location_id,
        "to_location_id": transfer.to_location_id,
    }


def _parcel_event(
    outcome: o.ParcelHasLeft | o.ParcelWasSeen | o.ParcelHasArrived | o.ParcelHasEnded, head: dict[str, Any]
) -> Event:
    match outcome:
        case o.ParcelHasLeft(parcel, lines):
            return ParcelShipped(
                **head,
                parcel_id=parcel.parcel_id,
                group_id=parcel.group_id,
                location_id=parcel.location_id,
                lines=lines,
                carrier=parcel.carrier,
                tracking_number=parcel.tracking_number,
                cost_jpy=parcel.cost_jpy,
                after_close=parcel.after_close,
            )
        case o.ParcelWasSeen():
            return ParcelTracked(**head, **vars(outcome))
        case o.ParcelHasArrived(parcel, lines):
            return ParcelDelivered(
                **head,
                parcel_id=parcel.parcel_id,
                group_id=parcel.group_id,
                location_id=parcel.location_id,
                lines=lines,
                # What was given up as lost and arrives all the same, the order has cancelled.
                after_close=parcel.after_close or parcel.ended is not None,
            )
        case o.ParcelHasEnded(parcel, lines):
            assert parcel.ended is not None, "a parcel that has ended says how"
            return ParcelEnded(
                **head,
                parcel_id=parcel.parcel_id,
                group_id=parcel.group_id,
                location_id=parcel.location_id,
                lines=lines,
                outcome=parcel.ended,
            )
        case _:
            assert_never(outcome)
