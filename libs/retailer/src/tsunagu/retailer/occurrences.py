"""Which kinds of things have happened in a run, and how often: a demo that lacks one of them is none."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from tsunagu.contracts import messages as m
from tsunagu.contracts import topics as t
from tsunagu.contracts.message import Message
from tsunagu.contracts.values import HandoverProof, WaveKind
from tsunagu.retailer.intentions import WEBSHOP
from tsunagu.retailer.newsfeed import Newsfeed
from tsunagu.retailer.order_script import STORE
from tsunagu.retailer.pause_script import REASON as PAUSED

TRANSFERS = "transfers"
TRANSFERS_AT_RISK = "transfers_at_risk"
ALERTED_AT_RISK = "alerted_at_risk"
SHIPMENTS_TRACKED = "shipments_tracked"
WAVES = "waves"
SHORT_PICKS = "short_picks"
ASKED_BY_LINK = "asked_by_link"
CANCELLATIONS = "cancellations"
NO_SHOWS = "no_shows"
RETURNS = "returns"
PAUSED_STORES = "paused_stores"
RESUMED_STORES = "resumed_stores"
REFUSED_BY_PAUSE = "refused_by_pause"
COUNTER_ORDERS = "counter_orders"
LOOKED_UP = "looked_up"
DIGITS_TYPED = "digits_typed"
WRONG_CODES = "wrong_codes"
LOCKED_ORDERS = "locked_orders"
WEBSHOP_ORDERS = "webshop_orders"
WEBHOOKS_TWICE = "webhooks_twice"
WEBHOOKS_TOLD = "webhooks_told"
WEBHOOKS_TOLD_AGAIN = "webhooks_told_again"

KINDS = (
    TRANSFERS,
    TRANSFERS_AT_RISK,
    ALERTED_AT_RISK,
    SHIPMENTS_TRACKED,
    WAVES,
    SHORT_PICKS,
    ASKED_BY_LINK,
    CANCELLATIONS,
    NO_SHOWS,
    RETURNS,
    PAUSED_STORES,
    RESUMED_STORES,
    REFUSED_BY_PAUSE,
    COUNTER_ORDERS,
    LOOKED_UP,
    DIGITS_TYPED,
    WRONG_CODES,
    LOCKED_ORDERS,
    WEBSHOP_ORDERS,
    WEBHOOKS_TWICE,
    WEBHOOKS_TOLD,
    WEBHOOKS_TOLD_AGAIN,
)
"""All that a run of the usual size has in it."""

PROMISED_FROM_ORDERS = 300
"""The usual size of a run; fewer orders need not have every kind among them."""

_WAVES = frozenset(f"{kind}_wave" for kind in WaveKind)


def _wave(task: m.Task) -> str | None:
    """A walk for several tasks; one alone is none."""
    return task.task_id if task.kind in _WAVES and len({line.task_id for line in task.lines}) > 1 else None


_TOLD_BY: tuple[tuple[str, t.Topic, type[Message], Callable[[Any], str | None]], ...] = (
    (TRANSFERS, t.PICKUP_EVENTS, m.TransferReceived, lambda event: event.transfer_id),
    (TRANSFERS_AT_RISK, t.PICKUP_EVENTS, m.TransferAtRisk, lambda event: event.transfer_id),
    (
        SHIPMENTS_TRACKED,
        t.PICKUP_SHIPMENTS,
        m.Shipment,
        lambda one: one.shipment_id if one.tracking else None,
    ),
    (WAVES, t.PICKUP_TASKS, m.Task, _wave),
    (SHORT_PICKS, t.PICKUP_EVENTS, m.PickShorted, lambda event: event.short_pick_id),
    (CANCELLATIONS, t.ORDER_EVENTS, m.OrderCancelled, lambda event: event.cancel_id),
    (NO_SHOWS, t.PICKUP_EVENTS, m.PickupExpired, lambda event: event.order_id),
    (RETURNS, t.ORDER_EVENTS, m.ItemsReturned, lambda event: event.return_id),
    (
        REFUSED_BY_PAUSE,
        t.ORDER_EVENTS,
        m.OrderRejected,
        lambda event: event.order_id if event.reason == "pickup_paused" else None,
    ),
    (
        COUNTER_ORDERS,
        t.ORDER_EVENTS,
        m.OrderPlaced,
        lambda event: event.order_id if event.channel == STORE else None,
    ),
    (
        WEBSHOP_ORDERS,
        t.ORDER_EVENTS,
        m.OrderPlaced,
        lambda event: event.order_id if event.channel == WEBSHOP else None,
    ),
    (
        LOOKED_UP,
        t.PICKUP_EVENTS,
        m.PickupCollected,
        lambda event: event.handover_id if event.proof is HandoverProof.DESK else None,
    ),
    (
        WRONG_CODES,
        t.PICKUP_EVENTS,
        m.CommandRefused,
        lambda answer: answer.command_id if answer.reason == "wrong_code" else None,
    ),
    (LOCKED_ORDERS, t.PICKUP_EVENTS, m.PickupLocked, lambda event: event.order_id),
)
"""By what each kind is told, and of what: the same told again is the same."""


class Occurrences:
    """Listens to a newsfeed and remembers what was told of each kind."""

    def __init__(self, news: Newsfeed) -> None:
        self._told: dict[str, set[str]] = defaultdict(set)
        for kind, topic, message_type, of_what in _TOLD_BY:
            news.listen(topic, message_type, partial(self._hear, kind, of_what))
        news.listen(t.PICKUP_CAPACITY, m.PickCapacity, self._pausing)

    def counts(self, did: Mapping[str, int]) -> dict[str, int]:
        """How often each kind has occurred; `did` has what no topic tells."""
        return {kind: len(self._told[kind]) + did.get(kind, 0) for kind in KINDS}

    def _hear(self, kind: str, of_what: Callable[[Any], str | None], message: Message) -> None:
        told = of_what(message)
        if told is not None:
            self._told[kind].add(told)

    def _pausing(self, capacity: m.PickCapacity) -> None:
        if capacity.reason == PAUSED:
            self._told[PAUSED_STORES].add(capacity.location_id)
        elif capacity.open and capacity.location_id in self._told[PAUSED_STORES]:
            self._told[RESUMED_STORES].add(capacity.location_id)


def never_occurred(counts: Mapping[str, int], orders: int) -> list[str]:
    """The promised kinds of which a run with so many orders has none."""
    return [kind for kind in KINDS if counts.get(kind, 0) == 0] if orders >= PROMISED_FROM_ORDERS else []
