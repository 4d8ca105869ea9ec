"""What operators see of customers: numbers only, never an id, never a name."""

from prometheus_client import Counter, Gauge

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
DESK_LOOKUPS = Counter(
    "tsunagu_customer_desk_lookups_total",
    "What stores asked of people: who may collect, where a parcel goes; shown, or unknown there",
    ["what", "outcome"],
)
