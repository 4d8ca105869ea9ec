"""What figures are counted from: facts about one subject, which is an order, a pick, a count, a scan or a customer.

A subject is the set of its facts: which comes first means nothing, and one that is told twice is one.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from tsunagu.contracts.values import BreakCause, CountOutcome


@dataclass(frozen=True, slots=True)
class AskedLine:
    """A line of an order, with the location at which it is to be picked up."""

    line_id: str
    location_id: str | None
    quantity: int
    unit_price_jpy: int


@dataclass(frozen=True, slots=True)
class Seen:
    """Where and when an order's customer had scanned its goods."""

    location_id: str
    at: datetime
    day: date


@dataclass(frozen=True, slots=True)
class Asked:
    """An order was placed. Every figure of the order counts for its day."""

    channel: str
    at: datetime
    day: date
    lines: tuple[AskedLine, ...]
    scans: tuple[Seen, ...]
    fact: Literal["asked"] = "asked"


@dataclass(frozen=True, slots=True)
class Promised:
    """An order's goods were promised by a time, each group at its location."""

    version: int
    ready_by: datetime
    pieces: tuple[tuple[str, int], ...]
    """line_id and quantity."""
    groups: tuple[tuple[str, str | None], ...]
    """group_id, and where it is to be picked up."""
    fact: Literal["promised"] = "promised"


@dataclass(frozen=True, slots=True)
class Lost:
    """Pieces of an order can be had nowhere: (line_id, quantity). `groups`: those that had them."""

    version: int
    is_rejection: bool
    pieces: tuple[tuple[str, int], ...]
    groups: tuple[str, ...]
    fact: Literal["lost"] = "lost"


@dataclass(frozen=True, slots=True)
class Ready:
    """A group of an order waits for the customer, or the first of it is on its way."""

    group_id: str
    location_id: str
    at: datetime
    is_shipped: bool
    fact: Literal["ready"] = "ready"


@dataclass(frozen=True, slots=True)
class Broken:
    """Something took goods that were promised to an order."""

    cause: BreakCause
    fact: Literal["broken"] = "broken"


@dataclass(frozen=True, slots=True)
class Picked:
    """Pieces were picked, or were not there."""

    location_id: str
    day: date
    quantity: int
    is_short: bool
    fact: Literal["picked"] = "picked"


@dataclass(frozen=True, slots=True)
class Counted:
    """A count, as far as somebody has decided on it."""

    version: int
    outcome: CountOutcome
    location_id: str
    day: date
    lines: int
    right: int
    fact: Literal["counted"] = "counted"


@dataclass(frozen=True, slots=True)
class Scanned:
    """Somebody scanned a product on a shelf."""

    channel: str
    location_id: str
    day: date
    fact: Literal["scanned"] = "scanned"


@dataclass(frozen=True, slots=True)
class Bought:
    """What a customer has bought by now: when and where first, and how often."""

    version: int
    channel: str | None
    day: date
    purchases: int
    fact: Literal["bought"] = "bought"


Fact = Asked | Promised | Lost | Ready | Broken | Picked | Counted | Scanned | Bought
