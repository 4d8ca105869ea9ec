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
ERASURES = Counter("tsunagu_customer_erasures_total", "Customers erased")
