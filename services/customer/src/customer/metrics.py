"""What operators see of customers: numbers only, never an id, never a name."""

from prometheus_client import Counter, Gauge

from customer.domain.tasks import TaskKind
from customer.settings import settings

CUSTOMERS = Gauge("tsunagu_customer_customers", "Customers that are neither merged away nor erased")
SEGMENT_CUSTOMERS = Gauge("tsunagu_customer_segment_customers", "Customers in a segment", ["segment"])
SUPPRESSED = Gauge(
    "tsunagu_customer_suppressed_identifiers", "Identifiers of erased customers that nothing may bring back"
)
UNATTACHED_PURCHASES = Gauge(
    "tsunagu_customer_unattached_purchases", "Purchases under a ref that nobody has identified yet"
)
MERGES = Counter(
    "tsunagu_customer_merges_total", "Customers that turned out to be another, by what showed it", ["reason"]
)
MERGES_WITHHELD = Counter(
    "tsunagu_customer_merges_withheld_total", "Exact keys shared by customers whom a person has kept apart"
)
MATCHES = Counter(
    "tsunagu_customer_matches_total",
    "Pairs of customers that evidence speaks for, by what became of them",
    ["verdict"],
)
for _verdict in ("merge", "review", "contradicted", "too_many_refs"):
    MATCHES.labels(_verdict)
CONTRADICTIONS = Counter(
    "tsunagu_customer_contradicting_statements_total",
    "Statements that name another person under a ref than the one before",
)
OPEN_REVIEWS = Gauge("tsunagu_customer_open_reviews", "What a person is asked and has not answered", ["kind"])
REVIEW_AGE = Gauge(
    "tsunagu_customer_review_oldest_age_seconds",
    "How long a person has been asked without an answer, at the most; 0 when nothing is asked",
    ["kind"],
)
TASKS_ESCALATED = Counter(
    "tsunagu_customer_tasks_escalated_total", "Steps by which overdue tasks were given on", ["kind", "to"]
)
for _kind in TaskKind:
    for _step in settings().task_rules.of(_kind).steps:
        TASKS_ESCALATED.labels(_kind, _step.to)  # a series that begins with 1 shows no increase
SHARED = Gauge(
    "tsunagu_customer_shared_identifiers",
    "Identifiers that tie nobody because they are tied to more than one person has, by kind",
    ["kind"],
)
IDENTIFIERS_SHARED = Counter(
    "tsunagu_customer_identifiers_shared_total",
    "Identifiers that were found to be tied to more than one person has, by kind",
    ["kind"],
)
IDENTITY_CHANGES_UNDONE = Counter(
    "tsunagu_customer_identity_changes_undone_total",
    "Merges, splits and marks of shared identifiers that a person took back",
    ["kind"],
)
ERASURES = Counter("tsunagu_customer_erasures_total", "Customers erased")
NOTICES = Counter(
    "tsunagu_customer_notices_total",
    "Notices to shoppers that have ended, by kind and by what became of them",
    ["kind", "outcome"],
)
NOTICES_FAILED = Counter(
    "tsunagu_customer_notices_failed_total", "Notices to shoppers that have failed, by why", ["reason"]
)
for _reason in ("address_refused", "address_not_supported", "mail_refused", "too_late"):
    NOTICES_FAILED.labels(
        _reason
    )  # there from the start: a rise from nothing to many is no increase to Prometheus
NOTICE_RETRIES = Counter(
    "tsunagu_customer_notice_retries_total",
    "Notices that could not be sent and are tried again, by why",
    ["kind", "reason"],
)
NOTICE_AGE = Gauge(
    "tsunagu_customer_notice_oldest_age_seconds",
    "How long the oldest notice that is to be sent has waited; 0 when there is none",
)
MAIL_SERVER_AWAY = Counter(
    "tsunagu_customer_mail_server_away_total",
    "Times that the mail server could not be used, by why",
    ["reason"],
)
PURCHASES_SHOWN = Counter(
    "tsunagu_customer_purchases_shown_total",
    "What operators asked of purchases: a customer's history, the customers of a SKU, counts",
    ["what"],
)
HISTORY_LINKS_ASKED = Counter(
    "tsunagu_customer_history_links_asked_total",
    "Links to purchase histories that were asked for; a code was mailed, nobody has the number, or too many in a day",
    ["outcome"],
)
HISTORY_GUESSES = Counter(
    "tsunagu_customer_history_guesses_total",
    "Codes that were typed to see a purchase history, right or wrong",
    ["outcome"],
)
HISTORY_LINKS_ENDED = Counter(
    "tsunagu_customer_history_links_ended_total",
    "Links to purchase histories that have ended, by why",
    ["why"],
)
DESK_LOOKUPS = Counter(
    "tsunagu_customer_desk_lookups_total",
    "What stores asked of people: who may collect, where a parcel goes; shown, or unknown there",
    ["what", "outcome"],
)
