"""Order: one state machine for every order, from any channel. Start reading here.

Follow one order through this list. A channel's `PlaceOrder` goes to `placing.place`, which says `OrderPlaced`.
Inventory hears that and answers with `StockReserved` (→ `stock.reserved` says `OrderConfirmed`) or `StockRejected`
(→ `stock.rejected`). Pickup hears the confirmation, and says `PickupReady` (→ `fulfilling.ready` says `OrderReady`)
and in the end `PickupCollected` or `ParcelDelivered` (→ `OrderCompleted`). Nobody calls anybody: each answer is an
event on a topic that the other reads.

Each function in `handlers` does the same three things: load the orders, have `domain` decide, save. `domain` holds
the rules and knows no topic; `news` says how an outcome is told; `batch` is the loading and saving.
"""

from pathlib import Path

from order import retelling
from order.batch import CHOICE_TIMER, ORDERS, RETURN_TIMER, due_keys, order_keys
from order.escalation import ESCALATION, give_on_overdue
from order.handlers import (
    cancelling,
    changing,
    erasure,
    fulfilling,
    parcels,
    placing,
    recipients,
    returning,
    settling,
    stock,
)
from order.tasks import TASKS
from tsunagu.chassis import BACKBONE, DueHandler, Handler, Service, Subscription
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics
from tsunagu.planning import assigned, started

SERVICE = Service(
    name="order",
    events=topics.ORDER_EVENTS,
    subscriptions=(
        Subscription(
            topics.ORDER_COMMANDS,
            (
                Handler(m.PlaceOrder, placing.place, order_keys),
                Handler(m.CancelOrder, cancelling.cancel, order_keys),
                Handler(m.ChangeFulfilment, changing.change, order_keys),
                Handler(m.ChangeRecipient, recipients.change, order_keys),
                Handler(m.ReturnItems, returning.return_items, order_keys),
                Handler(m.SettleMoney, settling.settle, order_keys),
                Handler(m.AssignOrderTask, TASKS.deciding(assigned), order_keys),
                Handler(m.StartOrderTask, TASKS.deciding(started), order_keys),
            ),
        ),
        Subscription(
            topics.INVENTORY_EVENTS,
            (
                Handler(m.StockReserved, stock.reserved, order_keys),
                Handler(m.StockRejected, stock.rejected, order_keys),
            ),
        ),
        Subscription(
            topics.PICKUP_EVENTS,
            (
                Handler(m.PickupReady, fulfilling.ready, order_keys),
                Handler(m.PickupCollected, fulfilling.collected, order_keys),
                Handler(m.PickupExpired, fulfilling.expired, order_keys),
                Handler(m.ParcelShipped, parcels.shipped, order_keys),
                Handler(m.ParcelDelivered, parcels.delivered, order_keys),
                Handler(m.ParcelEnded, parcels.ended, order_keys),
                Handler(m.PickCancelled, cancelling.pick_cancelled, order_keys),
                Handler(m.CancelRefused, cancelling.cancel_refused, order_keys),
            ),
        ),
        Subscription(
            topics.POS_SALES,
            (
                Handler(m.SaleReturned, returning.till_return, returning.receipt_keys),
                Handler(m.SaleVoided, returning.till_void, returning.receipt_keys),
            ),
        ),
        Subscription(topics.CUSTOMER_EVENTS, (Handler(m.CustomerErased, erasure.erased),)),
        *BACKBONE,
    ),
    due=(
        DueHandler(CHOICE_TIMER, stock.choice_unanswered, due_keys, is_deadline=True),
        DueHandler(RETURN_TIMER, returning.return_unmatched, due_keys, is_deadline=True),
        DueHandler(erasure.FORGET, erasure.forget, erasure.orders_to_forget),
    ),
    locks=(ORDERS,),
    migrations=Path(__file__).with_name("migrations"),
    open_keys=retelling.open_keys,
    retellings=retelling.RETELLINGS,
    periodic=(ESCALATION.periodic(give_on_overdue),),
)
