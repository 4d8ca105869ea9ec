"""Parts of what a process tells operators of itself: how far it is behind, and what it could not handle."""

from typing import Annotated

from pydantic import Field

from tsunagu.contracts.values.model import Value
from tsunagu.contracts.values.scalars import Code, Count, Flag, Id, Instant, LocationId, Name, Ref, Text, Yen

CONSUMERS_MAX = 200
"""Most topics that one process reads: several times as many as there are."""

DEAD_LETTER_GROUPS_MAX = 100
"""Most groups of dead letters in one message: with the longest samples they stay far below a record's 1 MiB."""

AFFECTED_NAMED_MAX = 100
"""Most orders or locations that are named of a group: a person looks at some, and counts the others."""

REDRIVES_TOLD_MAX = 20
"""Most redrives in one message: the latest, so that an operator sees what became of theirs."""

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


RedriveRate = Annotated[float, Field(strict=True, ge=0.1, le=1_000)]
"""Messages a second that a redrive handles at most."""


class RedriveFilter(Value):
    """Which dead letters are meant: all, or those of a topic, reason or message type. Of a parked key, the first
    message decides, and the others follow it."""

    topic: Name | None = None
    reason: Name | None = None
    message_type: Name | None = None


class RedriveProgress(RedriveFilter):
    """A redrive, who asked for it, and how far it is."""

    redrive_id: Id
    asked_by: Ref
    asked_at: Instant
    dry_run: Flag
    rate_per_second: RedriveRate
    state: Code
    """running, done or cancelled."""
    matched: Total
    """What waited that it was meant for, with all that follows under parked keys."""
    redriven: Total
    failed: Total
    """Tries that failed again; a parked key ends at its first."""
    last_error: Text = ""
    ended_at: Instant | None = None
    cancelled_by: Ref | None = None
