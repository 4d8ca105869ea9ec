"""Insight's wiring: which message goes to which function, and what is done when it is due."""

from pathlib import Path

from insight.gauges import SHOWING
from insight.handlers import (
    board,
    explaining,
    figures,
    handovers,
    identities,
    journal,
    network,
    orders,
    picks,
    policies,
    profiles,
    recrediting,
    sightings,
    stock,
    tasks,
    tills,
    transfer_costs,
    trials,
)
from insight.http import routes
from insight.settings import settings
from insight.store.definitions import definitions
from insight.store.locks import LOCKS
from insight.store.policies import require_default
from insight.telling import RETELLINGS, TELLING
from tsunagu.chassis import BACKBONE, Deleted, DueHandler, Handler, Service, Subscription
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics

# A policy or a file of KPIs that can't be read ends the program before it has credited or counted anything.
require_default(settings().policy_folder, settings().policy_default_id)
definitions()

SERVICE = Service(
    name="insight",
    subscriptions=(
        Subscription(topics.NETWORK_LOCATIONS, (Handler(m.Location, network.located),)),
        Subscription(
            topics.POS_SALES,
            (
                Handler(m.SaleRecorded, tills.told, tills.keys),
                Handler(m.SaleVoided, tills.told, tills.keys),
                Handler(m.SaleReturned, tills.told, tills.keys),
            ),
        ),
        Subscription(
            topics.ORDER_EVENTS,
            (
                Handler(m.OrderPlaced, orders.told, orders.keys),
                Handler(m.OrderConfirmed, orders.told, orders.keys),
                Handler(m.OrderRejected, orders.told, orders.keys),
                Handler(m.OrderReady, orders.told, orders.keys),
                Handler(m.OrderShipped, orders.told, orders.keys),
                Handler(m.OrderCompleted, orders.told, orders.keys),
                Handler(m.OrderCancelled, orders.told, orders.keys),
                Handler(m.ItemsReturned, orders.told, orders.keys),
                Handler(m.ReturnUnmatched, orders.told, orders.keys),
                Handler(m.RefundDue, orders.told, orders.keys),
                Handler(m.SettlementDue, orders.told, orders.keys),
            ),
        ),
        Subscription(
            topics.PICKUP_EVENTS,
            (
                Handler(m.PickupExpired, handovers.expired, handovers.order_keys),
                Handler(m.PickupCollected, handovers.collected, handovers.sale_keys),
                Handler(m.HandoverUnmatched, handovers.unmatched, handovers.sale_keys),
                Handler(m.PickCompleted, picks.picked, picks.keys),
                Handler(m.PickShorted, picks.picked, picks.keys),
            ),
        ),
        Subscription(
            topics.INVENTORY_EVENTS,
            (
                Handler(m.StockCounted, stock.counted, stock.count_keys),
                Handler(m.PromiseBroken, stock.broken, stock.order_keys),
            ),
        ),
        Subscription(
            topics.SHOPPER_ACTIVITY, (Handler(m.ProductScanned, sightings.scanned, sightings.keys),)
        ),
        Subscription(
            topics.CUSTOMER_PROFILES,
            (
                Handler(m.CustomerProfile, profiles.told, profiles.keys),
                Handler(Deleted, profiles.gone, profiles.keys_of_gone),
            ),
        ),
        Subscription(
            topics.CUSTOMER_EVENTS,
            (
                Handler(m.CustomerIdentified, identities.identified),
                Handler(m.CustomersMerged, identities.merged),
                Handler(m.CustomerSplit, identities.split),
                Handler(m.CustomerErased, identities.erased, identities.erased_keys),
            ),
        ),
        Subscription(topics.ORDER_TASKS, (Handler(m.Task, tasks.worked, tasks.keys),)),
        Subscription(topics.PICKUP_TASKS, (Handler(m.Task, tasks.worked, tasks.keys),)),
        Subscription(topics.INVENTORY_TASKS, (Handler(m.Task, tasks.worked, tasks.keys),)),
        Subscription(
            topics.PICKUP_SHIPMENTS, (Handler(m.Shipment, transfer_costs.shipped, transfer_costs.keys),)
        ),
        Subscription(
            topics.INSIGHT_COMMANDS,
            (
                Handler(m.SetTarget, board.set_targets, board.figure_keys),
                Handler(m.SetBaseline, board.set_baselines, board.figure_keys),
                Handler(m.RecordMeasure, board.record_measures, board.measure_keys),
                Handler(m.AdoptPolicy, policies.adopt, policies.keys),
                Handler(m.TryPolicy, trials.begin),
                Handler(m.ExplainKpi, explaining.explain),
            ),
        ),
        *BACKBONE,
    ),
    due=(
        DueHandler(figures.PUBLISH_KPIS, figures.publish, figures.keys_to_publish),
        DueHandler(figures.SETTLE_KPIS, figures.settle),
        DueHandler(recrediting.CREDIT_LOCATION, recrediting.credit_locations, recrediting.keys_of_locations),
        DueHandler(sightings.CREDIT_SIGHTING, sightings.credit_sightings, sightings.keys_of_sightings),
        DueHandler(identities.CREDIT_CUSTOMER, identities.credit_customers, identities.keys_of_customers),
        DueHandler(identities.FORGET, identities.forget, identities.keys_to_forget),
        DueHandler(trials.TRY_PAGE, trials.go_on),
        DueHandler(journal.CLOSE_DAY, journal.close_days, journal.keys_of_days, is_deadline=True),
    ),
    events=topics.INSIGHT_EVENTS,
    locks=LOCKS,
    migrations=Path(__file__).with_name("migrations"),
    http=routes,
    periodic=(SHOWING, TELLING, sightings.FORGETTING),
    retellings=(*figures.RETELLINGS, *journal.RETELLINGS, *RETELLINGS),
)
