"""The machinery of a service. A service's own code needs these names and no others."""

from tsunagu.chassis.backbone import BACKBONE
from tsunagu.chassis.backoff import doubled_seconds
from tsunagu.chassis.database import TRANSIENT, Connection
from tsunagu.chassis.escalation import Escalation, EscalationSettings
from tsunagu.chassis.first_cause import FirstCause, transaction
from tsunagu.chassis.http_routes import route_template
from tsunagu.chassis.kept_tasks import ChangedTasks, KeptTasks
from tsunagu.chassis.locks import KeysMoved, LockTable, RowKey
from tsunagu.chassis.queries import Queries, beside
from tsunagu.chassis.received import Cause, Deleted, Received, newest
from tsunagu.chassis.retelling import Key, Retelling
from tsunagu.chassis.runtime import Runtime, pooled
from tsunagu.chassis.service import Periodic, Service
from tsunagu.chassis.subscription import Due, DueHandler, Handler, Looked, Subscription
from tsunagu.chassis.transaction import Transaction
from tsunagu.chassis.unusable import Unusable

__all__ = [
    "BACKBONE",
    "TRANSIENT",
    "Cause",
    "ChangedTasks",
    "Connection",
    "Deleted",
    "Due",
    "DueHandler",
    "Escalation",
    "EscalationSettings",
    "FirstCause",
    "Handler",
    "KeptTasks",
    "Key",
    "KeysMoved",
    "LockTable",
    "Looked",
    "Periodic",
    "Queries",
    "Received",
    "Retelling",
    "RowKey",
    "Runtime",
    "Service",
    "Subscription",
    "Transaction",
    "Unusable",
    "beside",
    "doubled_seconds",
    "newest",
    "pooled",
    "route_template",
    "transaction",
]
