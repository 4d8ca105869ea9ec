"""Every topic: its name, key, messages, writers, readers and how long it keeps what.

This is the only place where topic names are written.
"""

from dataclasses import dataclass
from typing import Literal

from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message

Kind = Literal["commands", "facts", "events", "state", "secret", "dead_letters"]
"""What a topic carries. A secret topic is a state topic that only its readers may open."""

RECORD_BYTES_MAX = 1024 * 1024
"""Largest record (key, value and headers) on any topic: Kafka's own default, far above any message."""

PARTITIONS_PRODUCTION = 24
"""Partitions of a topic in production: never raised in place, since that would move keys; 24 divides evenly
among 2, 3, 4, 6, 8, 12 or 24 processes."""

PARTITIONS_LOCAL = 3
"""Partitions of a topic on one machine: the fewest that show what depends on partitions."""

PARTITIONS_DEAD_LETTERS = 1
"""Partitions of a dead letter topic anywhere: few records, read by people in the order in which they came."""

_DAY_MS = 24 * 60 * 60 * 1000

RETENTION_EVENTS_MS = 30 * _DAY_MS
"""Facts and events: a month, so that a new reader can replay a monthly closing."""

RETENTION_COMMANDS_MS = 7 * _DAY_MS
"""Commands: a week, since their outcomes are what lasts; longer than any outage."""

RETENTION_PERSONAL_MS = 3 * _DAY_MS
"""Sealed personal data, also as dead letters: a long weekend, the shortest that survives an outage."""

RETENTION_DEAD_LETTERS_MS = 90 * _DAY_MS
"""Dead letters: a quarter, so that none is lost before somebody has looked."""

RETENTION_CODES_MS = 14 * _DAY_MS
"""Pickup codes: as long as goods wait at the longest, with a week to spare."""

RETENTION_LINKS_MS = 14 * _DAY_MS
"""Order links: as pickup codes, which are the last that a shopper needs of an order."""

RETENTION_CONDITIONS_MS = _DAY_MS
"""Heartbeats and conditions of processes: a new one comes every few seconds; those of processes that are gone go as
well."""

TOMBSTONE_KEPT_MS = 7 * _DAY_MS
"""How long a delete stays readable on a compacted topic: a reader that was stopped for less misses none."""

COMPACTION_LAG_MAX_MS = 7 * _DAY_MS
"""A replaced or deleted value is physically gone after this time at the latest."""

EDGE_SERVICES = ("edge-shopper", "edge-staff", "edge-board", "edge-partner", "edge-channels")
"""The processes of edge; each is a service of its own for groups, inboxes and dead letters."""

SERVICES = ("order", "inventory", "pickup", "customer", "insight", *EDGE_SERVICES)
"""Every service that reads topics and has dead letters. `audit` reads too, and writes nothing."""

