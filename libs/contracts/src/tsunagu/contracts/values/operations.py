"""Parts of what a process tells operators of itself: how far it is behind, and what it could not handle."""

from typing import Annotated

from pydantic import Field

from tsunagu.contracts.values.model import Value
from tsunagu.contracts.values.scalars import Count, Id, Instant, LocationId, Name, Text, Yen

CONSUMERS_MAX = 200
"""Most topics that one process reads: several times as many as there are."""

DEAD_LETTER_GROUPS_MAX = 100
"""Most groups of dead letters in one message: with the longest samples they stay far below a record's 1 MiB."""

AFFECTED_NAMED_MAX = 100
"""Most orders or locations that are named of a group: a person looks at some, and counts the others."""

Total = Annotated[int, Field(strict=True, ge=0, le=2**53 - 1)]
"""A number of records or yen over many messages; what every reader of JSON takes as a whole number."""

Seconds = Annotated[float, Field(strict=True, ge=0, le=1_000_000_000)]
"""A duration in seconds; fractions are allowed."""


class ConsumerLag(Value):
    """How far a process is behind on a topic, in those of its partitions that it reads."""

    topic: Name
    partitions: Count
    records: Total
    """Not handled yet."""
    seconds: Seconds
    """Age of the oldest of them; 0 where there is none."""
    stopped: Count = 0
    """Partitions that wait for an operator: news was lost, or too many keys are parked."""


class AffectedOrder(Value):
    """An order that something which waits is about, and how many yen of it the messages speak of; 0: of none."""

    order_id: Id
    amount_jpy: Yen = 0


class DeadLetterGroup(Value):
    """What waits for one reason, of one topic and message type, and what of the business it is about."""

    topic: Name
    message_type: Name | None = None
    """None where the records can't be read."""
    reason: Name
    waiting: Total
    parked_keys: Total
    """Keys under which nothing goes on until the first message is handled."""
    oldest_at: Instant
    first_id: Total
    """The oldest one, as `tsunagu dlq show` takes it."""
    detail: Text = ""
    """What went wrong with the oldest one."""
    sample: Text | None = None
    """The oldest one, without anything that may be of a person."""
    orders_total: Total
    orders: Annotated[tuple[AffectedOrder, ...], Field(max_length=AFFECTED_NAMED_MAX)] = ()
    """Some of the orders."""
    location_ids: Annotated[tuple[LocationId, ...], Field(max_length=AFFECTED_NAMED_MAX)] = ()
    """Some of the locations."""
    amount_jpy: Total = 0
    """Of what belongs to no order, such as a receipt."""
