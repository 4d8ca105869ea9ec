"""What operators see of edge, beside the machinery's own. Labels are few and bounded: never an id."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter(
    "tsunagu_edge_requests_total",
    "HTTP requests answered, by route and class of status",
    ["route", "status_class"],
)
REQUEST_SECONDS = Histogram(
    "tsunagu_edge_request_seconds",
    "From a request's head to the head of its answer",
    ["route"],
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15),
)
RATE_LIMITED = Counter(
    "tsunagu_edge_rate_limited_total", "Requests refused because their caller sent too many"
)
SIGN_INS = Counter(
    "tsunagu_edge_sign_ins_total",
    "Tries to sign in: signed_in, refused for user or password, or locked after too many of those",
    ["outcome"],
)
for _outcome in ("signed_in", "refused", "locked"):
    SIGN_INS.labels(_outcome)  # a series that begins with 1 shows no increase
COMMANDS_SETTLED = Counter(
    "tsunagu_edge_commands_settled_total", "Commands whose outcome is back, by outcome", ["outcome"]
)
COMMANDS_RESENT = Counter("tsunagu_edge_commands_resent_total", "Commands sent again for want of an outcome")
COMMANDS_PENDING = Gauge("tsunagu_edge_pending_commands", "Commands whose outcome is not back yet")
COMMANDS_PENDING_AGE = Gauge(
    "tsunagu_edge_pending_commands_oldest_age_seconds", "Age of the oldest command without an outcome"
)
STREAMS = Gauge("tsunagu_edge_event_streams", "Open connections that follow an order")
ACTIVITY_DROPPED = Counter(
    "tsunagu_edge_activity_dropped_total", "Lookups answered but not recorded, to spare the topic"
)
CHANNEL_WEBHOOKS = Counter(
    "tsunagu_edge_channel_webhooks_total",
    "Webhooks of sites by what became of them: taken, held, known, passed_over, unreadable, unsigned",
    ["channel", "outcome"],
)
HELD_CANCELLATIONS_GIVEN_UP = Counter(
    "tsunagu_edge_held_cancellations_given_up_total",
    "Cancellations forgotten because their order never came",
    ["channel"],
)
OUTGOING = Gauge(
    "tsunagu_edge_outgoing_waiting", "What waits to be told to a channel, by way", ["channel", "way"]
)
OUTGOING_AGE = Gauge(
    "tsunagu_edge_outgoing_oldest_age_seconds",
    "Since when the oldest waits that is to be told to a channel, by way",
    ["channel", "way"],
)
OUTGOING_SENT = Counter(
    "tsunagu_edge_webhooks_sent_total",
    "Webhooks sent to a channel: arrived, or failed",
    ["channel", "outcome"],
)
OUTGOING_GIVEN_UP = Counter(
    "tsunagu_edge_outgoing_given_up_total", "What a channel was never told of, by way", ["channel", "way"]
)
CHANNEL_FILES = Counter(
    "tsunagu_edge_channel_files_total",
    "Files of sites: taken, or unreadable as a whole",
    ["channel", "outcome"],
)
CHANNEL_FILE_ORDERS = Counter(
    "tsunagu_edge_channel_file_orders_total",
    "Orders of dropped files by what became of them: taken, held, known, rejected",
    ["channel", "outcome"],
)
CHANNEL_DIFFERENCES = Counter(
    "tsunagu_edge_channel_differences_total",
    "Where a site and we differed for longer than the grace, by kind and by what was done",
    ["channel", "kind", "outcome"],
)
ORDER_LINK_ANSWERS = Counter(
    "tsunagu_edge_order_link_answers_total",
    "What shoppers asked by order links, by the link's purpose and what was chosen",
    ["purpose", "kind"],
)
ORDER_LINK_MISSES = Counter(
    "tsunagu_edge_order_link_misses_total", "Order links asked for that are void, too old, or never were"
)