_DOOR = ("edge-shopper", "edge-staff", "edge-partner")


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as the contract has it. Writers and readers that are no service are outside systems."""

    name: str
    key: str
    """What the record key is, in words."""
    kind: Kind
    messages: tuple[type[Message], ...]
    written_by: tuple[str, ...]
    read_by: tuple[str, ...]
    """Who subscribes to it: a service that does not read a topic has no right to."""
    retention_ms: int | None
    """How long records are kept, in milliseconds; None keeps the latest per key for ever."""
    compacted: bool
    partitions_production: int = PARTITIONS_PRODUCTION
    partitions_local: int = PARTITIONS_LOCAL

    @property
    def deletable(self) -> bool:
        """Whether a null value is a delete here; elsewhere it is unreadable."""
        return self.compacted

    def kafka_config(self) -> dict[str, str]:
        """The topic's settings as Kafka's admin clients take them."""
        policies = ["compact"] if self.compacted else []
        policies += [] if self.retention_ms is None else ["delete"]
        config = {
            "cleanup.policy": ",".join(policies),
            # A dead letter is the largest record with the headers that say why.
            "max.message.bytes": str(RECORD_BYTES_MAX * (2 if self.kind == "dead_letters" else 1)),
            "message.timestamp.type": "CreateTime",
            "retention.ms": "-1" if self.retention_ms is None else str(self.retention_ms),
        }
        if self.compacted:
            config["delete.retention.ms"] = str(TOMBSTONE_KEPT_MS)
            config["max.compaction.lag.ms"] = str(COMPACTION_LAG_MAX_MS)
        return config


def _flow(
    name: str,
    key: str,
    kind: Kind,
    messages: tuple[type[Message], ...],
    written_by: tuple[str, ...],
    read_by: tuple[str, ...],
    retention_ms: int,
) -> Topic:
    return Topic(name, key, kind, messages, written_by, read_by, retention_ms, compacted=False)


def _state(
    name: str, key: str, message: type[Message], written_by: tuple[str, ...], read_by: tuple[str, ...]
) -> Topic:
    return Topic(name, key, "state", (message,), written_by, read_by, None, compacted=True)


NETWORK_LOCATIONS = _state(
    "network.locations",
    "location_id",
    m.Location,
    ("hq",),
    (
        "inventory",
        "pickup",
        "customer",
        "insight",
        "edge-partner",
        "edge-shopper",
        "edge-staff",
        "edge-board",
        "audit",
        "ec-site",
        "channels",
    ),
)
NETWORK_LANES = _state("network.lanes", "from:to", m.Lane, ("hq",), ("inventory", "pickup", "audit"))
CATALOG_PRODUCTS = _state(
    "catalog.products",
    "sku",
    m.Product,
    ("hq",),
    ("inventory", "pickup", *_DOOR, "audit", "ec-site", "channels"),
)

POS_SALES = _flow(
    "pos.sales",
    "receipt_id",
    "facts",
    (m.SaleRecorded, m.SaleVoided, m.SaleReturned),
    ("tills",),
    ("inventory", "pickup", "order", "customer", "insight", "audit"),
    RETENTION_EVENTS_MS,
)

ORDER_COMMANDS = _flow(
    "order.commands",
    "order_id",
    "commands",
    (
        m.PlaceOrder,
        m.CancelOrder,
        m.ChangeFulfilment,
        m.ChangeRecipient,
        m.ReturnItems,
        m.SettleMoney,
        m.AssignOrderTask,
        m.StartOrderTask,
    ),
    ("ec-site", "channels", *_DOOR, "edge-channels"),
    ("order", "audit"),
    RETENTION_COMMANDS_MS,
)
ORDER_EVENTS = _flow(
    "order.events",
    "order_id",
    "events",
    (
        m.OrderPlaced,
        m.OrderConfirmed,
        m.OrderReallocated,
        m.OrderRejected,
        m.ChoiceRequested,
        m.OrderChanged,
        m.RecipientChanged,
        m.CancelRequested,
        m.OrderReady,
        m.OrderShipped,
        m.OrderCompleted,
        m.OrderCancelled,
        m.ItemsReturned,
        m.ReturnUnmatched,
        m.RefundDue,
        m.SettlementDue,
        m.CommandRefused,
        m.CommandAccepted,
    ),
    ("order",),
    ("inventory", "pickup", "customer", "insight", *_DOOR, "edge-channels", "audit", "ec-site", "channels"),
    RETENTION_EVENTS_MS,
)
ORDER_STATE = _state(
    "order.state",
    "order_id",
    m.Order,
    ("order",),
    ("edge-partner", "edge-shopper", "edge-board", "audit", "ec-site", "channels"),
)
ORDER_LINKS = Topic(
    "order.links",
    "purpose:order_id",
    "secret",
    (m.OrderLink,),
    ("order",),
    ("customer", "edge-shopper"),
    RETENTION_LINKS_MS,
    compacted=True,
)

INVENTORY_COMMANDS = _flow(
    "inventory.commands",
    "document_id (delivery, adjustment, count, setting, discrepancy), hold_id or task_id",
    "commands",
    (
        m.AnnounceDelivery,
        m.ReceiveStock,
        m.AdjustStock,
        m.CountStock,
        m.SetSafetyStock,
        m.SetDefaultSafetyStock,
        m.HoldStock,
        m.ExtendHold,
        m.ReleaseHold,
        m.ApproveCount,
        m.SettleDiscrepancy,
        m.AssignInventoryTask,
        m.StartInventoryTask,
    ),
    ("hq", "wms", "stores", *_DOOR),
    ("inventory", "audit"),
    RETENTION_COMMANDS_MS,
)
INVENTORY_EVENTS = _flow(
    "inventory.events",
    "order_id, else document_id",
    "events",
    (
        m.StockReserved,
        m.StockRejected,
        m.StockReleased,
        m.StockIssued,
        m.StockHeld,
        m.StockReceived,
        m.StockAdjusted,
        m.StockCounted,
        m.PromiseBroken,
        m.CommandRefused,
        m.CommandAccepted,
    ),
    ("inventory",),
    ("order", "insight", "edge-staff", "audit"),
    RETENTION_EVENTS_MS,
)
INVENTORY_AVAILABILITY = _state(
    "inventory.availability",
    "location_id:sku",
    m.Availability,
    ("inventory",),
    ("edge-partner", "edge-shopper", "edge-channels", "audit", "ec-site", "channels"),
)
INVENTORY_FEEDS = _state(
    "inventory.feeds",
    "location_id",
    m.Feed,
    ("inventory",),
    ("edge-partner", "edge-shopper", "audit", "ec-site", "channels"),
)

PICKUP_COMMANDS = _flow(
    "pickup.commands",
    "order_id, else transfer_id, else location_id",
    "commands",
    (
        m.AssignTask,
        m.StartTask,
        m.TakeWave,
        m.ReleaseWave,
        m.ConfirmPick,
        m.ReportShortPick,
        m.ConfirmPutAway,
        m.PlanTransfer,
        m.CancelTransfer,
        m.ShipTransfer,
        m.ReceiveTransfer,
        m.HandOver,
        m.ShipParcel,
        m.ReportTracking,
        m.ReportShipmentTracking,
        m.ConfirmDelivery,
        m.PausePickup,
        m.ResumePickup,
    ),
    ("stores", "carriers", "edge-staff", "edge-partner"),
    ("pickup", "audit"),
    RETENTION_COMMANDS_MS,
)
PICKUP_EVENTS = _flow(
    "pickup.events",
    "order_id, else transfer_id, else location_id",
    "events",
    (
        m.PickRequested,
        m.PickCompleted,
        m.PickShorted,
        m.PickCancelled,
        m.CancelRefused,
        m.PutAwayCompleted,
        m.TransferPlanned,
        m.TransferAtRisk,
        m.TransferCancelled,
        m.TransferShipped,
        m.TransferReceived,
        m.PickupReady,
        m.PickupCollected,
        m.PickupExpired,
        m.PickupLocked,
        m.PickupCodeReplaced,
        m.ParcelShipped,
        m.ParcelTracked,
        m.ParcelDelivered,
        m.ParcelEnded,
        m.HandoverUnmatched,
        m.WorkUnmatched,
        m.CommandRefused,
        m.CommandAccepted,
    ),
    ("pickup",),
    ("order", "inventory", "insight", "customer", *_DOOR, "edge-channels", "audit"),
    RETENTION_EVENTS_MS,
)
PICKUP_CODES = Topic(
    "pickup.codes",
    "order_id",
    "secret",
    (m.PickupCode,),
    ("pickup",),
    ("customer", "edge-partner", "edge-shopper"),
    RETENTION_CODES_MS,
    compacted=True,
)
PICKUP_CAPACITY = _state(
    "pickup.capacity", "location_id", m.PickCapacity, ("pickup",), ("inventory", "audit")
)

PICKUP_SHIPMENTS = _state(
    "pickup.shipments",
    "shipment_id",
    m.Shipment,
    ("pickup",),
    ("insight", "audit", "carriers"),
)

_TASK_READERS = ("insight", "edge-staff", "audit")
ORDER_TASKS = _state("order.tasks", "task_id", m.Task, ("order",), _TASK_READERS)
PICKUP_TASKS = _state("pickup.tasks", "task_id", m.Task, ("pickup",), _TASK_READERS)
INVENTORY_TASKS = _state("inventory.tasks", "task_id", m.Task, ("inventory",), _TASK_READERS)
CUSTOMER_TASKS = _state("customer.tasks", "task_id", m.Task, ("customer",), ("edge-staff", "audit"))
INSIGHT_TASKS = _state("insight.tasks", "task_id", m.Task, ("insight",), ("edge-staff", "audit"))

CUSTOMER_COMMANDS = _flow(
    "customer.commands",
    "customer_ref or recipient_ref; of an undo, the customer_id; of a link to a history, the link_id",
    "commands",
    (
        m.IdentifyCustomer,
        m.RecordRecipient,
        m.RecordConsent,
        m.MergeCustomers,
        m.SplitCustomer,
        m.DismissReview,
        m.UndoIdentityChange,
        m.EraseCustomer,
        m.AskHistoryLink,
        m.ProveHistoryLink,
        m.EndHistoryLink,
    ),
    ("ec-site", "channels", *_DOOR),
    ("customer", "audit"),
    RETENTION_PERSONAL_MS,
)
CUSTOMER_EVENTS = _flow(
    "customer.events",
    "customer_id; of an answer to a command, the command's key; of a notice, the order_id",
    "events",
    (
        m.CustomerIdentified,
        m.CustomersMerged,
        m.CustomerSplit,
        m.IdentifierShared,
        m.IdentifierTiesAgain,
        m.SegmentChanged,
        m.JourneyStageChanged,
        m.ConsentChanged,
        m.CustomerErased,
        m.NoticeSent,
        m.NoticeFailed,
        m.CommandRefused,
        m.CommandAccepted,
    ),
    ("customer",),
    ("order", "insight", "edge-staff", "audit"),
    RETENTION_EVENTS_MS,
)
CUSTOMER_PROFILES = _state(
    "customer.profiles",
    "customer_id",
    m.CustomerProfile,
    ("customer",),
    ("insight", "audit", "ec-site", "channels"),
)
CUSTOMER_PURCHASES = _state(
    "customer.purchases",
    "receipt_id or order_id",
    m.Purchase,
    ("customer",),
    ("audit", "ec-site", "channels"),
)
CUSTOMER_HISTORIES = _state(
    "customer.histories", "link_id", m.CustomerHistory, ("customer",), ("edge-shopper",)
)

CUSTOMER_JOURNEY = _state(
    "customer.journey", "day", m.CustomerJourney, ("customer",), ("edge-board", "operators", "audit")
)

SHOPPER_ACTIVITY = _flow(
    "shopper.activity",
    "visitor_id",
    "facts",
    (m.ProductViewed, m.ProductScanned, m.StockLookedUp),
    ("ec-site", *_DOOR),
    ("customer", "insight", "audit"),
    RETENTION_EVENTS_MS,
)

INSIGHT_KPIS = _state(
    "insight.kpis", "kpi:scope:period", m.KpiValue, ("insight",), ("edge-staff", "edge-board", "audit")
)
INSIGHT_JOURNAL = _state(
    "insight.journal", "company:place:date", m.JournalDay, ("insight",), ("operators", "audit")
)
INSIGHT_DEFINITIONS = _state(
    "insight.definitions", "kpi", m.KpiDefinition, ("insight",), ("edge-board", "audit")
)
INSIGHT_POLICIES = _state(
    "insight.policies", "policy_id", m.CreditPolicy, ("insight",), ("edge-board", "audit")
)
INSIGHT_MEASURES = _state("insight.measures", "measure_id", m.Measure, ("insight",), ("edge-board", "audit"))
INSIGHT_COMMANDS = _flow(
    "insight.commands",
    "kpi, measure, policy, trial or question id",
    "commands",
    (m.SetTarget, m.RecordMeasure, m.SetBaseline, m.AdoptPolicy, m.TryPolicy, m.ExplainKpi),
    ("edge-board", "edge-staff"),
    ("insight", "audit"),
    RETENTION_COMMANDS_MS,
)
INSIGHT_EVENTS = _flow(
    "insight.events",
    "kpi, measure, policy, trial or question id",
    "events",
    (
        m.TargetSet,
        m.MeasureRecorded,
        m.BaselineSet,
        m.PolicyAdopted,
        m.PolicyTried,
        m.KpiExplained,
        m.CommandRefused,
        m.CommandAccepted,
    ),
    ("insight",),
    ("edge-board", "edge-staff", "audit"),
    RETENTION_EVENTS_MS,
)

BACKBONE_HEARTBEAT = _flow(
    "backbone.heartbeat",
    "service",
    "facts",
    (m.Heartbeat,),
    SERVICES,
    (*SERVICES, "operators"),
    RETENTION_CONDITIONS_MS,
)
BACKBONE_COMMANDS = _flow(
    "backbone.commands",
    "service",
    "commands",
    (m.RedriveDeadLetters, m.CancelRedrive),
    ("edge-board",),
    SERVICES,
    RETENTION_COMMANDS_MS,
)
BACKBONE_EVENTS = _flow(
    "backbone.events",
    "service",
    "events",
    (m.CommandRefused, m.CommandAccepted),
    SERVICES,
    ("edge-board",),
    RETENTION_EVENTS_MS,
)
BACKBONE_CONDITIONS = Topic(
    "backbone.conditions",
    "service:instance",
    "state",
    (m.ProcessCondition,),
    SERVICES,
    ("edge-board", "operators"),
    RETENTION_CONDITIONS_MS,
    compacted=True,
)


_DEAD_LETTERS = {
    service: Topic(
        f"dlq.{service}",
        "the original record's key",
        "dead_letters",
        (),
        (service,),
        ("operators", "audit"),
        RETENTION_PERSONAL_MS if service == "customer" else RETENTION_DEAD_LETTERS_MS,
        compacted=False,
        partitions_production=PARTITIONS_DEAD_LETTERS,
        partitions_local=PARTITIONS_DEAD_LETTERS,
    )
    for service in SERVICES
}


def dead_letters(service: str) -> Topic:
    """The topic with the published copies of what `service` could not read or handle.

    Its records keep their original key, headers and bytes, so that they are decoded with the topic that
    `__dlq.errors.topic` names, never with this one. Raises ValueError for an unknown service.
    """
    if service not in SERVICES:
        raise ValueError(f"there is no service {service!r}; the services are {', '.join(SERVICES)}")
    return _DEAD_LETTERS[service]


TOPICS: tuple[Topic, ...] = (
    NETWORK_LOCATIONS,
    NETWORK_LANES,
    CATALOG_PRODUCTS,
    POS_SALES,
    ORDER_COMMANDS,
    ORDER_EVENTS,
    ORDER_STATE,
    ORDER_LINKS,
    ORDER_TASKS,
    INVENTORY_COMMANDS,
    INVENTORY_EVENTS,
    INVENTORY_AVAILABILITY,
    INVENTORY_FEEDS,
    PICKUP_COMMANDS,
    PICKUP_EVENTS,
    PICKUP_CODES,
    PICKUP_CAPACITY,
    PICKUP_SHIPMENTS,
    PICKUP_TASKS,
    INVENTORY_TASKS,
    CUSTOMER_TASKS,
    INSIGHT_TASKS,
    CUSTOMER_COMMANDS,
    CUSTOMER_EVENTS,
    CUSTOMER_PROFILES,
    CUSTOMER_PURCHASES,
    CUSTOMER_HISTORIES,
    CUSTOMER_JOURNEY,
    SHOPPER_ACTIVITY,
    INSIGHT_KPIS,
    INSIGHT_JOURNAL,
    INSIGHT_DEFINITIONS,
    INSIGHT_POLICIES,
    INSIGHT_MEASURES,
    INSIGHT_COMMANDS,
    INSIGHT_EVENTS,
    BACKBONE_HEARTBEAT,
    BACKBONE_COMMANDS,
    BACKBONE_EVENTS,
    BACKBONE_CONDITIONS,
    *_DEAD_LETTERS.values(),
)
"""Every topic of the backbone, dead letters included."""

TOPIC_BY_NAME: dict[str, Topic] = {topic.name: topic for topic in TOPICS}
"""Every topic by its name."""

MESSAGE_BY_WIRE_TYPE: dict[str, type[Message]] = {
    message.WIRE_TYPE: message for topic in TOPICS for message in topic.messages
}
"""Every message class by what stands in `ce_type`."""


_TOPICS_BY_MESSAGE: dict[type[Message], tuple[Topic, ...]] = {
    message: tuple(topic for topic in TOPICS if message in topic.messages)
    for message in {message for topic in TOPICS for message in topic.messages}
}


def topic_of(message: type[Message]) -> Topic:
    """The topic that a message class travels on.

    Raises ValueError for a class that travels on several (answers to commands, tasks): there the caller
    names the topic.
    """
    topics = _TOPICS_BY_MESSAGE.get(message, ())
    if len(topics) == 1:
        return topics[0]
    if not topics:
        raise ValueError(f"{message.__name__} travels on no topic; add it to one in tsunagu.contracts.topics")
    names = ", ".join(topic.name for topic in topics)
    raise ValueError(f"{message.__name__} travels on several topics ({names}); name the one you mean")
