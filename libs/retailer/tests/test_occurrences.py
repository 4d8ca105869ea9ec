"""Which kinds of things have happened: counted once each, and missed where they are promised."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import Topic
from tsunagu.retailer.occurrences import (
    ASKED_BY_LINK,
    CANCELLATIONS,
    KINDS,
    NO_SHOWS,
    PAUSED_STORES,
    PROMISED_FROM_ORDERS,
    RESUMED_STORES,
    WRONG_CODES,
    Occurrences,
    never_occurred,
)
from tsunagu.retailer.pause_script import REASON

NOW = datetime(2026, 4, 1, tzinfo=UTC)


class News:
    """A newsfeed to which a test says what is heard."""

    def __init__(self) -> None:
        self._listening: list[tuple[type[Message], Callable[[Any], None]]] = []

    def listen(self, _: Topic, message_type: type[Message], hear: Callable[[Any], None]) -> None:
        self._listening.append((message_type, hear))

    def say(self, *messages: Message) -> None:
        for message in messages:
            for message_type, hear in self._listening:
                if type(message) is message_type:
                    hear(message)


def counts(*messages: Message, did: dict[str, int] | None = None) -> dict[str, int]:
    """What has occurred when these were heard, without what did not."""
    news = News()
    occurrences = Occurrences(news)  # type: ignore[arg-type]  # all that it needs of a newsfeed
    news.say(*messages)
    return {kind: count for kind, count in occurrences.counts(did or {}).items() if count}


def capacity(*, open_: bool, reason: str | None) -> m.PickCapacity:
    return m.PickCapacity(
        location_id="S001",
        version=1,
        open=open_,
        reason=reason,
        minutes_left_today=1.0,
        minutes_left_this_hour=1.0,
        as_of=NOW,
    )


def cancelled(cancel_id: str | None) -> m.OrderCancelled:
    return m.OrderCancelled.model_validate(
        {
            "order_id": "o1",
            "version": 3,
            "channel": "ec",
            "cancel_id": cancel_id,
            "reason": "customer_request",
            "lines": [
                {
                    "line_id": "1",
                    "group_id": "g",
                    "sku": "SKU",
                    "quantity": 1,
                    "unit_price_jpy": 100,
                    "tax_percent": 10,
                }
            ],
            "order_finished": True,
            "occurred_at": NOW,
        }
    )


def refused(reason: str) -> m.CommandRefused:
    return m.CommandRefused(
        command_id="h1",
        command_type="tsunagu.order.hand_over.v1",
        command_key="o1",
        reason=reason,
        occurred_at=NOW,
    )


def test_counts__the_same_told_twice__is_one() -> None:
    assert counts(cancelled("c1"), cancelled("c1"), cancelled("c2")) == {CANCELLATIONS: 2}


def test_counts__what_only_looks_like_it__is_none() -> None:
    assert counts(cancelled(None), refused("closed"), capacity(open_=False, reason="full")) == {}


def test_counts__a_wrong_code_and_what_an_actor_did__are_counted() -> None:
    assert counts(refused("wrong_code"), did={ASKED_BY_LINK: 3}) == {ASKED_BY_LINK: 3, WRONG_CODES: 1}


def test_counts__a_pause__is_over_only_after_it_began() -> None:
    paused, resumed = capacity(open_=False, reason=REASON), capacity(open_=True, reason=None)
    assert counts(resumed, paused) == {PAUSED_STORES: 1}
    assert counts(paused, resumed) == {PAUSED_STORES: 1, RESUMED_STORES: 1}


def test_never_occurred__a_kind_of_which_there_was_none__is_named_in_a_run_of_the_usual_size_only() -> None:
    all_but_one = {kind: 1 for kind in KINDS if kind != NO_SHOWS}
    assert never_occurred(all_but_one, PROMISED_FROM_ORDERS) == [NO_SHOWS]
    assert never_occurred(all_but_one, PROMISED_FROM_ORDERS - 1) == []
