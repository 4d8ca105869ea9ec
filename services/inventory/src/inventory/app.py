"""Inventory's wiring: what comes in, and which function does it."""

from pathlib import Path

from inventory import retelling
from inventory.cycle_counts import CYCLE_COUNTS
from inventory.escalation import ESCALATION, give_on_overdue
from inventory.handlers import (
    corrections,
    counting,
    deliveries,
    holds,
    issuing,
    network,
    orders,
    picking,
    placing,
    promises,
    returns,
    safety,
    sales,
    sourcing,
    transfer_plans,
    transfers,
    unmatched,
    unreported,
)
from inventory.http import routes
from inventory.store.deliveries import DELIVERY_OVERDUE
from inventory.store.locks import LOCKS
from inventory.store.safety import CATEGORY_SAFETY, ROW_SAFETY
from inventory.store.tasks import TASKS
from inventory.upkeep import LEDGER_MONTHS, REGISTER_CLOCKS, RELIABILITY
from tsunagu.chassis import BACKBONE, Deleted, DueHandler, Handler, Service, Subscription
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics as t
from tsunagu.planning import assigned, started

# Within a subscription, what frees stock stands before what takes it.
SERVICE = Service(
    name="inventory",
    events=t.INVENTORY_EVENTS,
    subscriptions=(
        Subscription(t.NETWORK_LOCATIONS, (
            Handler(m.Location, network.keep_locations),
            Handler(Deleted, network.forget_locations),
        )),
        Subscription(t.NETWORK_LANES, (
            Handler(m.Lane, network.keep_lanes),
            Handler(Deleted, network.forget_lanes),
        )),
        Subscription(t.CATALOG_PRODUCTS, (
            Handler(m.Product, network.keep_products),
            Handler(Deleted, network.forget_products),
        )),
        Subscription(t.PICKUP_CAPACITY, (
            Handler(m.PickCapacity, network.keep_capacities),
            Handler(Deleted, network.forget_capacities),
        )),
        Subscription(t.POS_SALES, (
            Handler(m.SaleVoided, sales.void_sales, sales.keys),
            Handler(m.SaleReturned, sales.take_back, sales.keys),
            Handler(m.SaleRecorded, sales.record_sales, sales.keys),
        ), goes_behind=True),  # the goods have left already; an order's shopper waits
        Subscription(t.INVENTORY_COMMANDS, (
            Handler(m.AnnounceDelivery, deliveries.announce, deliveries.announce_keys),
            Handler(m.ReceiveStock, deliveries.receive, deliveries.receive_keys),
            Handler(m.ReleaseHold, holds.release, holds.keys),
            Handler(m.AdjustStock, corrections.adjust, corrections.keys),
            Handler(m.CountStock, counting.count, counting.count_keys),
            Handler(m.ApproveCount, counting.approve, counting.approve_keys),
            Handler(m.SettleDiscrepancy, corrections.settle, corrections.settle_keys),
            Handler(m.SetSafetyStock, safety.set_safety, safety.safety_keys),
            Handler(m.SetDefaultSafetyStock, safety.set_default, safety.default_keys),
            Handler(m.ExtendHold, holds.extend, holds.keys),
            Handler(m.HoldStock, holds.hold, holds.hold_keys),
            Handler(m.AssignInventoryTask, TASKS.deciding(assigned)),
            Handler(m.StartInventoryTask, TASKS.deciding(started)),
        )),
        Subscription(t.ORDER_EVENTS, (
            Handler(m.ItemsReturned, returns.take_back, returns.keys),
            Handler(m.ReturnUnmatched, returns.take_back, returns.keys),
            Handler(m.OrderCancelled, orders.cancel, orders.keys),
            Handler(m.OrderRejected, orders.reject, orders.keys),
            Handler(m.OrderChanged, orders.change, orders.keys),
            Handler(m.OrderPlaced, placing.place, placing.keys),
        )),
        Subscription(t.PICKUP_EVENTS, (
            Handler(m.PutAwayCompleted, picking.put_away, picking.keys),
            Handler(m.PickCancelled, picking.let_go_of_picks, picking.keys),
            Handler(m.TransferCancelled, transfer_plans.cancel, transfer_plans.keys),
            Handler(m.TransferPlanned, transfer_plans.plan, transfer_plans.keys),
            Handler(m.TransferReceived, transfers.receive, transfers.keys),
            Handler(m.ParcelEnded, returns.take_back_parcels, returns.keys),
            Handler(m.PickCompleted, picking.complete, picking.keys),
            Handler(m.PickShorted, picking.shorten, picking.keys),
            Handler(m.TransferShipped, transfers.ship, transfers.keys),
            Handler(m.PickupCollected, issuing.hand_over, issuing.keys),
            Handler(m.ParcelShipped, issuing.send_parcels, issuing.keys),
            Handler(m.HandoverUnmatched, sales.sell_unmatched, sales.unmatched_keys),
            Handler(m.WorkUnmatched, unmatched.book_unmatched, unmatched.keys),
        )),
        *BACKBONE,
    ),
    due=(
        DueHandler(holds.EXPIRE_HOLD, holds.expire, holds.expire_keys, is_deadline=True),
        DueHandler(promises.BREAK_PROMISES, promises.break_promises, promises.keys),
        DueHandler(placing.SOURCING, sourcing.source, sourcing.keys),
        DueHandler(DELIVERY_OVERDUE, deliveries.ask, deliveries.overdue_keys, is_deadline=True),
        DueHandler(unreported.UNREPORTED, unreported.ask, is_deadline=True),
        DueHandler(CATEGORY_SAFETY, safety.carry_to_skus),
        DueHandler(ROW_SAFETY, safety.carry_to_rows, safety.row_keys),
    ),
    locks=LOCKS,
    migrations=Path(__file__).with_name("migrations"),
    http=routes,
    periodic=(LEDGER_MONTHS, RELIABILITY, REGISTER_CLOCKS, CYCLE_COUNTS, ESCALATION.periodic(give_on_overdue)),
    open_keys=retelling.open_keys,
    retellings=retelling.RETELLINGS,
)  # fmt: skip
