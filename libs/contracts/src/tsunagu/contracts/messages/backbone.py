"""What every service sends: its heartbeat, its condition, and its answers to commands that no other event answers."""

from typing import Annotated, ClassVar

from pydantic import Field

from tsunagu.contracts.message import Event, Fact, State
from tsunagu.contracts.values import (
    CONSUMERS_MAX,
    DEAD_LETTER_GROUPS_MAX,
    REDRIVES_TOLD_MAX,
    Code,
    ConsumerLag,
    DeadLetterGroup,
    Flag,
    Hop,
    Id,
    Instant,
    Name,
    RecordKey,
    RedriveProgress,
    Seconds,
    Text,
    Total,
)


class Heartbeat(Fact):
    """A service is alive and its relay works."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.backbone.heartbeat.v1"
    KEY: ClassVar[tuple[str, ...]] = ("service",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("heartbeat_id",)

    heartbeat_id: Id
    service: Id
    sent_at: Instant
    hops: Annotated[tuple[Hop, ...], Field(max_length=100)] = ()
    """The services it has passed, in order."""


class ProcessCondition(State):
    """How a process and its service's database are, for operators. Nothing in it is of a person.

    What is in the database (outbox, due work, dead letters) all processes of a service tell alike.
    """

    WIRE_TYPE: ClassVar[str] = "tsunagu.backbone.condition.v1"
    KEY: ClassVar[tuple[str, ...]] = ("process",)

    service: Id
    instance: Id
    """Which of the service's processes."""
    told_at: Instant
    next_in_seconds: Seconds
    """When the next one comes; without it, the process, its database or Kafka is not well."""
    consumers: Annotated[tuple[ConsumerLag, ...], Field(max_length=CONSUMERS_MAX)] = ()
    outbox_records: Total
    """Decided, and not acknowledged by Kafka yet."""
    outbox_seconds: Seconds
    """Age of the oldest of them."""
    set_aside: Total
    """Messages that Kafka refuses for good, with those behind them."""
    due_failing: Total
    due_seconds: Seconds
    """How long the oldest due work has been due."""
    dead_letters: Annotated[tuple[DeadLetterGroup, ...], Field(max_length=DEAD_LETTER_GROUPS_MAX)] = ()
    redrives: Annotated[tuple[RedriveProgress, ...], Field(max_length=REDRIVES_TOLD_MAX)] = ()
    """The latest, those that run first."""
    more_dead_letters: Flag = False
    """There are more than were looked at or than the groups here say."""

    @property
    def process(self) -> str:
        """The record key, service:instance."""
        return f"{self.service}:{self.instance}"


class CommandAnswer(Event):
    """An answer to one command, under the command's own record key; `ce_causationid` is the command."""

    KEY: ClassVar[tuple[str, ...]] = ("command_key",)

    command_id: Id
    """The command's natural id; where its values can't be read, its `ce_id`."""
    command_type: Name
    """The command's wire type."""
    command_key: RecordKey
    """The command's record key."""


class CommandRefused(CommandAnswer):
    """A command is not carried out."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.command.refused.v1"

    reason: Code
    """A word for programs: invalid, unknown_order, conflicting_body …"""
    detail: Text = ""
    """A sentence for people."""


class CommandAccepted(CommandAnswer):
    """A command is carried out, and no other event says so."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.command.accepted.v1"
