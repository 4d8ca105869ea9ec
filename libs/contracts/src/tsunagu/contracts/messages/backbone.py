"""What every service sends: its heartbeat, and its answers to commands that no other event answers."""

from typing import Annotated, ClassVar

from pydantic import Field

from tsunagu.contracts.message import Event, Fact
from tsunagu.contracts.values import Code, Hop, Id, Instant, Name, RecordKey, Text


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
