"""Pickup's wiring: which message goes to which function."""

from pathlib import Path

from pickup import gauges, retelling
from pickup.desk import AT_RISK, CAPACITY, EXPIRE, SHIPMENT, WAVE
from pickup.handlers import (
    capacity,
    escalation,
    network,
    order_news,
    shipments,
    store_work,
    timers,
    unmatched,
    waves,
)
from pickup.settings import settings
from pickup.store import LOCATIONS, WORKS
from pickup.working import UNMATCHED, deciding
from tsunagu.chassis import BACKBONE, Deleted, DueHandler, Handler, Periodic, Service, Subscription
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics as t

SERVICE = Service(
    name="pickup",
    events=t.PICKUP_EVENTS,
    locks=(WORKS, LOCATIONS, shipments.SHIPMENTS),
    migrations=Path(__file__).with_name("migrations"),
    subscriptions=(
        Subscription(
            t.NETWORK_LOCATIONS,
            (
                Handler(m.Location, network.save_locations, network.locations),
                Handler(Deleted, network.close_locations, network.locations),
            ),
        ),
        Subscription(
            t.NETWORK_LANES, (Handler(m.Lane, network.save_lanes), Handler(Deleted, network.delete_lanes))
        ),
        Subscription(
            t.CATALOG_PRODUCTS,
            (Handler(m.Product, network.save_products), Handler(Deleted, network.delete_products)),
        ),
        Subscription(
            t.ORDER_EVENTS,
            (
                deciding(m.OrderCancelled, order_news.cancelled),
                deciding(m.OrderRejected, order_news.cancelled),
                deciding(m.CancelRequested, order_news.cancel_requested),
                deciding(m.OrderChanged, order_news.changed),
                deciding(m.RecipientChanged, order_news.recipient_changed),
                deciding(m.ChoiceRequested, order_news.choice_requested),
                deciding(m.OrderConfirmed, order_news.promised),
                deciding(m.OrderReallocated, order_news.promised),
            ),
        ),
        Subscription(
            t.PICKUP_COMMANDS,
            (
                deciding(m.AssignTask, store_work.assign_task),
                deciding(m.StartTask, store_work.start_task),
                Handler(m.TakeWave, waves.take, waves.rows_to_take),
                Handler(m.ReleaseWave, waves.release, waves.rows_to_release),
                deciding(m.ReportShortPick, store_work.report_short_pick),
                deciding(m.ConfirmPick, store_work.confirm_pick),
                deciding(m.PlanTransfer, store_work.plan_transfer),
                deciding(m.CancelTransfer, store_work.cancel_transfer),
                deciding(m.ShipTransfer, store_work.ship_transfer),
                deciding(m.ReceiveTransfer, store_work.receive_transfer),
                deciding(m.HandOver, store_work.hand_over),
                deciding(m.ConfirmPutAway, store_work.confirm_put_away),
                deciding(m.ShipParcel, store_work.ship_parcel),
                deciding(m.ReportTracking, store_work.report_tracking),
                Handler(m.ReportShipmentTracking, shipments.report_tracking, shipments.tracked_shipments),
                deciding(m.ConfirmDelivery, store_work.confirm_delivery),
                Handler(m.PausePickup, capacity.pause, capacity.locations),
                Handler(m.ResumePickup, capacity.resume, capacity.locations),
            ),
        ),
        Subscription(t.POS_SALES, (deciding(m.SaleRecorded, store_work.till_receipt),)),
        *BACKBONE,
    ),
    due=(
        DueHandler(EXPIRE, timers.pickup_expired, timers.works, is_deadline=True),
        DueHandler(AT_RISK, timers.transfer_at_risk, timers.works, is_deadline=True),
        DueHandler(WAVE, waves.changed, waves.rows_changed),
        DueHandler(waves.IDLE, waves.left_alone, waves.rows_left_alone, is_deadline=True),
        DueHandler(escalation.ESCALATE, escalation.escalate, timers.works),
        DueHandler(SHIPMENT, shipments.say_shipments, shipments.due_shipments),
        DueHandler(UNMATCHED, unmatched.end_waiting, timers.works, is_deadline=True),
        DueHandler(CAPACITY, capacity.say_capacities, capacity.due_locations),
        DueHandler(capacity.RESUME, capacity.pause_over, capacity.due_locations),
    ),
    periodic=(
        Periodic("pickup gauges", settings().gauges_interval_seconds, gauges.refresh),
        escalation.ESCALATION.periodic(escalation.ask_for_overdue),
    ),
    open_keys=retelling.open_keys,
    retellings=retelling.RETELLINGS,
)
