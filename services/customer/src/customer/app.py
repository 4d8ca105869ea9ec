"""The customer service: which message goes to which function. The only wiring."""

from pathlib import Path

from customer import retelling
from customer.escalation import ESCALATION, give_on_overdue
from customer.gauges import COUNTING
from customer.handlers import (
    activity,
    codes,
    consents,
    corrections,
    erasure,
    histories,
    history_links,
    identification,
    links,
    locations,
    order_news,
    orders,
    reviews,
    sales,
    undoing,
)
from customer.handlers.matching import MATCHING
from customer.handlers.profiles import REVIEWS
from customer.handlers.purchases import REPUBLISHING
from customer.handlers.scoring import MEASURING, SCORING
from customer.http import routes
from customer.journeys import TELLING
from customer.locks import LOCK_ORDER
from customer.operator_http import operator_routes
from customer.postman import OLD_NOTICES, ROUNDS
from customer.upkeep import OLD_HISTORY_LINKS, OLD_INTERESTS
from tsunagu.chassis import BACKBONE, Deleted, Handler, Service, Subscription
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics as t

SERVICE = Service(
    name="customer",
    subscriptions=(
        Subscription(
            t.CUSTOMER_COMMANDS,
            (
                Handler(m.EraseCustomer, erasure.erase, erasure.erase_keys),
                Handler(m.IdentifyCustomer, identification.identify, identification.identify_keys),
                Handler(m.RecordRecipient, identification.record_recipients, identification.recipient_keys),
                Handler(m.RecordConsent, consents.record_consents, consents.consent_keys),
                Handler(m.MergeCustomers, corrections.merge, corrections.merge_keys),
                Handler(m.SplitCustomer, corrections.split, corrections.split_keys),
                Handler(m.DismissReview, reviews.dismiss, reviews.dismiss_keys),
                Handler(m.UndoIdentityChange, undoing.undo, undoing.undo_keys),
                Handler(m.AskHistoryLink, history_links.ask, history_links.ask_keys),
                Handler(m.ProveHistoryLink, history_links.prove, history_links.prove_keys),
                Handler(m.EndHistoryLink, history_links.end_links, history_links.end_keys),
            ),
        ),
        Subscription(
            t.POS_SALES,
            (
                Handler(m.SaleRecorded, sales.record_sales, sales.sale_keys),
                Handler(m.SaleVoided, sales.void_sales, sales.sale_keys),
                Handler(m.SaleReturned, sales.return_sales, sales.return_keys),
            ),
        ),
        Subscription(
            t.ORDER_EVENTS,
            (
                Handler(m.OrderPlaced, orders.note_placed, orders.order_keys),
                Handler(m.OrderConfirmed, order_news.follow, order_news.keys),
                Handler(m.ChoiceRequested, order_news.follow, order_news.keys),
                Handler(m.OrderChanged, order_news.follow, order_news.keys),
                Handler(m.RecipientChanged, order_news.follow, order_news.keys),
                Handler(m.OrderReallocated, order_news.reallocated, order_news.keys),
                Handler(m.OrderReady, order_news.follow, order_news.keys),
                Handler(m.OrderShipped, order_news.follow, order_news.keys),
                Handler(m.OrderRejected, orders.note_ended, orders.ended_keys),
                Handler(m.OrderCancelled, orders.note_ended, orders.ended_keys),
                Handler(m.OrderCompleted, orders.book_completed, orders.completed_keys),
                Handler(m.RefundDue, order_news.follow, order_news.keys),
                Handler(m.ItemsReturned, orders.book_returned, orders.returned_keys),
                Handler(m.ReturnUnmatched, orders.book_returned, orders.returned_keys),
            ),
        ),
        Subscription(
            t.PICKUP_EVENTS, (Handler(m.HandoverUnmatched, sales.book_unmatched, sales.unmatched_keys),)
        ),
        Subscription(t.PICKUP_CODES, (Handler(m.PickupCode, codes.keep), Handler(Deleted, codes.forget))),
        Subscription(t.ORDER_LINKS, (Handler(m.OrderLink, links.keep), Handler(Deleted, links.forget))),
        Subscription(
            t.NETWORK_LOCATIONS, (Handler(m.Location, locations.keep), Handler(Deleted, locations.forget))
        ),
        Subscription(
            t.SHOPPER_ACTIVITY,
            (
                Handler(m.ProductViewed, activity.note_views, activity.activity_keys),
                Handler(m.ProductScanned, activity.note_considered, activity.activity_keys),
                Handler(m.StockLookedUp, activity.note_considered, activity.activity_keys),
            ),
        ),
        *BACKBONE,
    ),
    due=(REVIEWS, REPUBLISHING, SCORING, erasure.CUTTING, MATCHING, histories.SHOWING, histories.ENDING),
    events=t.CUSTOMER_EVENTS,
    locks=LOCK_ORDER,
    migrations=Path(__file__).with_name("migrations"),
    http=operator_routes,
    public_http=routes,
    periodic=(
        COUNTING,
        ESCALATION.periodic(give_on_overdue),
        *ROUNDS,
        OLD_NOTICES,
        OLD_INTERESTS,
        OLD_HISTORY_LINKS,
        TELLING,
        MEASURING,
    ),
    open_keys=retelling.open_keys,
    retellings=retelling.RETELLINGS,
)
