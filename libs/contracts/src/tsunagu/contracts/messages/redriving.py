"""What operators ask of a service about what it could not handle."""

from typing import ClassVar

from tsunagu.contracts.message import Command
from tsunagu.contracts.values import Flag, Id, RedriveFilter, RedriveRate


class RedriveDeadLetters(RedriveFilter, Command):
    """Handle what waits in a service again: per key in order, at a rate. A dry run only counts it.

    Answered as soon as it is begun; how far it is, the service's condition says.
    """

    WIRE_TYPE: ClassVar[str] = "tsunagu.backbone.redrive.v1"
    KEY: ClassVar[tuple[str, ...]] = ("service",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("redrive_id",)

    redrive_id: Id
    service: Id
    dry_run: Flag = False
    rate_per_second: RedriveRate = 10.0


class CancelRedrive(Command):
    """End a redrive before its end. What it has handled stays handled."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.backbone.cancel_redrive.v1"
    KEY: ClassVar[tuple[str, ...]] = ("service",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("cancel_id",)

    cancel_id: Id
    redrive_id: Id
    service: Id
