"""What is a week or an hour for a retailer is seconds in the demo: settings of the services, as environment."""

import hashlib
import json
from collections.abc import Mapping

NO_SHOW_SECONDS = 20.0
"""How long goods wait for the shopper. Who comes at all comes within 4; the rest is for a busy machine."""

UNMATCHED_SECONDS = 20.0
"""How long a handover or return waits for news of its order."""

CHOICE_SECONDS = 4.0
"""How long a shopper may choose when goods can't be had as ordered; half of them do, at once."""

GAUGES_SECONDS = 0.5
"""How often services measure their lag: the view and the wait for rest look at it every second."""


JOURNEY_SECONDS = 10.0
"""Ways over channels are counted once in an hour in production; here, the last count is shown at the end."""

RESEND_SECONDS = 0.5
"""Before a webhook is sent again that the web shop was too busy for; in production several seconds, for a restart."""

FEED_STALE_SECONDS = 7 * 24 * 3_600
"""Tills fall silent when the script is over, and nobody who shops later needs to be warned of that."""

EDGE_REQUESTS_PER_SECOND = 1_000
"""The app's servers send an hour's requests within a minute; in production 20 a second are plenty. All shoppers of the
demo have one address."""


ENDS_WITH_THE_SCRIPT = (
    "TSUNAGU_PICKUP_PICKUP_WINDOW_SECONDS",
    "TSUNAGU_PICKUP_PICKUP_WINDOW_ENDS_OPEN",
    "TSUNAGU_PICKUP_UNMATCHED_HANDOVER_MINUTES",
    "TSUNAGU_ORDER_UNMATCHED_RETURN_MINUTES",
    "TSUNAGU_ORDER_CHOICE_MINUTES",
)
"""What a system that stays does without: people need more than seconds to fetch goods or to choose."""


def environment(app_key: str, staff_keys: Mapping[str, str] | None = None) -> dict[str, str]:
    """The settings of the services for a demo; `app_key` becomes the app's key at edge, `staff_keys` the places'."""
    return {
        "TSUNAGU_PICKUP_PICKUP_WINDOW_SECONDS": str(NO_SHOW_SECONDS),
        # Else goods that are ready at night would wait for the shopper until the store closes on the next day.
        "TSUNAGU_PICKUP_PICKUP_WINDOW_ENDS_OPEN": "false",
        "TSUNAGU_PICKUP_UNMATCHED_HANDOVER_MINUTES": str(UNMATCHED_SECONDS / 60),
        "TSUNAGU_ORDER_UNMATCHED_RETURN_MINUTES": str(UNMATCHED_SECONDS / 60),
        "TSUNAGU_ORDER_CHOICE_MINUTES": str(CHOICE_SECONDS / 60),
        "TSUNAGU_CUSTOMER_JOURNEY_INTERVAL_SECONDS": str(JOURNEY_SECONDS),
        "TSUNAGU_CUSTOMER_JOURNEY_FEW_CUSTOMERS": "1",  # nobody here is real
        "TSUNAGU_GAUGES_INTERVAL_SECONDS": str(GAUGES_SECONDS),
        "TSUNAGU_EDGE_PARTNER_API_KEYS": _digests({"app": app_key}),
        "TSUNAGU_EDGE_STAFF_API_KEYS": _digests(staff_keys or {}),
        "TSUNAGU_EDGE_CHANNELS_OUTGOING_RESEND_SECONDS": str(RESEND_SECONDS),
        "TSUNAGU_EDGE_CHANNELS_REQUESTS_PER_SECOND": str(EDGE_REQUESTS_PER_SECOND),
        "TSUNAGU_EDGE_PARTNER_REQUESTS_PER_SECOND": str(EDGE_REQUESTS_PER_SECOND),
        "TSUNAGU_EDGE_SHOPPER_REQUESTS_PER_SECOND": str(EDGE_REQUESTS_PER_SECOND),
        "TSUNAGU_EDGE_SHOPPER_FEED_STALE_SECONDS": str(FEED_STALE_SECONDS),
    }


def _digests(keys: Mapping[str, str]) -> str:
    """API keys as an edge process is told them: their hashes, and whose they are."""
    return json.dumps({hashlib.sha256(key.encode()).hexdigest(): holder for holder, key in keys.items()})
