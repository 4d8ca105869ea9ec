"""What people in stores and carriers report, as decisions about the work it belongs to."""

from pickup.domain import handover, parcels, picking, shipments, tasks, transfers
from pickup.domain.draft import Decision
from pickup.domain.model import Work
from pickup.domain.outcomes import WasPutAway
from pickup.domain.scene import Scene
from tsunagu.contracts.messages import (
    AssignTask,
    CancelTransfer,
    ConfirmDelivery,
    ConfirmPick,
    ConfirmPutAway,
    HandOver,
    PlanTransfer,
    ReceiveTransfer,
    ReportShortPick,
    ReportTracking,
    SaleRecorded,
    ShipParcel,
    ShipTransfer,
    StartTask,
)


def assign_task(command: AssignTask, work: Work, scene: Scene) -> Decision:
    """Give a task to somebody."""
    return tasks.assign(work, command.task_id, command.owner, scene)


def start_task(command: StartTask, work: Work, scene: Scene) -> Decision:
    """Somebody begins a task."""
    return tasks.start(work, command.task_id, command.staff_ref, scene)


def confirm_pick(fact: ConfirmPick, work: Work, scene: Scene) -> Decision:
    """Goods are off the shelf and staged."""
    pick = picking.Pick(
        fact.pick_id,
        fact.task_id,
        fact.location_id,
        fact.allocation_id,
        fact.line_id,
        fact.sku,
        fact.quantity,
        fact.staff_ref,
    )
    return picking.picked(work, pick, scene)


def report_short_pick(fact: ReportShortPick, work: Work, scene: Scene) -> Decision:
    """Goods are not where they should be."""
    short = picking.ShortPick(
        fact.short_pick_id,
        fact.task_id,
        fact.location_id,
        fact.allocation_id,
        fact.line_id,
        fact.sku,
        fact.quantity,
        fact.kind,
        fact.staff_ref,
    )
    return picking.shorted(work, short, scene)


def confirm_put_away(fact: ConfirmPutAway, work: Work, scene: Scene) -> Decision:
    """Goods are back on the shelf."""
    done = WasPutAway(fact.put_away_id, fact.task_id, fact.location_id, fact.lines, fact.staff_ref)
    return picking.put_away(work, done, scene)


def plan_transfer(command: PlanTransfer, work: Work, scene: Scene) -> Decision:
    """Move goods between locations without an order."""
    return transfers.plan(work, command.from_location_id, command.to_location_id, command.lines, scene)


def cancel_transfer(command: CancelTransfer, work: Work, scene: Scene) -> Decision:
    """Do not send a transfer after all."""
    return transfers.cancel(work, command.transfer_id, command.cancel_id, command.reason, scene)


def ship_transfer(fact: ShipTransfer, work: Work, scene: Scene) -> Decision:
    """A transfer has left."""
    shipping = shipments.Shipping(
        fact.shipping_id,
        fact.transfer_id,
        fact.shipment_id,
        fact.location_id,
        fact.carrier,
        fact.tracking_number,
        fact.lines,
        fact.staff_ref,
    )
    return shipments.shipped(work, shipping, scene)


def receive_transfer(fact: ReceiveTransfer, work: Work, scene: Scene) -> Decision:
    """A transfer, or part of it, has arrived."""
    receiving = shipments.Receiving(
        fact.receiving_id,
        fact.transfer_id,
        fact.location_id,
        fact.lines,
        fact.complete,
        fact.staff_ref,
    )
    return shipments.received(work, receiving, scene)


def hand_over(command: HandOver, work: Work, scene: Scene) -> Decision:
    """Give the goods to the shopper; done offline, they are gone already."""
    asked = handover.Handover(
        command.handover_id,
        command.location_id,
        command.code_hash or command.digits_hash,
        command.lines,
        command.done_offline,
        command.staff_ref,
        command.desk_check,
    )
    return handover.hand_over(work, asked, scene)


def till_receipt(fact: SaleRecorded, work: Work, scene: Scene) -> Decision:
    """The receipt's lines of this order are its handover."""
    return handover.till_receipt(work, receipt_of(fact, work.work_id), scene)


def receipt_of(fact: SaleRecorded, order_id: str) -> handover.Receipt:
    """What a receipt says of one order."""
    return handover.Receipt(
        fact.receipt_id,
        fact.location_id,
        fact.register_id,
        fact.receipt_number,
        fact.business_date,
        tuple(line for line in fact.lines if line.order_id == order_id),
        fact.tax_by_rate,
        fact.customer_ref,
        fact.staff_ref,
    )


def ship_parcel(fact: ShipParcel, work: Work, scene: Scene) -> Decision:
    """A parcel has left for the shopper."""
    sending = parcels.Sending(
        fact.parcel_id,
        fact.location_id,
        fact.carrier,
        fact.tracking_number,
        fact.cost_jpy,
        fact.lines,
    )
    return parcels.sent(work, sending, scene)


def report_tracking(fact: ReportTracking, work: Work, scene: Scene) -> Decision:
    """The carrier says where a parcel is."""
    return parcels.seen(work, fact.parcel_id, fact.status, fact.place, scene)


def confirm_delivery(fact: ConfirmDelivery, work: Work, scene: Scene) -> Decision:
    """The recipient has the parcel."""
    return parcels.delivered(work, fact.parcel_id, scene.at, scene)
